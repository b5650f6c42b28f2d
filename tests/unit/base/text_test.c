// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"

static bool clean(const char *text) { return text_is_clean_utf8(text, strlen(text)); }

static void test_text_of_null_is_absent(void **state) {
  (void)state;
  struct text none = text_of(NULL);
  assert_null(none.data);
  assert_int_equal(none.size, 0);
}

static void test_equal_compares_bytes(void **state) {
  (void)state;
  assert_true(text_equal(text_of("abc"), TEXT("abc")));
  assert_false(text_equal(text_of("abc"), TEXT("abd")));
  assert_false(text_equal(text_of("abc"), TEXT("ab")));
  assert_true(text_equal(text_of(NULL), TEXT("")));
}

static void test_utf8_of_each_length(void **state) {
  (void)state;
  assert_true(clean("plain"));
  assert_true(clean("\xC3\xA9"));
  assert_true(clean("\xE2\x82\xAC"));
  assert_true(clean("\xF0\x9F\x98\x80"));
  assert_true(clean("\xF4\x8F\xBF\xBD"));
  assert_false(clean(TEXT_MARK_OPEN));
  assert_false(clean(TEXT_MARK_CLOSE));
  assert_true(clean(""));
}

static void test_nul_is_refused(void **state) {
  (void)state;
  assert_false(text_is_clean_utf8("a\0b", 3));
}

static void test_broken_utf8_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF",
      "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xC3(", "\xF0\x9F\x98"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_false(clean(texts[i]));
}

static void test_sequence_is_not_read_past_the_end(void **state) {
  (void)state;
  assert_false(text_is_clean_utf8("\xE2\x82\xAC", 2));
}

static const char *const words[] = {"call", "switch", "wait", "raise"};

static void test_near_miss_finds_the_slip(void **state) {
  (void)state;
  assert_string_equal(text_near_miss("swich", words, 4), "switch");
  assert_string_equal(text_near_miss("wiat", words, 4), "wait");
  assert_string_equal(text_near_miss("raises", words, 4), "raise");
}

static void test_near_miss_keeps_silent_when_far(void **state) {
  (void)state;
  assert_null(text_near_miss("completely", words, 4));
  assert_null(text_near_miss("call", words, 0));
}

static void test_near_miss_of_a_short_word(void **state) {
  (void)state;
  static const char *const short_words[] = {"log", "try", "do", "http"};
  assert_null(text_near_miss("foo", short_words, 4)); // two letters of three differ
  assert_null(text_near_miss("a", short_words, 4));
  assert_null(text_near_miss("", short_words, 4));
  assert_string_equal(text_near_miss("logs", short_words, 4), "log");
  assert_string_equal(text_near_miss("tyr", short_words, 4), "try"); // neighbours swapped are one slip
  assert_string_equal(text_near_miss("od", short_words, 4), "do");
  assert_string_equal(text_near_miss("htp", short_words, 4), "http");
}

static void test_near_miss_of_a_very_long_word(void **state) {
  (void)state;
  char word[300];
  memset(word, 'a', sizeof word - 1);
  word[sizeof word - 1] = '\0';
  assert_null(text_near_miss(word, words, 4));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text_of_null_is_absent),
      cmocka_unit_test(test_equal_compares_bytes),
      cmocka_unit_test(test_utf8_of_each_length),
      cmocka_unit_test(test_nul_is_refused),
      cmocka_unit_test(test_broken_utf8_is_refused),
      cmocka_unit_test(test_sequence_is_not_read_past_the_end),
      cmocka_unit_test(test_near_miss_finds_the_slip),
      cmocka_unit_test(test_near_miss_keeps_silent_when_far),
      cmocka_unit_test(test_near_miss_of_a_short_word),
      cmocka_unit_test(test_near_miss_of_a_very_long_word),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
