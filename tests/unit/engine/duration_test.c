// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "engine/duration.h"

static usec_t parse(const char *text) {
  usec_t duration = -1;
  int error = wf_duration_parse(text, strlen(text), &duration);
  if (error) assert_int_equal(duration, -1); // written only on success
  return error ? error : duration;
}

static usec_t from_json(const char *json) {
  usec_t duration = -1;
  jv value = jv_parse(json);
  int error = wf_duration_from_value(value, &duration);
  jv_free(value);
  return error ? error : duration;
}

static void test_components(void **state) {
  (void)state;
  assert_int_equal(parse("PT2H30M"), 2 * USEC_PER_HOUR + 30 * USEC_PER_MIN);
  assert_int_equal(parse("P1DT12H"), 36 * USEC_PER_HOUR);
  assert_int_equal(parse("P2W"), 14 * USEC_PER_DAY);
  assert_int_equal(parse("PT0S"), 0);
  assert_int_equal(parse("P1W2DT3H4M5S"), 9 * USEC_PER_DAY + 3 * USEC_PER_HOUR + 4 * USEC_PER_MIN + 5 * USEC_PER_SEC);
}

static void test_fractions(void **state) {
  (void)state;
  assert_int_equal(parse("PT0.5S"), 500000);
  assert_int_equal(parse("PT1.5H"), 90 * USEC_PER_MIN);
  assert_int_equal(parse("P0.5D"), 12 * USEC_PER_HOUR);
  assert_int_equal(parse("PT0.0000019S"), 1);
  assert_int_equal(parse("PT0.999999999999S"), 999999);
}

static void test_years_and_months_are_refused(void **state) {
  (void)state;
  assert_int_equal(parse("P1Y"), -WF_EINVAL);
  assert_int_equal(parse("P1M"), -WF_EINVAL);
  assert_int_equal(parse("P1Y2M3D"), -WF_EINVAL);
}

static void test_what_is_no_duration(void **state) {
  (void)state;
  static const char *const texts[] = {"",       "P",     "PT",   "P1DT",  "1H",      "PT1",       "PTH",   "PT1H1H",
                                      "PT1M1H", "pt1h",  "PT1h", "-PT1H", "PT-1H",   "PT1.H",     "PT.5H", "PT1,5H",
                                      " PT1H",  "PT1H ", "P1H",  "PT1D",  "PT1HT1M", "two hours", NULL};
  for (const char *const *text = texts; *text; text++) assert_int_equal(parse(*text), -WF_EINVAL);
}

static void test_bound(void **state) {
  (void)state;
  assert_int_equal(parse("P36525D"), WF_DURATION_MAX);
  assert_int_equal(parse("P36525DT0.000001S"), -WF_ETOOBIG);
  assert_int_equal(parse("PT99999999999999999999S"), -WF_ETOOBIG);
  assert_int_equal(parse("PT9223372036854775807S"), -WF_ETOOBIG);
}

static void test_text_is_not_read_past_its_size(void **state) {
  (void)state;
  usec_t duration;
  assert_int_equal(wf_duration_parse("PT1H30M", 4, &duration), 0);
  assert_int_equal(duration, USEC_PER_HOUR);
  assert_int_equal(wf_duration_parse("PT1H", 3, &duration), -WF_EINVAL);
}

static void test_inline_object(void **state) {
  (void)state;
  assert_int_equal(from_json("{\"hours\":2,\"minutes\":30}"), 2 * USEC_PER_HOUR + 30 * USEC_PER_MIN);
  assert_int_equal(from_json("{\"days\":1,\"seconds\":5,\"milliseconds\":7}"), USEC_PER_DAY + 5007 * USEC_PER_MSEC);
  assert_int_equal(from_json("{\"seconds\":0}"), 0);
  assert_int_equal(from_json("{\"milliseconds\":3000000000}"), 3000000 * USEC_PER_SEC); // beyond 32 bits
}

static void test_objects_that_are_no_duration(void **state) {
  (void)state;
  static const char *const texts[] = {"{}",
                                      "{\"weeks\":1}",
                                      "{\"hours\":1.5}",
                                      "{\"hours\":-1}",
                                      "{\"hours\":\"1\"}",
                                      "{\"hours\":null}",
                                      "[]",
                                      "null",
                                      "60",
                                      "true",
                                      NULL};
  for (const char *const *text = texts; *text; text++) assert_int_equal(from_json(*text), -WF_EINVAL);
  assert_int_equal(from_json("{\"days\":36526}"), -WF_ETOOBIG);
  assert_int_equal(from_json("{\"seconds\":1e300}"), -WF_ETOOBIG);
}

static void test_value_may_be_a_text(void **state) {
  (void)state;
  assert_int_equal(from_json("\"PT1M\""), USEC_PER_MIN);
  assert_int_equal(from_json("\"1 minute\""), -WF_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_components),
      cmocka_unit_test(test_fractions),
      cmocka_unit_test(test_years_and_months_are_refused),
      cmocka_unit_test(test_what_is_no_duration),
      cmocka_unit_test(test_bound),
      cmocka_unit_test(test_text_is_not_read_past_its_size),
      cmocka_unit_test(test_inline_object),
      cmocka_unit_test(test_objects_that_are_no_duration),
      cmocka_unit_test(test_value_may_be_a_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
