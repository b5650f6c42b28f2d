// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "engine/cron.h"

static struct wf_cron_error error;

static struct wf_cron parse(const char *text) {
  struct wf_cron cron = {0};
  if (wf_cron_parse(text, strlen(text), &cron, &error)) fail_msg("%s: column %zu: %s", text, error.column, error.text);
  return cron;
}

// Refused at `column` (from 1), in words that have `words` in them; nothing else written.
static void refused(const char *text, size_t column, const char *words) {
  struct wf_cron cron = {.minutes = 42};
  assert_int_equal(wf_cron_parse(text, strlen(text), &cron, &error), -WF_EINVAL);
  assert_int_equal(cron.minutes, 42);
  if (error.column != column || !strstr(error.text, words))
    fail_msg("%s: column %zu: %s; expected column %zu: %s", text, error.column, error.text, column, words);
}

static void test_five_fields(void **state) {
  (void)state;
  struct wf_cron cron = parse("0 9 1 6 *");
  assert_int_equal(cron.seconds, 1); // second 0
  assert_int_equal(cron.minutes, 1);
  assert_int_equal(cron.hours, 1 << 9);
  assert_int_equal(cron.days, 1 << 1);
  assert_int_equal(cron.months, 1 << 6);
  assert_int_equal(cron.weekdays, 0x7f);
  assert_true(cron.weekdays_open);
  assert_false(cron.days_open || cron.hours_open);
  assert_string_equal(cron.zone, "");
}

static void test_six_fields_begin_with_seconds(void **state) {
  (void)state;
  struct wf_cron cron = parse("30 0 9 * * *");
  assert_int_equal(cron.seconds, 1 << 30);
  assert_int_equal(cron.minutes, 1);
  assert_int_equal(cron.hours, 1 << 9);
}

static void test_ranges_lists_steps(void **state) {
  (void)state;
  struct wf_cron cron = parse("*/20 8-10,22 1-9/4,31 */6 2/2");
  assert_int_equal(cron.minutes, UINT64_C(1) | UINT64_C(1) << 20 | UINT64_C(1) << 40);
  assert_int_equal(cron.hours, 1 << 8 | 1 << 9 | 1 << 10 | 1 << 22);
  assert_int_equal(cron.days, 1U << 1 | 1U << 5 | 1U << 9 | 1U << 31);
  assert_int_equal(cron.months, 1 << 1 | 1 << 7);
  assert_int_equal(cron.weekdays, 1 << 2 | 1 << 4 | 1 << 6); // to Saturday, Sunday is not after it
  assert_int_equal(parse("5/15 * * * *").minutes,
                   UINT64_C(1) << 5 | UINT64_C(1) << 20 | UINT64_C(1) << 35 | UINT64_C(1) << 50);
  assert_int_equal(parse("59 * * * *").minutes, UINT64_C(1) << 59);
}

static void test_names(void **state) {
  (void)state;
  assert_int_equal(parse("0 0 * JAN,dec *").months, 1 << 1 | 1 << 12);
  assert_int_equal(parse("0 0 * mar-May *").months, 1 << 3 | 1 << 4 | 1 << 5);
  assert_int_equal(parse("0 0 * * MON-FRI").weekdays, 0x3e);
  assert_int_equal(parse("0 0 * * sun").weekdays, 1);
}

static void test_sunday_is_zero_and_seven(void **state) {
  (void)state;
  assert_int_equal(parse("0 0 * * 7").weekdays, 1);
  assert_int_equal(parse("0 0 * * 5-7").weekdays, 1 << 5 | 1 << 6 | 1);
  assert_int_equal(parse("0 0 * * SAT-SUN").weekdays, 1 << 6 | 1);
  assert_int_equal(parse("0 0 * * MON-SUN").weekdays, 0x7f);
  assert_int_equal(parse("0 0 * * 0-0").weekdays, 1);
  assert_int_equal(parse("0 0 * * 7/2").weekdays, 1);
}

static void test_question_mark_is_a_star(void **state) {
  (void)state;
  struct wf_cron cron = parse("0 0 ? * MON");
  assert_true(cron.days_open);
  assert_int_equal(cron.days, 0xfffffffe);
  assert_true(parse("0 0 1 * ?").weekdays_open);
  refused("? 0 * * *", 1, "minute: expected 0 to 59");
}

static void test_special_days(void **state) {
  (void)state;
  struct wf_cron cron = parse("0 0 L,L-3,15W,LW * *");
  assert_int_equal(cron.days, 0);
  assert_int_equal(cron.days_from_end, 1 | 1 << 3);
  assert_int_equal(cron.days_nearest, 1 << 15);
  assert_true(cron.last_weekday);
  cron = parse("0 0 * * 5L,MON#1,0#5");
  assert_int_equal(cron.weekdays, 0);
  assert_int_equal(cron.weekdays_last, 1 << 5);
  assert_int_equal(cron.weekdays_nth[0], 1 << 1);
  assert_int_equal(cron.weekdays_nth[4], 1);
}

static void test_hours_open(void **state) {
  (void)state;
  assert_true(parse("0 * * * *").hours_open);
  assert_true(parse("0 */2 * * *").hours_open);
  assert_false(parse("* 2 * * *").hours_open);
  assert_false(parse("0 0-23 * * *").hours_open);
}

static void test_macros(void **state) {
  (void)state;
  static const char *const same[][2] = {{"@yearly", "0 0 1 1 *"},  {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                                        {"@weekly", "0 0 * * 0"},  {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                                        {" @Hourly ", "0 * * * *"}};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    struct wf_cron a = parse(same[i][0]), b = parse(same[i][1]);
    assert_memory_equal(&a, &b, sizeof a);
  }
  refused("@reboot", 1, "expected @yearly");
  refused("@every 5m", 8, "expected nothing after");
  refused("@dail", 1, "schedule.every");
}

static void test_zone(void **state) {
  (void)state;
  assert_string_equal(parse("CRON_TZ=Europe/Berlin 0 9 * * *").zone, "Europe/Berlin");
  assert_string_equal(parse("TZ=Etc/GMT+2\t0 9 * * *").zone, "Etc/GMT+2");
  assert_string_equal(parse("  TZ=UTC   @daily").zone, "UTC");
  assert_int_equal(parse("CRON_TZ=Europe/Berlin 0 9 * * *").hours, 1 << 9);
  refused("CRON_TZ= 0 9 * * *", 9, "name of a time zone");
  refused("TZ=/etc/passwd 0 9 * * *", 4, "name of a time zone");
  refused("TZ=../x 0 9 * * *", 4, "name of a time zone");
  refused("TZ=+02:00 0 9 * * *", 4, "name of a time zone");
  refused("TZ=Europe/ 0 9 * * *", 4, "name of a time zone");
  refused("TZ=Europe:Berlin 0 9 * * *", 4, "name of a time zone");
  refused("TZ=AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEFFFFFFFFFFGGGG 0 9 * * *", 4, "name of a time zone");
}

static void test_wrong_values_name_column_and_expectation(void **state) {
  (void)state;
  refused("60 * * * *", 1, "minute: expected 0 to 59");
  refused("0 24 * * *", 3, "hour: expected 0 to 23");
  refused("0 0 0 * *", 5, "day of month: expected 1 to 31");
  refused("0 0 32 * *", 5, "day of month: expected 1 to 31");
  refused("0 0 1 13 *", 7, "month: expected 1 to 12 or JAN to DEC");
  refused("0 0 * * 8", 9, "day of week: expected 0 to 7 or SUN to SAT");
  refused("0 0 * * FOO", 9, "SUN to SAT");
  refused("0 0 * * MON,FOO", 13, "SUN to SAT");
  refused("60 0 0 * * *", 1, "second: expected 0 to 59");
  refused("JAN * * * *", 1, "minute: expected");
  refused("-1 * * * *", 1, "minute: expected");
  refused("99999999999999999999 * * * *", 1, "minute: expected");
}

static void test_wrong_forms(void **state) {
  (void)state;
  refused("1-0 * * * *", 1, "range that goes up");
  refused("0 0 * * FRI-MON", 9, "range that goes up");
  refused("*/0 * * * *", 3, "step of 1 to 59");
  refused("*/60 * * * *", 3, "step of 1 to 59");
  refused("*/ * * * *", 3, "step of 1 to 59");
  refused("1, * * * *", 3, "minute: expected");
  refused(",1 * * * *", 1, "minute: expected");
  refused("1- * * * *", 3, "minute: expected");
  refused("1;2 * * * *", 2, "a comma or the end of the field");
  refused("*5 * * * *", 2, "a comma or the end of the field");
  refused("0 L * * *", 3, "hour: expected");
  refused("0 0 L-31 * *", 7, "days before the last");
  refused("0 0 L- * *", 7, "days before the last");
  refused("0 0 * * L", 9, "day of week: expected");
  refused("0 0 * * 5#6", 11, "1 to 5 after #");
  refused("0 0 * * 5#", 11, "1 to 5 after #");
}

static void test_wrong_numbers_of_fields(void **state) {
  (void)state;
  refused("", 1, "0 found");
  refused("   ", 4, "0 found");
  refused("0 0 * *", 8, "4 found");
  refused("0 0 0 1 1 * 2030", 13, "there is no year");
  refused("TZ=UTC", 7, "0 found");
}

static void test_dates_that_never_come(void **state) {
  (void)state;
  refused("0 0 30 2 *", 1, "no date ever matches");
  refused("0 0 31 4,6,9,11 *", 1, "no date ever matches");
  refused("0 0 L-30 2 *", 1, "no date ever matches");
  parse("0 0 29 2 *");
  parse("0 0 29 2 5#5"); // either suffices
}

static void test_size_is_kept(void **state) {
  (void)state;
  struct wf_cron cron;
  assert_int_equal(wf_cron_parse("0 0 1 1 *5", 9, &cron, &error), 0);
  assert_int_equal(wf_cron_parse("0 0 * * *\0", 10, &cron, &error), -WF_EINVAL);
  char text[WF_CRON_SIZE_MAX + 2];
  memset(text, ' ', sizeof text);
  memcpy(text, "@daily", 6);
  assert_int_equal(wf_cron_parse(text, WF_CRON_SIZE_MAX, &cron, &error), 0);
  assert_int_equal(wf_cron_parse(text, WF_CRON_SIZE_MAX + 1, &cron, &error), -WF_EINVAL);
  assert_non_null(strstr(error.text, "at most 512"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_five_fields),
      cmocka_unit_test(test_six_fields_begin_with_seconds),
      cmocka_unit_test(test_ranges_lists_steps),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_sunday_is_zero_and_seven),
      cmocka_unit_test(test_question_mark_is_a_star),
      cmocka_unit_test(test_special_days),
      cmocka_unit_test(test_hours_open),
      cmocka_unit_test(test_macros),
      cmocka_unit_test(test_zone),
      cmocka_unit_test(test_wrong_values_name_column_and_expectation),
      cmocka_unit_test(test_wrong_forms),
      cmocka_unit_test(test_wrong_numbers_of_fields),
      cmocka_unit_test(test_dates_that_never_come),
      cmocka_unit_test(test_size_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
