// SPDX-License-Identifier: Apache-2.0
#include "call_fixture.h"

static void test_operators_see_more(void **state) {
  (void)state;
  assert_int_equal(make(call_leadping, "any=thing", "lead 1", NULL, true), 0);
  assert_string_equal(call.values[0], "lead 1");
  assert_string_equal(call.values[1], "true");
  assert_int_equal(make(call_leadping, "", "lead 1", NULL, false), 0);
  assert_string_equal(call.values[1], "false");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_operators_see_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
