// SPDX-License-Identifier: Apache-2.0
// Errors of the DSL (dsl-reference.md, "Error"): problem details with type, status,
// title, detail and, as instance, the JSON pointer of the task.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"

enum wf_error_kind {
  WF_ERROR_CONFIGURATION,
  WF_ERROR_VALIDATION,
  WF_ERROR_EXPRESSION,
  WF_ERROR_AUTHENTICATION,
  WF_ERROR_AUTHORIZATION,
  WF_ERROR_TIMEOUT,
  WF_ERROR_COMMUNICATION,
  WF_ERROR_RUNTIME,
};

// An error on its way to whatever catches it. Texts live in the decision's arena.
struct wf_raised {
  jv error;                    // the DSL's object; owned
  const char *code;            // machine word: the last part of its type
  const char *summary;         // for the customer
  const char *detail_internal; // for the operator, or NULL
  bool known;                  // an event already tells of it
  bool final;                  // no retry policy applies
  usec_t retry_after;          // least delay before a retry
};

// "https://serverlessworkflow.io/spec/1.0.0/errors/timeout", and its default status.
const char *wf_error_type(enum wf_error_kind kind);
int wf_error_status(enum wf_error_kind kind);
// The default status of a standard type, however it is written; `otherwise` of any other.
int wf_error_type_status(const char *type, int otherwise);

// Whether two types are the same error. The specification writes its own types in several
// ways, of any version and by mistake; all of them are one.
bool wf_error_types_equal(const char *type, const char *other);

// The last part of a type ("timeout"), in the arena; "error" when there is none.
const char *wf_error_word(const char *type, struct arena *arena);

// An object; NULL texts and a status of 0 are left out.
jv wf_error_make(const char *type, int status, const char *title, const char *detail, const char *instance);

// A standard error ready to raise; summary = title.
struct wf_raised wf_raised_make(enum wf_error_kind kind, const char *title, const char *detail, const char *instance);
// From an error object, which it takes: code by its type, summary by its title.
struct wf_raised wf_raised_from(jv error, struct arena *arena);
