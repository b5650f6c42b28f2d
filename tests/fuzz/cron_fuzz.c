// SPDX-License-Identifier: Apache-2.0
// Any text is a cron expression with a next slot, or refused at a place in it.
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "engine/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct wf_cron cron;
  struct wf_cron_error problem = {0};
  if (wf_cron_parse((const char *)data, size, &cron, &problem)) {
    WF_ASSERT(problem.column >= 1 && problem.column <= size + 1 && problem.text[0]);
    return 0;
  }
  const usec_t noon = INT64_C(1790000000) * USEC_PER_SEC;
  usec_t first = wf_cron_next(&cron, &wf_zone_utc, noon);
  WF_ASSERT(first > noon && first % USEC_PER_SEC == 0);
  WF_ASSERT(first == USEC_NEVER || wf_cron_next(&cron, &wf_zone_utc, first - 1) == first);
  return 0;
}
