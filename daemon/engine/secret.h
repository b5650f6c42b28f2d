// SPDX-License-Identifier: Apache-2.0
// Secrets, of which the engine has none: what an expression sees under `$secrets` are
// placeholders. A placeholder is a text that names a secret between two characters that no
// text from outside may hold (base/text.h), so nobody can forge one; texts built around it
// ("Bearer " + $secrets.token) carry it along. Events and tables hold placeholders. Only
// what sends a request over HTTP puts the values in, just before it leaves; a message for a
// worker says `secret:NAME` instead, and the worker has secrets of its own.
//
// A secret is a text; or an object, whose members' placeholders end in a JSON pointer:
// `secret:NAME/pointer`.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

enum { WF_SECRET_NAME_MAX = 200 }; // bytes

// What a daemon has.
struct wf_secrets {
  jv shapes; // object: what `$secrets.NAME` is, by name; see wf_secret_shape()
};

// Letters, digits, '.', '_' and '-', the first no '.', at most WF_SECRET_NAME_MAX.
bool wf_secret_is_name(const char *name);

// What an expression sees of a secret: a placeholder for a text or another plain value, an
// object or array of such for a composite one. Borrows `value`; owned.
jv wf_secret_shape(const char *name, jv value);
// The same of a secret of which only one part is known: that it is mentioned. `path` ends
// with NULL.
jv wf_secret_mentioned(const char *const *path);

// The next placeholder at or after `at`; NULL when there is none. `ret_reference` is
// NAME or NAME/pointer, not terminated; `ret_end` is behind the placeholder.
const char *wf_secret_find(const char *at, const char **ret_reference, size_t *ret_size, const char **ret_end);

// The first NAME in any text of the value, names of members too, that `is_good` denies; in
// the arena, or NULL.
const char *wf_secret_denied(jv value, bool (*is_good)(const void *context, const char *name), const void *context,
                             struct arena *arena);

// Whether an expression has cut or changed a placeholder in any text of the value, or encoded
// it (base64, percent): nothing can put the secret there.
bool wf_secret_is_broken(jv value);

// JSON, or any text, with placeholders as `secret:NAME/pointer`: without their marks.
void wf_secret_unmark(const char *text, size_t size, struct buf *out);
