// SPDX-License-Identifier: Apache-2.0
#include "api/format.h"
#include "arena_fixture.h"

static void test_uuids(void **state) {
  (void)state;
  assert_true(format_is_uuid("01a1e1a7-4c00-7001-8000-000000000001"));
  assert_true(format_is_uuid("01A1E1A7-4C00-7001-8000-000000000001"));
  assert_false(format_is_uuid("01a1e1a74c0070018000000000000001"));
  assert_false(format_is_uuid(""));
}

static void test_instants(void **state) {
  (void)state;
  assert_true(format_is_instant("2026-11-22T10:00:00Z"));
  assert_true(format_is_instant("2026-11-22T10:00:00.123+01:00"));
  assert_false(format_is_instant("2026-11-22T10:00:00"));
  assert_false(format_is_instant("2026-11-22"));
}

static void test_integers(void **state) {
  (void)state;
  assert_true(format_is_integer("50", 1, 50));
  assert_true(format_is_integer("1", 1, 50));
  assert_false(format_is_integer("51", 1, 50));
  assert_false(format_is_integer("0", 1, 50));
  assert_false(format_is_integer("+1", 1, 50));
  assert_false(format_is_integer("", 0, 50));
  assert_false(format_is_integer("99999999999999999999", 1, 50));
}

static void test_booleans(void **state) {
  (void)state;
  assert_true(format_is_bool("true") && format_is_bool("false") && format_is_bool("1") && format_is_bool("0"));
  assert_false(format_is_bool("TRUE"));
}

static void test_arrays(void **state) {
  (void)state;
  static const char *const values[] = {"a", "b\"c", "d\\,{}", ""};
  assert_string_equal(format_array(values, 4, arena), "{\"a\",\"b\\\"c\",\"d\\\\,{}\",\"\"}");
  assert_string_equal(format_array(values, 0, arena), "{}");
}

static void test_splitting(void **state) {
  (void)state;
  const char *values[2];
  assert_int_equal(format_split(",a,,b,c", values, 2, arena), 3);
  assert_string_equal(values[0], "a");
  assert_string_equal(values[1], "b");
  assert_int_equal(format_split("", values, 2, arena), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_uuids),
      CASE(test_instants),
      CASE(test_integers),
      CASE(test_booleans),
      CASE(test_arrays),
      CASE(test_splitting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
