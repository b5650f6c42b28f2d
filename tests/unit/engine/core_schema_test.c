// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/core_schema.h"

static void assert_kinds(const char *const *texts, enum wf_core_kind kind) {
  for (; *texts; texts++)
    if (wf_core_schema_kind(*texts) != kind) {
      print_error("%s\n", *texts);
      fail();
    }
}

static double number(const char *text) {
  jv value = wf_core_schema_value(text);
  assert_int_equal(jv_get_kind(value), JV_KIND_NUMBER);
  double result = jv_number_value(value);
  jv_free(value);
  return result;
}

static void test_null(void **state) {
  (void)state;
  static const char *const texts[] = {"", "~", "null", "Null", "NULL", NULL};
  assert_kinds(texts, WF_CORE_NULL);
}

static void test_booleans(void **state) {
  (void)state;
  static const char *const texts[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
  assert_kinds(texts, WF_CORE_BOOLEAN);
  assert_int_equal(jv_get_kind(wf_core_schema_value("True")), JV_KIND_TRUE);
  assert_int_equal(jv_get_kind(wf_core_schema_value("FALSE")), JV_KIND_FALSE);
}

static void test_texts_that_yaml_1_1_took_for_more(void **state) {
  (void)state;
  static const char *const texts[] = {"yes",  "no",  "on",       "off",        "nULL",  "tRUE", "1_000",
                                      "1:30", "0b1", "12:30:45", "2026-01-31", "0xg",   "0o8",  "1e",
                                      "e1",   ".",   "+",        "-",          "1.2.3", "1,5",  NULL};
  assert_kinds(texts, WF_CORE_TEXT);
}

static void test_numbers(void **state) {
  (void)state;
  static const char *const texts[] = {"0",     "-1",   "+1",   "012",  "0o17",  "0xfF",  "1.",   ".5",   "-.5",
                                      "1.5e3", "1E-2", "1e+2", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", NULL};
  assert_kinds(texts, WF_CORE_NUMBER);
  assert_true(number("0x10") == 16 && number("0o17") == 15 && number("012") == 12 && number("-1.5e3") == -1500 &&
              number(".5") == 0.5);
}

static void test_signed_nan_is_a_text(void **state) {
  (void)state;
  static const char *const texts[] = {"-.nan", "+.NaN", NULL};
  assert_kinds(texts, WF_CORE_TEXT);
}

static void test_number_that_a_double_does_not_hold_is_invalid(void **state) {
  (void)state;
  static const char *const texts[] = {"9007199254740993",
                                      "12345678901234567890",
                                      "-9007199254740994",
                                      "0xffffffffffffffffffff",
                                      "1e999",
                                      ".inf",
                                      ".nan",
                                      NULL};
  for (const char *const *text = texts; *text; text++) assert_false(jv_is_valid(wf_core_schema_value(*text)));
  assert_true(number("9007199254740992") == 9007199254740992.0);
}

static void test_text_is_itself(void **state) {
  (void)state;
  jv value = wf_core_schema_value("yes");
  assert_string_equal(jv_string_value(value), "yes");
  jv_free(value);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_null),
      cmocka_unit_test(test_booleans),
      cmocka_unit_test(test_texts_that_yaml_1_1_took_for_more),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_signed_nan_is_a_text),
      cmocka_unit_test(test_number_that_a_double_does_not_hold_is_invalid),
      cmocka_unit_test(test_text_is_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
