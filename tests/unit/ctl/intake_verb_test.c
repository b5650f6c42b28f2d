// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_intake.py.
#include "ctl/intake_verb.h"
#include "verb_fixture.h"

#define RUN(...) RUN_VERB(intake_verb, "pause-intake", __VA_ARGS__)
static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN("triggers"), EXIT_USAGE);
  assert_int_equal(RUN("--reason"), EXIT_USAGE);
  assert_int_equal(RUN("--instance", "one"), EXIT_USAGE);
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
