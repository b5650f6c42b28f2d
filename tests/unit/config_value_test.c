// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "config_value.h"

static void assert_duration(const char *text, int64_t expected) {
  int64_t usec = -1;
  assert_int_equal(config_duration_parse(text_of(text), &usec), 0);
  assert_int_equal(usec, expected);
}

static void assert_bytes(const char *text, int64_t expected) {
  int64_t bytes = -1;
  assert_int_equal(config_bytes_parse(text_of(text), &bytes), 0);
  assert_int_equal(bytes, expected);
}

static void test_durations(void **state) {
  (void)state;
  assert_duration("5us", 5);
  assert_duration("500ms", 500 * USEC_PER_MSEC);
  assert_duration("0s", 0);
  assert_duration("90s", 90 * USEC_PER_SEC);
  assert_duration("1h30m", 90 * USEC_PER_MIN);
  assert_duration("7d", 7 * USEC_PER_DAY);
}

static void test_durations_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"", "5", "s", "5 s", "-5s", "5sec", "1.5s", "5s ", "PT5S", "9223372036854775808us", "106751992d", "5s5"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int64_t usec = 42;
    assert_int_equal(config_duration_parse(text_of(texts[i]), &usec), -WF_EINVAL);
    assert_int_equal(usec, 42);
  }
}

static void test_bytes(void **state) {
  (void)state;
  assert_bytes("0", 0);
  assert_bytes("512", 512);
  assert_bytes("512B", 512);
  assert_bytes("64KiB", 65536);
  assert_bytes("1MiB", 1 << 20);
  assert_bytes("2GiB", INT64_C(2) << 30);
}

static void test_bytes_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"", "1MB", "1M", "MiB", "1 MiB", "-1", "1MiB2", "9999999999GiB", "1.5MiB"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int64_t bytes = 42;
    assert_int_equal(config_bytes_parse(text_of(texts[i]), &bytes), -WF_EINVAL);
    assert_int_equal(bytes, 42);
  }
}

static void test_formats_read_back_exactly(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  const int64_t values[] = {0, 1, 999, 1000, 1500000, 60000000, 90000000, 3600000000, 5400000000, 86400000000, 90000000000, 7 * USEC_PER_DAY};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    assert_duration(config_duration_format(values[i], arena), values[i]);
    assert_bytes(config_bytes_format(values[i], arena), values[i]);
  }
  assert_string_equal(config_duration_format(90 * USEC_PER_SEC, arena), "90s");
  assert_string_equal(config_duration_format(7 * USEC_PER_DAY, arena), "7d");
  assert_string_equal(config_duration_format(USEC_PER_HOUR, arena), "1h");
  assert_string_equal(config_bytes_format(1536 * 1024, arena), "1536KiB");
  arena_free(arena);
}

static const struct config_word words[] = {{"stop", 3}, {"continue", 4}, {NULL, 0}};

static int parse(enum config_type type, int64_t min, int64_t max, const char *text, void *to, struct arena *arena, const char **ret_problem) {
  const struct config_row row = {.name = "x", .type = type, .min = min, .max = max, .words = words};
  return config_value_parse(&row, text_of(text), to, arena, ret_problem);
}

static void test_integers_at_their_bounds(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  int64_t value = -7;
  const char *problem = NULL;
  assert_int_equal(parse(CONFIG_INTEGER, 1, 16, "1", &value, arena, &problem), 0);
  assert_int_equal(parse(CONFIG_INTEGER, 1, 16, "16", &value, arena, &problem), 0);
  assert_int_equal(value, 16);
  static const char *const texts[] = {"0", "17", "x", "1x", "", "1.0", "+1", "-1", "99999999999999999999"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    assert_int_equal(parse(CONFIG_INTEGER, 1, 16, texts[i], &value, arena, &problem), -WF_EINVAL);
    assert_string_equal(problem, "expected a whole number from 1 to 16");
    assert_int_equal(value, 16);
  }
  arena_free(arena);
}

static void test_words(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  int value = 0;
  const char *problem = NULL;
  assert_int_equal(parse(CONFIG_ENUM, 0, 0, "continue", &value, arena, &problem), 0);
  assert_int_equal(value, 4);
  assert_int_equal(parse(CONFIG_ENUM, 0, 0, "cont", &value, arena, &problem), -WF_EINVAL);
  assert_string_equal(problem, "expected one of: stop, continue");
  arena_free(arena);
}

static void test_texts_and_paths(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  const char *value = NULL, *problem = NULL;
  assert_int_equal(parse(CONFIG_TEXT, 1, 3, "abc", &value, arena, &problem), 0);
  assert_string_equal(value, "abc");
  assert_int_equal(parse(CONFIG_TEXT, 1, 3, "abcd", &value, arena, &problem), -WF_EINVAL);
  assert_int_equal(parse(CONFIG_TEXT, 1, 3, "", &value, arena, &problem), -WF_EINVAL);
  assert_int_equal(parse(CONFIG_TEXT, 1, 3, "\xFF", &value, arena, &problem), -WF_EINVAL);
  assert_int_equal(parse(CONFIG_PATH, 0, 9, "a/b", &value, arena, &problem), -WF_EINVAL);
  assert_int_equal(parse(CONFIG_PATH, 0, 9, "/a/b", &value, arena, &problem), 0);
  assert_int_equal(parse(CONFIG_PATH, 0, 9, "", &value, arena, &problem), 0);
  arena_free(arena);
}

static void test_references_of_secrets(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  const char *value = NULL, *problem = NULL;
  assert_int_equal(parse(CONFIG_SECRET, 0, 99, "pg-password", &value, arena, &problem), 0);
  assert_int_equal(parse(CONFIG_SECRET, 0, 99, "/etc/workflowd/password", &value, arena, &problem), 0);
  assert_int_equal(parse(CONFIG_SECRET, 0, 99, "../password", &value, arena, &problem), -WF_EINVAL);
  assert_int_equal(parse(CONFIG_SECRET, 0, 99, "a/password", &value, arena, &problem), -WF_EINVAL);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_durations),
      cmocka_unit_test(test_durations_refused),
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_bytes_refused),
      cmocka_unit_test(test_formats_read_back_exactly),
      cmocka_unit_test(test_integers_at_their_bounds),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_texts_and_paths),
      cmocka_unit_test(test_references_of_secrets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
