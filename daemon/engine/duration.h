// SPDX-License-Identifier: Apache-2.0
// Durations of the DSL: ISO 8601 text ("PT2H30M", "P1DT0.5S", "P2W") and the inline
// object {days, hours, minutes, seconds, milliseconds}. A day is 24 hours, a week is
// seven days. Years and months are refused: their length is not fixed.
#pragma once

#include <jv.h>
#include <stddef.h>

#include "base/clock.h"

#define WF_DURATION_MAX (INT64_C(36525) * USEC_PER_DAY) // 100 years

// Returns 0, -WF_EINVAL, or -WF_ETOOBIG. Never negative. Fractions are cut to
// microseconds.
int wf_duration_parse(const char *data, size_t size, usec_t *ret_duration);
// Text or inline object; borrows `value`.
int wf_duration_from_value(jv value, usec_t *ret_duration);

// What was expected, for problems: "a duration such as PT2H30M or {hours: 2, …}".
extern const char wf_duration_expected[];
