// SPDX-License-Identifier: Apache-2.0
// Between the sources of engine/cron.h.
#pragma once

#include "engine/cron.h"

// The first reading of a clock, in seconds as if it showed UTC, at or after `reading`
// that matches; INT64_MAX when none comes within 400 years, after which dates and days of
// the week repeat.
int64_t wf_cron_next_reading(const struct wf_cron *cron, int64_t reading);
