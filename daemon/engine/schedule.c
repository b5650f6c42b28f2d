// SPDX-License-Identifier: Apache-2.0
#include "engine/schedule.h"

const char *wf_schedule_interval_text(enum wf_schedule_kind kind, usec_t interval, struct arena *arena) {
  const char *word = kind == WF_SCHEDULE_EVERY ? "every" : "after";
  long long seconds = interval / USEC_PER_SEC, rest = interval % USEC_PER_SEC;
  if (!rest) return arena_printf(arena, "%s %llds", word, seconds);
  char *text = arena_printf(arena, "%s %lld.%06lld", word, seconds, rest);
  size_t size = 0;
  while (text[size]) size++;
  while (text[size - 1] == '0') size--;
  text[size] = '\0';
  return arena_printf(arena, "%ss", text);
}

static usec_t next_of_interval(usec_t interval, usec_t anchor, usec_t after) {
  usec_t passed = after < anchor ? 0 : (after - anchor) / interval, slot;
  if (__builtin_mul_overflow(passed + 1, interval, &slot) || __builtin_add_overflow(slot, anchor, &slot))
    return USEC_NEVER;
  return slot;
}

usec_t wf_schedule_next(const struct wf_schedule *schedule, usec_t anchor, usec_t after) {
  switch (schedule->kind) {
  case WF_SCHEDULE_EVERY: return next_of_interval(schedule->interval, anchor, after);
  case WF_SCHEDULE_CRON: return wf_cron_next(&schedule->cron, schedule->zone, after);
  case WF_SCHEDULE_AFTER: break;
  }
  return USEC_NEVER;
}

usec_t wf_schedule_latest(const struct wf_schedule *schedule, usec_t anchor, usec_t after, usec_t until) {
  usec_t slot = wf_schedule_next(schedule, anchor, after);
  if (slot > until) return USEC_NEVER;
  if (schedule->kind == WF_SCHEDULE_EVERY) return anchor + (until - anchor) / schedule->interval * schedule->interval;
  // The latest instant that still has a slot behind it, up to `until`, by halving.
  usec_t low = after, high = until;
  while (high - low > 1) {
    usec_t middle = low + (high - low) / 2, next = wf_schedule_next(schedule, anchor, middle);
    if (next <= until) {
      low = middle;
      slot = next;
    } else {
      high = middle;
    }
  }
  return slot;
}

int wf_schedule_count(const struct wf_schedule *schedule, usec_t anchor, usec_t after, usec_t until, int most) {
  int count = 0;
  for (usec_t slot = wf_schedule_next(schedule, anchor, after); slot <= until && slot != USEC_NEVER && count < most;
       slot = wf_schedule_next(schedule, anchor, slot))
    count++;
  return count;
}
