// SPDX-License-Identifier: Apache-2.0
#include "engine/schedule.h"

const char *wf_schedule_interval_text(enum wf_schedule_kind kind, struct wf_span interval, struct arena *arena) {
  const char *word = kind == WF_SCHEDULE_EVERY ? "every" : "after";
  long long seconds = interval.time / USEC_PER_SEC, rest = interval.time % USEC_PER_SEC;
  if (interval.months) word = arena_printf(arena, "%s %d month%s", word, (int)interval.months, interval.months > 1 ? "s" : "");
  if (interval.months && !interval.time) return word;
  if (!rest) return arena_printf(arena, "%s %llds", word, seconds);
  char *text = arena_printf(arena, "%s %lld.%06lld", word, seconds, rest);
  size_t size = 0;
  while (text[size]) size++;
  while (text[size - 1] == '0') size--;
  text[size] = '\0';
  return arena_printf(arena, "%ss", text);
}

enum { MONTHS_MAX = 100 * 12 };

// The slot of that number, from 1; each is counted from the anchor, so that a short month
// moves none behind it.
static usec_t slot_of(struct wf_span interval, usec_t anchor, usec_t number) {
  usec_t time, slot;
  if (__builtin_mul_overflow(number, interval.time, &time) || __builtin_add_overflow(time, anchor, &slot)) return USEC_NEVER;
  if (!interval.months) return slot;
  if (number > MONTHS_MAX / interval.months) return USEC_NEVER;
  return wf_span_end((struct wf_span){interval.months * (int32_t)number, 0}, anchor) + time;
}

// The number of the first slot after an instant.
static usec_t number_after(struct wf_span interval, usec_t anchor, usec_t after) {
  if (after < anchor) return 1;
  if (!interval.months) return (after - anchor) / interval.time + 1;
  usec_t number = (after - anchor) / (interval.months * 31 * USEC_PER_DAY + interval.time); // no month is longer
  if (!number) number = 1;
  while (slot_of(interval, anchor, number) <= after) number++;
  return number;
}

usec_t wf_schedule_next(const struct wf_schedule *schedule, usec_t anchor, usec_t after) {
  switch (schedule->kind) {
  case WF_SCHEDULE_EVERY: return slot_of(schedule->interval, anchor, number_after(schedule->interval, anchor, after));
  case WF_SCHEDULE_CRON: return wf_cron_next(&schedule->cron, schedule->zone, after);
  case WF_SCHEDULE_AFTER: break;
  }
  return USEC_NEVER;
}

usec_t wf_schedule_latest(const struct wf_schedule *schedule, usec_t anchor, usec_t after, usec_t until) {
  usec_t slot = wf_schedule_next(schedule, anchor, after);
  if (slot > until) return USEC_NEVER;
  if (schedule->kind == WF_SCHEDULE_EVERY)
    return slot_of(schedule->interval, anchor, number_after(schedule->interval, anchor, until) - 1);
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
