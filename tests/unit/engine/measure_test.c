// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "engine/measure.h"

static size_t size_of(const char *text) {
  jv value = jv_parse(text);
  size_t size = wf_value_size(value, 1000);
  jv_free(value);
  return size;
}

static void sizes_are_those_of_compact_json(void **state) {
  (void)state;
  const char *const texts[] = {"null",    "true", "false", "7",       "-120",
                               "\"abc\"", "[]",   "{}",    "[1,2,3]", "{\"a\":1,\"b\":[null]}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_int_equal(size_of(texts[i]), strlen(texts[i]));
}

static void the_bound_is_exact(void **state) {
  (void)state;
  jv value = jv_parse("{\"a\":\"12345\"}");
  assert_int_equal(wf_value_check(value, 13), 0);
  assert_int_equal(wf_value_check(value, 12), -WF_ETOOBIG);
  assert_int_equal(wf_value_size(value, 12), 13);
  size_t bytes = 99;
  assert_int_equal(wf_value_measure(value, 12, &bytes), -WF_ETOOBIG);
  assert_int_equal(bytes, 99);
  assert_int_equal(wf_value_measure(value, 13, &bytes), 0);
  assert_int_equal(bytes, 13);
  jv_free(value);
}

// What is near the bound counts as the bytes that leave.
static void escapes_count(void **state) {
  (void)state;
  jv value = jv_parse("{\"a\\\"\":\"\\\"\\\\\\n\\u001f\\u007f\"}");
  jv text = jv_dump_string(jv_copy(value), 0);
  size_t bytes = (size_t)jv_string_length_bytes(text);
  assert_int_equal(bytes, 28);
  assert_int_equal(wf_value_check(value, bytes), 0);
  assert_int_equal(wf_value_check(value, bytes - 1), -WF_ETOOBIG);
  jv_free(value);
}

static void nothing_is_printed_larger_than_it_counts(void **state) {
  (void)state;
  jv array = jv_array();
  for (int i = 0; i < 32; i++) array = jv_array_append(array, jv_string_sized((char[]){(char)i, 'x'}, 2));
  const double numbers[] = {-0.0, 0, -1, 1.5, 1e16, 1e17, -1e300, 5e-324, 0.1};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    jv value = jv_array_append(jv_copy(array), jv_number(numbers[i])), text = jv_dump_string(jv_copy(value), 0);
    size_t printed = (size_t)jv_string_length_bytes(text), counted;
    assert_int_equal(wf_value_check(value, printed - 1 - 24), -WF_ETOOBIG);
    assert_int_equal(wf_value_measure(value, 600, &counted), 0);
    assert_true(counted >= printed);
    jv_free(value);
  }
  jv_free(array);
}

static jv nested(int levels) {
  jv value = jv_array();
  for (int i = 1; i < levels; i++) value = jv_array_append(jv_array(), value);
  return value;
}

static void depth_has_a_bound(void **state) {
  (void)state;
  jv value = nested(WF_VALUE_DEPTH_MAX);
  assert_int_equal(wf_value_check(value, 100000), 0);
  jv_free(value);
  value = nested(WF_VALUE_DEPTH_MAX + 1);
  assert_int_equal(wf_value_check(value, 100000), -WF_ETOOBIG);
  jv_free(value);
}

static void what_passes_can_be_read_back(void **state) {
  (void)state;
  jv value = jv_object();
  for (int i = 1; i < WF_VALUE_DEPTH_MAX; i++) value = jv_object_set(jv_object(), jv_string("x"), value);
  assert_int_equal(wf_value_check(value, 100000), 0);
  value = jv_object_set(jv_object(), jv_string("output"), jv_array_append(jv_array(), value));
  jv text = jv_dump_string(jv_copy(value), 0);
  jv back = jv_parse(jv_string_value(text));
  assert_true(jv_is_valid(back));
  assert_true(jv_equal(back, value));
  jv_free(text);
}

static void truth_is_that_of_jq(void **state) {
  (void)state;
  assert_false(wf_value_holds(jv_null()));
  assert_false(wf_value_holds(jv_false()));
  assert_false(wf_value_holds(jv_invalid()));
  assert_true(wf_value_holds(jv_true()));
  assert_true(wf_value_holds(jv_number(0)));
}

static void equality_borrows(void **state) {
  (void)state;
  jv a = jv_parse("{\"x\":[1]}"), b = jv_parse("{\"x\":[1]}"), c = jv_parse("{\"x\":[2]}");
  assert_true(wf_value_equal(a, b));
  assert_true(wf_value_equal(a, a));
  assert_false(wf_value_equal(a, c));
  assert_false(wf_value_equal(a, jv_null()));
  jv_free(a);
  jv_free(b);
  jv_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_are_those_of_compact_json),
      cmocka_unit_test(the_bound_is_exact),
      cmocka_unit_test(depth_has_a_bound),
      cmocka_unit_test(what_passes_can_be_read_back),
      cmocka_unit_test(truth_is_that_of_jq),
      cmocka_unit_test(equality_borrows),
      cmocka_unit_test(escapes_count),
      cmocka_unit_test(nothing_is_printed_larger_than_it_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
