// SPDX-License-Identifier: Apache-2.0
// What is answered when there is no answer: each vendor has a body of its own form, and
// headers of its own.
#pragma once

#include <stddef.h>

#include "base/buf.h"

enum vendor { VENDOR_KNOCK, VENDOR_LEADPING, VENDOR_DIALNEXA, VENDOR_TRUESTATE, VENDOR_PLANNR, VENDOR_NONE };

enum refusal_kind {
  REFUSAL_NO_KEY,       // 401
  REFUSAL_WRONG_KEY,    // 401
  REFUSAL_FORBIDDEN,    // 403: the key's role may not
  REFUSAL_NOT_FOUND,    // 404
  REFUSAL_NO_PATH,      // 404: nothing is ever there
  REFUSAL_METHOD,       // 405
  REFUSAL_BAD_REQUEST,  // 400: no HTTP that can be understood
  REFUSAL_INVALID,      // 422, DialNexa 400: a parameter
  REFUSAL_CONFLICT,     // 409: not in this state
  REFUSAL_TOO_LARGE,    // 413: the body
  REFUSAL_EXPECTATION,  // 417: an Expect header that is not met
  REFUSAL_UNKNOWN,      // 501: a method that HTTP does not have
  REFUSAL_TOO_MANY,     // 429
  REFUSAL_INTERNAL,     // 500
  REFUSAL_AWAY,         // 503: PostgreSQL is away, or not as it must be
  REFUSAL_TIMEOUT,      // 504: it took too long
  REFUSAL_KINDS,
};

struct refusal {
  enum refusal_kind kind;
  const char *field;   // REFUSAL_INVALID: which parameter; NULL = none in particular
  const char *message; // what is wrong, for the caller; NULL = what the kind says
};

// The HTTP status.
int refusal_code(enum vendor vendor, enum refusal_kind kind);
// The kind of a status that evhttp has answered by itself; REFUSAL_KINDS = there is none.
enum refusal_kind refusal_of(int code);
// The Content-Type.
const char *refusal_type(enum vendor vendor, enum refusal_kind kind);
// The JSON body. `path` is the request's, for vendors that repeat it.
void refusal_write(enum vendor vendor, const struct refusal *refusal, const char *path, struct buf *out);
// Text as a JSON string, with its quotes.
void refusal_put_string(struct buf *out, const char *text);
