// SPDX-License-Identifier: Apache-2.0
// Any text, and any JSON value, is a duration within its bound or refused.
#include <stdint.h>

#include "base/error.h"
#include "engine/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const usec_t starts[] = {0, INT64_C(1709164800) * USEC_PER_SEC}; // 1970, and a 29th of February
  struct wf_span span = {-1, -1};
  int error = wf_duration_parse((const char *)data, size, &span);
  WF_ASSERT(error ? span.months == -1 && span.time == -1 : span.months >= 0 && span.time >= 0);
  for (int i = 0; !error && i < 2; i++) WF_ASSERT(wf_span_length(span, starts[i]) <= WF_DURATION_MAX && wf_span_end(span, starts[i]) >= starts[i]);
  if (size > 1 << 16) return 0;
  jv value = jv_parse_sized((const char *)data, (int)size);
  span = (struct wf_span){-1, -1};
  error = wf_duration_from_value(value, &span);
  WF_ASSERT(error ? span.time == -1 : span.time >= 0 && span.time <= WF_DURATION_MAX);
  jv_free(value);
  return 0;
}
