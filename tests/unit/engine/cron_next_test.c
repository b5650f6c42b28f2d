// SPDX-License-Identifier: Apache-2.0
// Slots by a clock that never changes, and by one that is put forward and back. Real
// zones are in io/timezone_test.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/cron.h"

static usec_t instant(const char *text) {
  usec_t at;
  assert_int_equal(clock_parse(text, strlen(text), &at), 0);
  return at;
}

// The slots of `expression` after `from`, one after the other, are `slots` ("" ends them).
static void slots_are(const char *expression, const struct wf_zone *zone, const char *from, const char *const *slots) {
  struct wf_cron cron;
  struct wf_cron_error error;
  assert_int_equal(wf_cron_parse(expression, strlen(expression), &cron, &error), 0);
  usec_t at = instant(from);
  for (; *slots; slots++) {
    char text[CLOCK_TEXT_SIZE];
    at = wf_cron_next(&cron, zone, at);
    assert_true(at != USEC_NEVER);
    if (at != instant(*slots)) fail_msg("%s: %s, expected %s", expression, clock_format(at, text), *slots);
  }
}

#define SLOTS(expression, from, ...) slots_are(expression, &wf_zone_utc, from, (const char *const[]){__VA_ARGS__, NULL})

static void test_strictly_after(void **state) {
  (void)state;
  SLOTS("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z");
  SLOTS("* * * * *", "2025-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z");
  SLOTS("* * * * *", "2026-01-01T00:00:00.000001Z", "2026-01-01T00:01:00Z");
  SLOTS("* * * * * *", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z");
}

static void test_before_the_epoch(void **state) {
  (void)state;
  SLOTS("0 0 * * *", "1969-12-30T12:00:00.5Z", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z");
  SLOTS("* * * * * *", "1969-12-31T23:59:58.5Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z");
}

static void test_fields_carry_over(void **state) {
  (void)state;
  SLOTS("30 15 10 * * *", "2026-01-31T10:15:30Z", "2026-02-01T10:15:30Z");
  SLOTS("15,45 59 23 31 12 *", "2026-12-31T23:59:15Z", "2026-12-31T23:59:45Z", "2027-12-31T23:59:15Z");
  SLOTS("10 5 9,17 * * *", "2026-03-01T09:06:00Z", "2026-03-01T17:05:10Z", "2026-03-02T09:05:10Z");
  SLOTS("0-10/5 8-9 * * 1-5", "2026-05-22T08:09:00Z", "2026-05-22T08:10:00Z", "2026-05-22T09:00:00Z",
        "2026-05-22T09:05:00Z", "2026-05-22T09:10:00Z", "2026-05-25T08:00:00Z");
}

static void test_months_and_leap_days(void **state) {
  (void)state;
  SLOTS("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z");
  SLOTS("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"); // 2100 is no leap year
  SLOTS("0 12 31 * *", "2026-01-31T12:00:00Z", "2026-03-31T12:00:00Z", "2026-05-31T12:00:00Z");
  SLOTS("0 0 1 JAN *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
}

static void test_either_of_two_restricted_days(void **state) {
  (void)state;
  SLOTS("0 0 13 * FRI", "2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z",
        "2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z");
  SLOTS("0 0 */10 * MON", "2026-01-01T00:00:00Z", "2026-05-11T00:00:00Z", "2026-06-01T00:00:00Z"); // open: both
}

static void test_last_days(void **state) {
  (void)state;
  SLOTS("0 0 L * *", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z");
  SLOTS("0 0 L-1 2 *", "2026-01-31T00:00:00Z", "2026-02-27T00:00:00Z", "2027-02-27T00:00:00Z", "2028-02-28T00:00:00Z");
  SLOTS("0 0 * * FRIL", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z");
}

static void test_weekdays_near_a_date(void **state) {
  (void)state;
  // 15 August 2026 is a Saturday, 15 November a Sunday.
  SLOTS("0 0 15W 8,11 *", "2026-08-01T00:00:00Z", "2026-08-14T00:00:00Z", "2026-11-16T00:00:00Z");
  // 1 August 2026 is a Saturday, 31 May a Sunday: never into another month.
  SLOTS("0 0 1W 8 *", "2026-07-01T00:00:00Z", "2026-08-03T00:00:00Z");
  SLOTS("0 0 31W 4,5 *", "2026-04-01T00:00:00Z", "2026-05-29T00:00:00Z"); // April has no 31st
  SLOTS("0 0 LW * *", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-31T00:00:00Z",
        "2026-04-30T00:00:00Z", "2026-05-29T00:00:00Z");
}

static void test_nth_weekdays(void **state) {
  (void)state;
  SLOTS("0 0 * * FRI#2", "2026-01-01T00:00:00Z", "2026-01-09T00:00:00Z", "2026-02-13T00:00:00Z");
  SLOTS("0 0 * * 0#5", "2026-01-01T00:00:00Z", "2026-03-29T00:00:00Z", "2026-05-31T00:00:00Z");
}

// A zone of one year: UTC+1; at `FORWARD` its clock goes from 02:00 to 03:00, at `BACK` from
// 03:00 to 02:00.
#define FORWARD INT64_C(1774746000) // 2026-03-29T01:00:00Z
#define BACK INT64_C(1792890000)    // 2026-10-25T01:00:00Z

static struct wf_zone_stretch one_summer(const struct wf_zone *zone, int64_t at) {
  (void)zone;
  if (at < FORWARD) return (struct wf_zone_stretch){INT64_MIN, FORWARD, 3600};
  if (at < BACK) return (struct wf_zone_stretch){FORWARD, BACK, 7200};
  return (struct wf_zone_stretch){BACK, INT64_MAX, 3600};
}

static const struct wf_zone SUMMER = {one_summer};

#define SUMMER_SLOTS(expression, from, ...)                                                                            \
  slots_are(expression, &SUMMER, from, (const char *const[]){__VA_ARGS__, NULL})

static void test_readings_of_the_zone(void **state) {
  (void)state;
  SUMMER_SLOTS("0 9 * * *", "2026-03-27T10:00:00Z", "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z");
  SUMMER_SLOTS("0 0 1 * *", "2026-02-15T00:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z");
}

static void test_a_reading_left_out_is_a_slot_at_the_change(void **state) {
  (void)state;
  SUMMER_SLOTS("30 2 * * *", "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z",
               "2026-03-30T00:30:00Z");
  SUMMER_SLOTS("*/10 2 * * *", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"); // many are one
  SUMMER_SLOTS("0 2,3 * * *", "2026-03-28T03:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z");
  // Asked from the change on, it has been.
  SUMMER_SLOTS("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
  SUMMER_SLOTS("30 2 * * *", "2026-03-29T00:59:59.999999Z", "2026-03-29T01:00:00Z");
}

static void test_of_a_reading_that_comes_twice_the_first_counts(void **state) {
  (void)state;
  SUMMER_SLOTS("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
  SUMMER_SLOTS("*/20 2 * * *", "2026-10-25T00:20:00Z", "2026-10-25T00:40:00Z", "2026-10-26T01:00:00Z");
  SUMMER_SLOTS("0 3 * * *", "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z"); // comes once
  SUMMER_SLOTS("30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z");
}

static void test_open_hours_go_on_with_time(void **state) {
  (void)state;
  SUMMER_SLOTS("30 * * * *", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z");
  SUMMER_SLOTS("30 * * * *", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
               "2026-10-25T02:30:00Z");
  SUMMER_SLOTS("0 */2 * * *", "2026-03-28T23:00:00Z", "2026-03-29T02:00:00Z"); // its clock never shows 02:00
  SUMMER_SLOTS("0 */2 * * *", "2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z",
               "2026-10-25T03:00:00Z");
}

static void test_none_within_the_bound(void **state) {
  (void)state;
  struct wf_cron cron = {.seconds = 1, .minutes = 1, .hours = 1, .days = 1 << 30, .months = 1 << 2}; // 30 February
  assert_true(wf_cron_next(&cron, &wf_zone_utc, 0) == USEC_NEVER);
  assert_true(wf_cron_next(&cron, &SUMMER, 0) == USEC_NEVER);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_strictly_after),
      cmocka_unit_test(test_before_the_epoch),
      cmocka_unit_test(test_fields_carry_over),
      cmocka_unit_test(test_months_and_leap_days),
      cmocka_unit_test(test_either_of_two_restricted_days),
      cmocka_unit_test(test_last_days),
      cmocka_unit_test(test_weekdays_near_a_date),
      cmocka_unit_test(test_nth_weekdays),
      cmocka_unit_test(test_readings_of_the_zone),
      cmocka_unit_test(test_a_reading_left_out_is_a_slot_at_the_change),
      cmocka_unit_test(test_of_a_reading_that_comes_twice_the_first_counts),
      cmocka_unit_test(test_open_hours_go_on_with_time),
      cmocka_unit_test(test_none_within_the_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
