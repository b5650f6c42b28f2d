// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include "ctl/quarantine_verb.h"
#include "verb_fixture.h"

#define RUN(...) RUN_VERB(quarantine_verb, "quarantine", __VA_ARGS__)

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN("show"), EXIT_USAGE);
  assert_int_equal(RUN("show", "x"), EXIT_USAGE);
  assert_int_equal(RUN("show", "1", "2"), EXIT_USAGE);
  assert_int_equal(RUN("show", "99999999999999999999"), EXIT_USAGE);
  assert_int_equal(RUN("list", "x"), EXIT_USAGE);
  assert_int_equal(RUN("list", "--limit", "0"), EXIT_USAGE);
  assert_int_equal(RUN("list", "--after", "0"), EXIT_USAGE);
  assert_int_equal(RUN("list", "--state", "replaid"), EXIT_USAGE);
  assert_int_equal(RUN("sing"), EXIT_USAGE);
  assert_int_equal(RUN("replay"), EXIT_USAGE);
  assert_int_equal(RUN("replay", "1", "x"), EXIT_USAGE);
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
