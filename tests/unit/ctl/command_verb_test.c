// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include "ctl/command_verb.h"
#include "verb_fixture.h"

#define RUN(...) RUN_VERB(command_verb, "suspend", __VA_ARGS__)

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN("x"), EXIT_USAGE);
  assert_int_equal(RUN("0198c0de-0000-7001-8000-000000000001", "x"), EXIT_USAGE);
  assert_int_equal(RUN("0198c0de-0000-7001-8000-000000000001", "--timeout", "soon"), EXIT_USAGE);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN("--help"), EXIT_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
