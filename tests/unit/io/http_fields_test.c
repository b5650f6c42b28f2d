// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/http_fields.h"

static void test_names_have_no_case(void **state) {
  (void)state;
  struct http_fields fields = {0};
  http_fields_add(&fields, "Content-Type", "a");
  http_fields_default(&fields, "content-type", "b");
  assert_string_equal(http_fields_get(&fields, "CONTENT-TYPE"), "a");
  http_fields_remove(&fields, "content-TYPE");
  assert_null(http_fields_get(&fields, "Content-Type"));
  http_fields_default(&fields, "content-type", "b");
  assert_string_equal(http_fields_get(&fields, "Content-Type"), "b");
  http_fields_clear(&fields);
}

static void test_as_json(void **state) {
  (void)state;
  struct http_fields fields = {0};
  http_fields_add(&fields, "Via", "a");
  http_fields_add(&fields, "X", "");
  http_fields_add(&fields, "via", "b");
  http_fields_add(&fields, "authorization", "Basic x");
  http_fields_add(&fields, "Cookie", "x=y");
  jv text = jv_dump_string(http_fields_to_json(&fields), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), "{\"Cookie\":\"***\",\"Via\":\"a, b\",\"X\":\"\",\"authorization\":\"***\"}");
  jv_free(text);
  http_fields_clear(&fields);
}

static void test_what_may_be_sent(void **state) {
  (void)state;
  assert_true(http_fields_name_is_valid("X-a_1!"));
  assert_false(http_fields_name_is_valid(""));
  assert_false(http_fields_name_is_valid("X a"));
  assert_false(http_fields_name_is_valid("X:"));
  assert_false(http_fields_name_is_valid("X\r\nY"));
  assert_true(http_fields_value_is_valid("a b\t\u00e4"));
  assert_false(http_fields_value_is_valid("a\nb"));
  assert_false(http_fields_value_is_valid("a\rb"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_have_no_case),
      cmocka_unit_test(test_as_json),
      cmocka_unit_test(test_what_may_be_sent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
