// SPDX-License-Identifier: Apache-2.0
#include "engine/retry.h"

#include <math.h>

#include "engine/duration.h"

static usec_t bounded(double delay) {
  if (!(delay > 0)) return 0; // neither negative nor NaN
  return delay < (double)WF_DURATION_MAX ? (usec_t)delay : WF_DURATION_MAX;
}

usec_t wf_retry_delay(const struct wf_retry_plan *plan, int32_t retry) {
  double before = retry > 1 ? retry - 1 : 0;
  switch (plan->backoff) {
  case WF_BACKOFF_CONSTANT: break;
  case WF_BACKOFF_LINEAR: return bounded((double)plan->delay + (double)plan->increment * before);
  case WF_BACKOFF_EXPONENTIAL: return bounded((double)plan->delay * pow(plan->factor, before));
  }
  return bounded((double)plan->delay);
}

// Multiply and shift keeps the draw even to one part in 2^64 divided by the range.
usec_t wf_retry_jitter(const struct wf_retry_plan *plan, uint64_t random) {
  if (plan->jitter_to <= plan->jitter_from) return plan->jitter_from;
  uint64_t range = (uint64_t)(plan->jitter_to - plan->jitter_from) + 1;
  return plan->jitter_from + (usec_t)(uint64_t)(((__uint128_t)random * range) >> 64);
}
