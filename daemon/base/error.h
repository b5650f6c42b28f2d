// SPDX-License-Identifier: Apache-2.0
// Operating failures: what a caller may meet and must handle. A bug is a
// WF_ASSERT, a business outcome (attempts exhausted) is an event; neither is ever
// one of these. Functions return 0 or a negated code.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define WF_ERRORS(X)                                                          \
  X(EINVAL, 1, "invalid input")                                              \
  X(ETOOBIG, 2, "larger than its bound")                                     \
  X(EUNKNOWN, 3, "names something that does not exist")                      \
  X(EUNSUPPORTED, 4, "not supported yet")                                    \
  X(EFENCED, 5, "another instance owns this home")                           \
  X(EDOWN, 6, "not reachable now")                                           \
  X(ECONFLICT, 7, "changed by someone else")                                 \
  X(EEXPRESSION, 8, "expression failed")                                     \
  X(EIO, 9, "input or output failed")

enum wf_error_code {
#define X(name, value, text) WF_##name = value,
  WF_ERRORS(X)
#undef X
};

// "invalid input" for -WF_EINVAL or WF_EINVAL. Static text.
const char *wf_strerror(int code);

// A bug in this program: says where, then aborts, in every build.
#define WF_ASSERT(condition)                                                                     \
  do {                                                                                           \
    if (!(condition)) {                                                                          \
      fprintf(stderr, "workflowd: bug: %s:%d: %s\n", __FILE__, __LINE__, #condition);            \
      abort();                                                                                   \
    }                                                                                            \
  } while (0)

#define WF_MUST_CHECK __attribute__((warn_unused_result))
