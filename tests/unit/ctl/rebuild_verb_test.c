// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_verify.py.
#include "ctl/rebuild_verb.h"
#include "verb_fixture.h"

#define RUN(...) RUN_VERB(rebuild_verb, "rebuild", __VA_ARGS__)
#define ID "0198c0de-0000-7001-8000-000000000001"

static void test_what_to_rebuild_is_said_once(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN("--dry-run"), EXIT_USAGE);
  assert_int_equal(RUN("--all", "--since", "2026-01-01"), EXIT_USAGE);
  assert_int_equal(RUN(ID, "--all"), EXIT_USAGE);
}

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN("--all", "--after", "x"), EXIT_USAGE);
  assert_int_equal(RUN("--limit", "0"), EXIT_USAGE);
  assert_int_equal(RUN("x"), EXIT_USAGE);
  assert_int_equal(RUN("--every"), EXIT_USAGE);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN("--help"), EXIT_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_to_rebuild_is_said_once),
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
