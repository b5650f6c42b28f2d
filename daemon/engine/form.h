// SPDX-License-Identifier: Apache-2.0
// The forms of what calls and processes are given (dsl-reference.md: the calls, the
// processes, endpoint, authentication, external resource), as tables. One table serves
// twice: when a definition is loaded it checks what is written, and at run time what its
// expressions gave.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/arena.h"

enum wf_form_kind {
  WF_FORM_ANY,
  WF_FORM_TEXT,           // at run time a number or boolean counts as its text
  WF_FORM_SOURCE,         // a text, of which an expression may give anything
  WF_FORM_WORD,           // the same, also when it is written so
  WF_FORM_ENUM,           // one of `words`, written out
  WF_FORM_FLAG,           // true or false, written out
  WF_FORM_COUNT,          // a whole number from 0 to `max`, written out
  WF_FORM_OBJECT,         // of any members
  WF_FORM_WORDS_BY_NAME,  // an object whose members are words
  WF_FORM_VALUES_BY_NAME, // an object whose members are words, lists or objects
  WF_FORM_TEXTS,          // a list of texts
  WF_FORM_TEXTS_OR_OBJECT, // the same, or an object of any members
  WF_FORM_URI,            // an absolute URI, or a template of one
  WF_FORM_PATH,           // a text that may be a template
  WF_FORM_HOST,           // a host name
  WF_FORM_DURATION,
  WF_FORM_DEFERRED,       // an expression that whoever does the action evaluates: its text
  WF_FORM_TASKS,          // a list of tasks, checked elsewhere
  WF_FORM_FORM,           // an object of `form`
  WF_FORM_URI_OR_FORM,    // WF_FORM_URI, or an object of `form`
  WF_FORM_SHORT_FORM,     // an object of `form`, or the text of its one member that must be there
  WF_FORM_GRANT,          // one of `words`, also with `-` for `_`
  WF_FORM_TEXT_OR_OBJECT, // a whole object, or an expression of one
  WF_FORM_PARAMETERS,     // the same; the expression may lack its `${ }`
  WF_FORM_AUTHENTICATION, // a policy, or the name of one under use.authentications
  WF_FORM_SECRET,         // the name of a secret
};

enum { WF_FORM_RULE_KEYS = 4, WF_FORM_RULES = 2 };

struct wf_form_key {
  const char *name;
  enum wf_form_kind kind;
  bool is_required;
  const char *const *words;   // ENUM, GRANT; ends with NULL
  const struct wf_form *form; // FORM, URI_OR_FORM, SHORT_FORM
  int max;                    // COUNT
  const char *otherwise;      // what it is at run time when it is not there; NULL = nothing
};

struct wf_form {
  const char *what; // "an HTTP call": for problems
  const struct wf_form_key *keys; // ends with a NULL name
  bool is_open;                   // other keys are let through
  // With this key no other may stand, and then none is required.
  const char *alone;
  // Another name of a key, taken where that is not there.
  const char *alias, *alias_of;
  // Of these keys exactly one must be there; of `some`, one at least.
  const char *one_of[WF_FORM_RULES][WF_FORM_RULE_KEYS + 4];
  const char *some[WF_FORM_RULE_KEYS];
  // `if_key` is required when `when_key` is `when_word`, and refused when it is not.
  const char *if_key, *when_key, *when_word;
};

// Of a call or process by the name of its function; NULL when it has no form.
const struct wf_form *wf_form_of(const char *function);
// Of an authentication policy, its schemes as keys.
extern const struct wf_form wf_form_authentication;
// Of an object with uri and authentication.
extern const struct wf_form wf_form_endpoint;
// Keys of a process that stand beside it.
extern const struct wf_form_key wf_form_process_keys[];

const struct wf_form_key *wf_form_key(const struct wf_form *form, const char *name);
// ^[A-Za-z][A-Za-z0-9+\-.]*://.*
bool wf_form_is_uri(const char *text);

// Whether an evaluated value is of the form: takes it, returns it with numbers as the texts
// they count for; or invalid, and what is wrong where, in the arena.
jv wf_form_take(const struct wf_form *form, jv value, struct arena *arena, const char **ret_problem);
