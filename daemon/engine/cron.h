// SPDX-License-Identifier: Apache-2.0
// Cron expressions: when a workflow with `schedule.cron` starts.
//
//   [CRON_TZ=Zone|TZ=Zone] [second] minute hour day-of-month month day-of-week
//   [CRON_TZ=Zone|TZ=Zone] @yearly|@annually|@monthly|@weekly|@daily|@midnight|@hourly
//
// A field is a list, separated by commas, of `*`, a value, `from-to`, and each of them
// with `/step` (`5/15` = from 5 to the end). Months and days of the week may be named by
// three letters, in any case; Sunday is 0 and 7. `?` is `*` in the two fields of days.
// Of the month also: `L` the last day, `L-3` the third before it, `15W` the weekday
// nearest to the 15th of that month, `LW` its last weekday. Of the week also: `5L` or
// `FRIL` the last Friday of the month, `5#2` or `FRI#2` the second. A month without such a
// day has no slot. When both fields of days are restricted (do not begin with `*` or `?`),
// either suffices, as cron has always had it.
//
// Clock changes of the zone: when the field of hours names hours (does not begin with
// `*`), slots are readings of the local clock, each once: those that a clock put forward
// leaves out are one slot at the instant of the change, and of a reading that comes twice
// only the first counts. When it begins with `*`, slots go on with time: whatever the
// clock shows, also when it shows it again; what it does not show is no slot.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "engine/zone.h"

// Bits by value.
struct wf_cron {
  uint64_t seconds, minutes;
  uint32_t hours, days, months, weekdays;
  uint32_t days_from_end;                   // bit n: n days before the last of the month
  uint32_t days_nearest;                    // bit n: the weekday nearest to day n
  bool last_weekday;                        // LW
  uint32_t weekdays_last, weekdays_nth[5]; // bit w: the last, or the first … fifth, w of the month
  bool days_open, weekdays_open;            // the field begins with `*` or `?`
  bool hours_open;                          // slots go on with time
  char zone[WF_ZONE_NAME_MAX + 1];          // "" = none given
};

enum { WF_CRON_SIZE_MAX = 512 };

struct wf_cron_error {
  size_t column; // in the text, from 1
  char text[200]; // what is wrong, and what was expected
};

// Returns 0, or -WF_EINVAL and the first thing that is wrong; also when no date can ever
// match ("0 0 30 2 *"). Whether there is such a zone is not known here.
int wf_cron_parse(const char *data, size_t size, struct wf_cron *ret_cron, struct wf_cron_error *ret_error);

// The first slot strictly after an instant, on a whole second, by the clocks of the zone;
// USEC_NEVER when none comes within some 400 years.
usec_t wf_cron_next(const struct wf_cron *cron, const struct wf_zone *zone, usec_t after);
