// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

const char *wf_strerror(int code) {
  switch (code < 0 ? -code : code) {
#define X(name, value, text) \
  case value: return text;
    WF_ERRORS(X)
#undef X
  default: return "unknown error";
  }
}
