// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/schedule.h"

#define ANCHOR (INT64_C(1790000000) * USEC_PER_SEC)
#define HOUR USEC_PER_HOUR

static const struct wf_schedule HOURLY = {.kind = WF_SCHEDULE_EVERY, .interval = {0, HOUR}};

static struct wf_schedule cron(const char *text) {
  struct wf_schedule schedule = {.kind = WF_SCHEDULE_CRON, .zone = &wf_zone_utc};
  struct wf_cron_error error;
  assert_int_equal(wf_cron_parse(text, strlen(text), &schedule.cron, &error), 0);
  return schedule;
}

static void test_texts(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  assert_string_equal(wf_schedule_interval_text(WF_SCHEDULE_EVERY, (struct wf_span){0, 900 * USEC_PER_SEC}, arena), "every 900s");
  assert_string_equal(wf_schedule_interval_text(WF_SCHEDULE_AFTER, (struct wf_span){0, 2500 * USEC_PER_MSEC}, arena), "after 2.5s");
  assert_string_equal(wf_schedule_interval_text(WF_SCHEDULE_AFTER, (struct wf_span){0, 1}, arena), "after 0.000001s");
  assert_string_equal(wf_schedule_interval_text(WF_SCHEDULE_AFTER, (struct wf_span){0, 0}, arena), "after 0s");
  assert_string_equal(wf_schedule_interval_text(WF_SCHEDULE_EVERY, (struct wf_span){1, 0}, arena), "every 1 month");
  assert_string_equal(wf_schedule_interval_text(WF_SCHEDULE_EVERY, (struct wf_span){12, USEC_PER_MIN}, arena), "every 12 months 60s");
  arena_free(arena);
}

static void test_every_counts_from_its_anchor(void **state) {
  (void)state;
  assert_true(wf_schedule_next(&HOURLY, ANCHOR, ANCHOR) == ANCHOR + HOUR);
  assert_true(wf_schedule_next(&HOURLY, ANCHOR, ANCHOR - 5) == ANCHOR + HOUR);
  assert_true(wf_schedule_next(&HOURLY, ANCHOR, ANCHOR + HOUR - 1) == ANCHOR + HOUR);
  assert_true(wf_schedule_next(&HOURLY, ANCHOR, ANCHOR + HOUR) == ANCHOR + 2 * HOUR);
  assert_true(wf_schedule_next(&HOURLY, ANCHOR, USEC_NEVER - 1) == USEC_NEVER);
}

static usec_t at(const char *text) {
  usec_t instant;
  assert_int_equal(clock_parse(text, strlen(text), &instant), 0);
  return instant;
}

static void test_months_are_those_of_the_calendar(void **state) {
  (void)state;
  const struct wf_schedule monthly = {.kind = WF_SCHEDULE_EVERY, .interval = {1, 0}};
  usec_t anchor = at("2026-01-31T09:00:00Z");
  assert_true(wf_schedule_next(&monthly, anchor, anchor) == at("2026-02-28T09:00:00Z"));
  assert_true(wf_schedule_next(&monthly, anchor, at("2026-02-28T09:00:00Z")) == at("2026-03-31T09:00:00Z")); // not the 28th
  assert_true(wf_schedule_next(&monthly, anchor, at("2036-02-28T09:00:00Z")) == at("2036-02-29T09:00:00Z"));
  assert_true(wf_schedule_latest(&monthly, anchor, anchor, at("2026-12-01T00:00:00Z")) == at("2026-11-30T09:00:00Z"));
  assert_int_equal(wf_schedule_count(&monthly, anchor, anchor, at("2027-01-31T09:00:00Z"), 100), 12);
  assert_true(wf_schedule_next(&monthly, anchor, at("2126-01-31T09:00:00Z")) == USEC_NEVER);
}

static void test_after_waits_for_a_run(void **state) {
  (void)state;
  struct wf_schedule after = {.kind = WF_SCHEDULE_AFTER, .interval = {0, HOUR}};
  assert_true(wf_schedule_next(&after, ANCHOR, ANCHOR) == USEC_NEVER);
}

static void test_the_latest_of_missed_slots(void **state) {
  (void)state;
  assert_true(wf_schedule_latest(&HOURLY, ANCHOR, ANCHOR, ANCHOR + HOUR - 1) == USEC_NEVER);
  assert_true(wf_schedule_latest(&HOURLY, ANCHOR, ANCHOR, ANCHOR + HOUR) == ANCHOR + HOUR);
  assert_true(wf_schedule_latest(&HOURLY, ANCHOR, ANCHOR, ANCHOR + 5 * HOUR + 7) == ANCHOR + 5 * HOUR);
  assert_true(wf_schedule_latest(&HOURLY, ANCHOR, ANCHOR + 5 * HOUR, ANCHOR + 5 * HOUR + 7) == USEC_NEVER);
  struct wf_schedule nine = cron("0 0 9 * * *");
  usec_t day = ANCHOR - ANCHOR % USEC_PER_DAY;
  assert_true(wf_schedule_latest(&nine, 0, day, day + 9 * HOUR - 1) == USEC_NEVER);
  assert_true(wf_schedule_latest(&nine, 0, day, day + 9 * HOUR) == day + 9 * HOUR);
  assert_true(wf_schedule_latest(&nine, 0, day, day + 400 * USEC_PER_DAY) == day + 399 * USEC_PER_DAY + 9 * HOUR);
  struct wf_schedule dense = cron("* * 9 * * *"); // every second of one hour
  assert_true(wf_schedule_latest(&dense, 0, day, day + 20 * HOUR) == day + 10 * HOUR - USEC_PER_SEC);
}

static void test_how_many_were_missed(void **state) {
  (void)state;
  assert_int_equal(wf_schedule_count(&HOURLY, ANCHOR, ANCHOR, ANCHOR + 5 * HOUR + 7, 100), 5);
  assert_int_equal(wf_schedule_count(&HOURLY, ANCHOR, ANCHOR, ANCHOR + 5 * HOUR + 7, 3), 3);
  assert_int_equal(wf_schedule_count(&HOURLY, ANCHOR, ANCHOR + HOUR, ANCHOR + HOUR, 100), 0);
  struct wf_schedule minutes = cron("*/10 * * * *");
  assert_int_equal(wf_schedule_count(&minutes, 0, 0, USEC_PER_DAY, 1000), 144);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_every_counts_from_its_anchor),
      cmocka_unit_test(test_months_are_those_of_the_calendar),
      cmocka_unit_test(test_after_waits_for_a_run),
      cmocka_unit_test(test_the_latest_of_missed_slots),
      cmocka_unit_test(test_how_many_were_missed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
