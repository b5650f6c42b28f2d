// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include "ctl/api_key_verb.h"
#include "verb_fixture.h"

#define RUN(...) RUN_VERB(api_key_verb, "api-key", __VA_ARGS__)
#define NOWHERE "--database", "host=127.0.0.1 port=1"

static void test_a_verb_is_needed(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN("delete"), EXIT_USAGE);
}

static void test_create_takes_one_name(void **state) {
  (void)state;
  assert_int_equal(RUN("create"), EXIT_USAGE);
  assert_int_equal(RUN("create", "a", "b"), EXIT_USAGE);
  assert_int_equal(RUN("create", "a", NOWHERE), EXIT_FAILED);
}

static void test_create_checks_its_numbers(void **state) {
  (void)state;
  assert_int_equal(RUN("create", "a", "--rate-per-minute", "0"), EXIT_USAGE);
  assert_int_equal(RUN("create", "a", "--rate-per-minute", "1000001"), EXIT_USAGE);
  assert_int_equal(RUN("create", "a", "--expires-in", "soon"), EXIT_USAGE);
  assert_int_equal(RUN("create", "a", "--rate-per-minute", "1", "--expires-in", "7d", NOWHERE), EXIT_FAILED);
}

static void test_list_takes_no_word(void **state) {
  (void)state;
  assert_int_equal(RUN("list", "acme"), EXIT_USAGE);
  assert_int_equal(RUN("list", NOWHERE), EXIT_FAILED);
}

static void test_revoke_takes_keys_by_their_number(void **state) {
  (void)state;
  assert_int_equal(RUN("revoke"), EXIT_USAGE);
  assert_int_equal(RUN("revoke", "0123456789a"), EXIT_USAGE);
  assert_int_equal(RUN("revoke", "0123456789AB"), EXIT_USAGE);
  assert_int_equal(RUN("revoke", "0123456789ab", "x"), EXIT_USAGE);
  assert_int_equal(RUN("revoke", "0123456789ab", NOWHERE), EXIT_FAILED);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN("--help"), EXIT_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_verb_is_needed),
      cmocka_unit_test(test_create_takes_one_name),
      cmocka_unit_test(test_create_checks_its_numbers),
      cmocka_unit_test(test_list_takes_no_word),
      cmocka_unit_test(test_revoke_takes_keys_by_their_number),
      cmocka_unit_test(test_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
