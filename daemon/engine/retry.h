// SPDX-License-Identifier: Apache-2.0
// How long a retry policy waits (dsl-reference.md, "Retry").
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "engine/definition.h"

struct wf_retry_plan { // a policy whose durations are known
  enum wf_backoff backoff;
  usec_t delay;
  usec_t increment; // linear: added per retry
  double factor;    // exponential: multiplied per retry
  usec_t jitter_from, jitter_to;
};

// Before retry number `retry` (from 1), at most WF_DURATION_MAX: constant: delay; linear:
// delay + increment × (retry - 1); exponential: delay × factor ^ (retry - 1).
usec_t wf_retry_delay(const struct wf_retry_plan *plan, int32_t retry);

// Evenly drawn from [jitter_from, jitter_to] by 64 random bits; jitter_from when the
// range is empty or reversed.
usec_t wf_retry_jitter(const struct wf_retry_plan *plan, uint64_t random);
