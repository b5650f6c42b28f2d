// SPDX-License-Identifier: Apache-2.0
// Any text, and any JSON value, is a duration within its bound or refused.
#include <stdint.h>

#include "base/error.h"
#include "engine/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  usec_t duration = -1;
  int error = wf_duration_parse((const char *)data, size, &duration);
  WF_ASSERT(error ? duration == -1 : duration >= 0 && duration <= WF_DURATION_MAX);
  if (size > 1 << 16) return 0;
  jv value = jv_parse_sized((const char *)data, (int)size);
  duration = -1;
  error = wf_duration_from_value(value, &duration);
  WF_ASSERT(error ? duration == -1 : duration >= 0 && duration <= WF_DURATION_MAX);
  jv_free(value);
  return 0;
}
