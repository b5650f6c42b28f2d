// SPDX-License-Identifier: Apache-2.0
#include "call_fixture.h"

static void test_both_parts_are_passed_on(void **state) {
  (void)state;
  assert_int_equal(make(call_dialnexa, "", "n/w", "+49", false), 0);
  assert_int_equal(call.statement, STATEMENT_DIALNEXA);
  assert_string_equal(call.values[0], "n/w");
  assert_string_equal(call.values[1], "+49");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_both_parts_are_passed_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
