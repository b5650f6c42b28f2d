// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

static int parse(const char *text, usec_t *ret_instant) { return clock_parse(text, strlen(text), ret_instant); }

static void assert_parses(const char *text, usec_t expected) {
  usec_t instant = -1;
  assert_int_equal(parse(text, &instant), 0);
  assert_int_equal(instant, expected);
}

static void assert_refused(const char *text) {
  usec_t instant = 42;
  assert_int_equal(parse(text, &instant), -WF_EINVAL);
  assert_int_equal(instant, 42);
}

static void test_format_of_the_epoch(void **state) {
  (void)state;
  char out[CLOCK_TEXT_SIZE];
  assert_string_equal(clock_format(0, out), "1970-01-01T00:00:00.000000Z");
}

static void test_format_keeps_microseconds(void **state) {
  (void)state;
  char out[CLOCK_TEXT_SIZE];
  assert_string_equal(clock_format(INT64_C(1769850000000001), out), "2026-01-31T09:00:00.000001Z");
}

static void test_format_before_the_epoch(void **state) {
  (void)state;
  char out[CLOCK_TEXT_SIZE];
  assert_string_equal(clock_format(-1, out), "1969-12-31T23:59:59.999999Z");
}

static void test_parse_reads_what_format_writes(void **state) {
  (void)state;
  const usec_t instants[] = {0, 1, -1, 1769850000000001, 253402300799999999, -62135596800000000};
  for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
    char out[CLOCK_TEXT_SIZE];
    assert_parses(clock_format(instants[i], out), instants[i]);
  }
}

static void test_parse_offsets(void **state) {
  (void)state;
  assert_parses("1970-01-01T01:00:00+01:00", 0);
  assert_parses("1969-12-31T18:30:00-05:30", 0);
  assert_parses("1970-01-01t00:00:00z", 0);
  assert_parses("1970-01-01 00:00:00Z", 0);
}

static void test_parse_cuts_below_microseconds(void **state) {
  (void)state;
  assert_parses("1970-01-01T00:00:00.5Z", 500000);
  assert_parses("1970-01-01T00:00:00.123456789Z", 123456);
}

static void test_leap_second_is_the_next_second(void **state) {
  (void)state;
  assert_parses("2016-12-31T23:59:60Z", INT64_C(1483228800) * USEC_PER_SEC);
}

static void test_leap_days(void **state) {
  (void)state;
  assert_parses("2024-02-29T00:00:00Z", INT64_C(1709164800) * USEC_PER_SEC);
  assert_refused("2023-02-29T00:00:00Z");
  assert_refused("1900-02-29T00:00:00Z");
  assert_parses("2000-02-29T00:00:00Z", INT64_C(951782400) * USEC_PER_SEC);
}

static void test_refuses_what_is_no_instant(void **state) {
  (void)state;
  static const char *const texts[] = {"", "now", "2026-01-31", "2026-01-31T09:00:00", "2026-1-31T09:00:00Z", "2026-01-31T09:00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z",
      "2026-01-31T09:00:61Z", "2026-01-31T09:00:00.Z", "2026-01-31T09:00:00+24:00", "2026-01-31T09:00:00+0100",
      "2026-01-31T09:00:00Z ", "0000-01-01T00:00:00Z", "+2026-01-31T09:00:00Z"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_refused(texts[i]);
}

static void test_parse_reads_no_further_than_its_size(void **state) {
  (void)state;
  usec_t instant;
  assert_int_equal(clock_parse("1970-01-01T00:00:00Zxyz", 20, &instant), 0);
  assert_int_equal(clock_parse("1970-01-01T00:00:00Z", 19, &instant), -WF_EINVAL);
}

static void test_boottime_never_runs_backwards(void **state) {
  (void)state;
  usec_t before = clock_boottime();
  for (int i = 0; i < 1000; i++) {
    usec_t now = clock_boottime();
    assert_true(now >= before);
    before = now;
  }
}

static void test_realtime_is_this_century(void **state) {
  (void)state;
  assert_true(clock_realtime() > INT64_C(1600000000) * USEC_PER_SEC);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_format_of_the_epoch),
      cmocka_unit_test(test_format_keeps_microseconds),
      cmocka_unit_test(test_format_before_the_epoch),
      cmocka_unit_test(test_parse_reads_what_format_writes),
      cmocka_unit_test(test_parse_offsets),
      cmocka_unit_test(test_parse_cuts_below_microseconds),
      cmocka_unit_test(test_leap_second_is_the_next_second),
      cmocka_unit_test(test_leap_days),
      cmocka_unit_test(test_refuses_what_is_no_instant),
      cmocka_unit_test(test_parse_reads_no_further_than_its_size),
      cmocka_unit_test(test_boottime_never_runs_backwards),
      cmocka_unit_test(test_realtime_is_this_century),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
