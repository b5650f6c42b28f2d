// SPDX-License-Identifier: Apache-2.0
#include "engine/strategy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static bool same(const char *a, const char *b) {
  jv left = jv_parse(a), right = jv_parse(b);
  bool equal = wf_correlation_equal(left, right);
  jv_free(left);
  jv_free(right);
  return equal;
}

static void a_number_is_its_text(void **state) {
  (void)state;
  assert_true(same("7", "\"7\""));
  assert_true(same("\"7\"", "7"));
  assert_true(same("true", "\"true\""));
  assert_true(same("{\"a\":1}", "{\"a\":1}"));
  assert_false(same("7", "8"));
  assert_false(same("\"a\"", "\"b\""));
  assert_false(same("null", "\"null\""));
  assert_false(same("[1]", "\"[1]\""));
}

static void expect_read(const char *event, enum wf_read read, const char *expected) {
  jv whole = jv_parse(event);
  jv text = jv_dump_string(wf_event_read(whole, read), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
  jv_free(whole);
}

static void an_event_is_read_as_asked(void **state) {
  (void)state;
  expect_read("{\"id\":\"1\",\"data\":{\"a\":1}}", WF_READ_DATA, "{\"a\":1}");
  expect_read("{\"id\":\"1\",\"data\":{\"a\":1}}", WF_READ_RAW, "\"{\\\"a\\\":1}\"");
  expect_read("{\"id\":\"1\",\"data\":\"text\"}", WF_READ_RAW, "\"text\"");
  expect_read("{\"id\":\"1\"}", WF_READ_DATA, "null");
  expect_read("{\"id\":\"1\"}", WF_READ_ENVELOPE, "{\"id\":\"1\"}");
  expect_read("{\"data_base64\":\"aGk=\"}", WF_READ_DATA, "\"aGk=\"");
}

// Expressions of these filters give what the attribute is, or fail.
static bool echo(void *context, const struct wf_expr *expr, jv dot, jv *ret_value) {
  (void)expr;
  if (*(bool *)context) return false;
  *ret_value = jv_copy(dot);
  return true;
}

static const char *mismatch(const struct wf_event_filter *filter, const char *event, bool fails) {
  const struct wf_match match = {echo, &fails};
  jv whole = jv_parse(event), none = jv_invalid(), keys = jv_invalid();
  const char *why = wf_filter_mismatch(filter, whole, none, none, &match, &keys);
  jv_free(keys);
  jv_free(whole);
  return why ? why : "";
}

static void the_reason_is_the_attribute(void **state) {
  (void)state;
  const struct wf_event_attribute attributes[] = {{.name = "type", .text = "t"}, {.name = "level", .text = "3"}};
  const struct wf_event_filter filter = {.attributes = attributes, .attribute_count = 2};
  assert_string_equal(mismatch(&filter, "{\"type\":\"t\",\"level\":3}", false), "");
  assert_string_equal(mismatch(&filter, "{\"type\":\"u\",\"level\":3}", false), "type");
  assert_string_equal(mismatch(&filter, "{\"type\":\"t\"}", false), "level");
}

static void a_correlation_needs_a_value(void **state) {
  (void)state;
  const struct wf_expr from = {.index = 0};
  const struct wf_correlation correlation = {.name = "k", .from = &from};
  const struct wf_event_filter filter = {.correlations = &correlation, .correlation_count = 1};
  assert_string_equal(mismatch(&filter, "{}", false), "");
  assert_string_equal(mismatch(&filter, "null", false), "uncorrelated");
  assert_string_equal(mismatch(&filter, "{}", true), "expression_failed");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_number_is_its_text),
      cmocka_unit_test(an_event_is_read_as_asked),
      cmocka_unit_test(the_reason_is_the_attribute),
      cmocka_unit_test(a_correlation_needs_a_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
