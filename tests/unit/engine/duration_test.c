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
  struct wf_span span = {-1, -1};
  int error = wf_duration_parse(text, strlen(text), &span);
  if (error) assert_int_equal(span.time, -1); // written only on success
  else assert_int_equal(span.months, 0);
  return error ? error : span.time;
}

// When the duration is over that begins then, both by RFC 3339.
static void ends(const char *text, const char *start, const char *end) {
  struct wf_span span;
  usec_t from;
  char at[CLOCK_TEXT_SIZE];
  assert_int_equal(wf_duration_parse(text, strlen(text), &span), 0);
  assert_int_equal(clock_parse(start, strlen(start), &from), 0);
  assert_string_equal(clock_format(wf_span_end(span, from), at), end);
}

static usec_t from_json(const char *json) {
  struct wf_span span = {-1, -1};
  jv value = jv_parse(json);
  int error = wf_duration_from_value(value, &span);
  jv_free(value);
  return error ? error : span.time;
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

static void test_years_and_months_are_those_of_the_calendar(void **state) {
  (void)state;
  ends("P1M", "2026-01-15T09:30:00Z", "2026-02-15T09:30:00.000000Z");
  ends("P1M", "2026-01-31T09:30:00.5Z", "2026-02-28T09:30:00.500000Z");
  ends("P1M", "2028-01-31T00:00:00Z", "2028-02-29T00:00:00.000000Z");
  ends("P1Y", "2028-02-29T00:00:00Z", "2029-02-28T00:00:00.000000Z");
  ends("P1Y2M3DT4H", "2026-11-30T22:00:00Z", "2028-02-03T02:00:00.000000Z"); // months first: January 30, 2028
  ends("P11M", "2026-12-31T00:00:00Z", "2027-11-30T00:00:00.000000Z");
  ends("P1.5Y", "2026-01-01T00:00:00Z", "2027-07-01T00:00:00.000000Z");
  ends("P0.5M", "2026-01-01T00:00:00Z", "2026-01-16T00:00:00.000000Z");
  ends("P100Y", "2026-01-01T00:00:00Z", "2126-01-01T00:00:00.000000Z");
}

static void test_bound_of_years(void **state) {
  (void)state;
  assert_int_equal(parse("P101Y"), -WF_ETOOBIG);
  assert_int_equal(parse("P1201M"), -WF_ETOOBIG);
  assert_int_equal(parse("P99999999999999999Y"), -WF_ETOOBIG);
  assert_int_equal(parse("P1M1Y"), -WF_EINVAL);
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
  struct wf_span span;
  assert_int_equal(wf_duration_parse("PT1H30M", 4, &span), 0);
  assert_int_equal(span.time, USEC_PER_HOUR);
  assert_int_equal(wf_duration_parse("PT1H", 3, &span), -WF_EINVAL);
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
      cmocka_unit_test(test_years_and_months_are_those_of_the_calendar),
      cmocka_unit_test(test_bound_of_years),
      cmocka_unit_test(test_what_is_no_duration),
      cmocka_unit_test(test_bound),
      cmocka_unit_test(test_text_is_not_read_past_its_size),
      cmocka_unit_test(test_inline_object),
      cmocka_unit_test(test_objects_that_are_no_duration),
      cmocka_unit_test(test_value_may_be_a_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
