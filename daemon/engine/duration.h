// SPDX-License-Identifier: Apache-2.0
// Durations of the DSL: ISO 8601 text ("PT2H30M", "P1DT0.5S", "P2W", "P1Y6M") and the inline
// object {days, hours, minutes, seconds, milliseconds}. A day is 24 hours, a week is seven
// days. Years and months are those of the calendar, in UTC, from the instant at which the
// duration begins: a month after January 31 is the last of February. A fraction of a year is
// months, a fraction of a month days of which it has 30.
#pragma once

#include <jv.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define WF_DURATION_MAX (INT64_C(36525) * USEC_PER_DAY) // 100 years

struct wf_span {
  int32_t months; // first
  usec_t time;    // then
};

// When it is over, of one that begins at `start`; WF_DURATION_MAX later at most.
usec_t wf_span_end(struct wf_span span, usec_t start);
// How long it is then.
usec_t wf_span_length(struct wf_span span, usec_t start);

// Returns 0, -WF_EINVAL, or -WF_ETOOBIG. Never negative. Fractions are cut to
// microseconds.
int wf_duration_parse(const char *data, size_t size, struct wf_span *ret_span);
// Text or inline object, of which single members may be negative; borrows `value`.
int wf_duration_from_value(jv value, struct wf_span *ret_span);

// What was expected, for problems: "a duration such as PT2H30M or {hours: 2, …}".
extern const char wf_duration_expected[];
