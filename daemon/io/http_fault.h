// SPDX-License-Identifier: Apache-2.0
// What went wrong with a call, as an error of the DSL, and whether it may be tried again.
//
// Communication: every status outside 200-299 (399 where redirects are fine), with that status,
// and the network's failures, 500. Timeout: 408. Authorization, 403: an address that is not
// allowed. Configuration, 400: what can never be sent. The last two are final.
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "engine/fault.h"
#include "io/http_message.h"

struct http_fault {
  enum wf_error_kind kind;
  int status;
  const char *title; // static
  char *detail;      // for the customer
  char *internal;    // for the operator, or NULL
  bool is_final;     // it can never work as it stands
  usec_t retry_after;
};

// With the kind's own status; the detail is formatted.
struct http_fault http_fault_make(enum wf_error_kind kind, bool is_final, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void http_fault_clear(struct http_fault *fault);

// `what` was asked: "GET https://host/path". Returns false when the result is a success, true
// with the fault otherwise.
bool http_fault_of_result(const struct http_result *result, const char *what, bool redirects_are_fine,
                          struct http_fault *ret_fault);

// Retry-After, seconds or a date: from `date` (the answer's own, or NULL = now) on, at most a
// day; 0 when it is absent, past or unreadable.
usec_t http_fault_retry_after(const char *text, const char *date);
