// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "engine/jsonb.h"

static const char *objection(jv value) {
  const char *text = wf_jsonb_objection(value);
  jv_free(value);
  return text;
}

static jv nested(int depth) {
  jv value = jv_number(1);
  for (int i = 0; i < depth; i++) value = JV_ARRAY(value);
  return value;
}

static void test_ordinary_values_pass(void **state) {
  (void)state;
  assert_null(objection(jv_parse("{\"a\":[1,2.5,\"x\",null,true,{}],\"b\":\"\"}")));
}

static void test_nul_in_a_text(void **state) {
  (void)state;
  assert_non_null(strstr(objection(JV_ARRAY(jv_string_sized("a\0b", 3))), "NUL"));
}

static void test_nul_in_a_key(void **state) {
  (void)state;
  assert_non_null(strstr(objection(jv_object_set(jv_object(), jv_string_sized("a\0b", 3), jv_null())), "NUL"));
}

static void test_numbers_that_are_not_finite(void **state) {
  (void)state;
  assert_non_null(strstr(objection(jv_number(NAN)), "finite"));
  assert_non_null(strstr(objection(JV_OBJECT(jv_string("a"), jv_number(-INFINITY))), "finite"));
}

static void test_invalid_is_no_value(void **state) {
  (void)state;
  assert_non_null(objection(jv_invalid()));
}

static void test_depth_at_and_beyond_its_bound(void **state) {
  (void)state;
  assert_null(objection(nested(WF_JSONB_DEPTH_MAX)));
  assert_non_null(strstr(objection(nested(WF_JSONB_DEPTH_MAX + 1)), "deeper"));
}

// A tree of shared parts: small in memory, without end when written.
static void test_shared_parts_count_each_time(void **state) {
  (void)state;
  jv value = jv_string("0123456789");
  for (int i = 0; i < 60; i++) value = JV_ARRAY(jv_copy(value), value);
  assert_non_null(strstr(objection(value), "larger"));
}

static void test_large_text(void **state) {
  (void)state;
  jv text = jv_string_empty(WF_JSONB_SIZE_MAX + 1);
  jv chunk = jv_string("0123456789abcdef");
  for (int i = 0; i < WF_JSONB_SIZE_MAX / 16 + 1; i++) text = jv_string_append_buf(text, jv_string_value(chunk), 16);
  jv_free(chunk);
  assert_non_null(strstr(objection(text), "larger"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ordinary_values_pass),
      cmocka_unit_test(test_nul_in_a_text),
      cmocka_unit_test(test_nul_in_a_key),
      cmocka_unit_test(test_numbers_that_are_not_finite),
      cmocka_unit_test(test_invalid_is_no_value),
      cmocka_unit_test(test_depth_at_and_beyond_its_bound),
      cmocka_unit_test(test_shared_parts_count_each_time),
      cmocka_unit_test(test_large_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
