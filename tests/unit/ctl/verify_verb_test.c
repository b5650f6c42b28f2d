// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_verify.py.
#include "ctl/verify_verb.h"
#include "verb_fixture.h"

#define RUN(...) RUN_VERB(verify_verb, "verify", __VA_ARGS__)
#define ID "0198c0de-0000-7001-8000-000000000001"

static void test_what_to_check_is_said_once(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN("--all", "--limit", "3"), EXIT_USAGE);
  assert_int_equal(RUN(ID, "--all"), EXIT_USAGE);
  assert_int_equal(RUN(ID, "--limit", "3"), EXIT_USAGE);
}

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN("--limit", "0"), EXIT_USAGE);
  assert_int_equal(RUN("--limit", "x"), EXIT_USAGE);
  assert_int_equal(RUN(ID, "x"), EXIT_USAGE);
  assert_int_equal(RUN("--every"), EXIT_USAGE);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN("--help"), EXIT_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_to_check_is_said_once),
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
