// SPDX-License-Identifier: Apache-2.0
// When a workflow starts by itself: `schedule.every`, `schedule.cron`, `schedule.after`.
// A slot is an instant at which one run of it begins.
//
//   every   anchor + interval, anchor + 2 · interval, … whatever became of earlier runs;
//           the anchor is when the schedule came into force
//   cron    see engine/cron.h
//   after   once when it comes into force; then the interval after each of its runs has
//           ended, completed or not
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "engine/cron.h"
#include "engine/duration.h"
#include "engine/zone.h"

enum wf_schedule_kind { WF_SCHEDULE_EVERY, WF_SCHEDULE_CRON, WF_SCHEDULE_AFTER };

// The least `every`, and the least time between two slots of `after`.
#define WF_SCHEDULE_INTERVAL_MIN (100 * USEC_PER_MSEC)

struct wf_schedule {
  enum wf_schedule_kind kind;
  struct wf_span interval;    // every, after
  struct wf_cron cron;
  const struct wf_zone *zone; // of the cron expression
  // For people, and equal for equal schedules only: "every 900s", "after 2.5s", "every 1 month",
  // "cron CRON_TZ=Europe/Berlin 0 9 * * *".
  const char *text;
};

// The text of an `every` or `after`.
const char *wf_schedule_interval_text(enum wf_schedule_kind kind, struct wf_span interval, struct arena *arena);

// The first slot strictly after an instant. USEC_NEVER when there is none, or when only the
// end of a run can say (`after`).
usec_t wf_schedule_next(const struct wf_schedule *schedule, usec_t anchor, usec_t after);
// The last slot in (after, until]; USEC_NEVER when there is none. Not for `after`.
usec_t wf_schedule_latest(const struct wf_schedule *schedule, usec_t anchor, usec_t after, usec_t until);
// How many slots there are in (after, until], at most `most`. Not for `after`.
int wf_schedule_count(const struct wf_schedule *schedule, usec_t anchor, usec_t after, usec_t until, int most);
