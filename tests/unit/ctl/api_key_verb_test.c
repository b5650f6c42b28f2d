// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/api_key_verb.h"
#include "ctl/verb.h"

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  return api_key_verb(argc, argv);
}

#define W(text) ((char *)(text))
#define RUN(...) run((char *[]){W("api-key"), __VA_ARGS__, NULL})
#define NOWHERE W("--database"), W("host=127.0.0.1 port=1")

static void test_a_verb_is_needed(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("delete")), EXIT_USAGE);
}

static void test_create_takes_one_name(void **state) {
  (void)state;
  assert_int_equal(RUN(W("create")), EXIT_USAGE);
  assert_int_equal(RUN(W("create"), W("a"), W("b")), EXIT_USAGE);
  assert_int_equal(RUN(W("create"), W("a"), NOWHERE), EXIT_FAILED);
}

static void test_create_checks_its_numbers(void **state) {
  (void)state;
  assert_int_equal(RUN(W("create"), W("a"), W("--rate-per-minute"), W("0")), EXIT_USAGE);
  assert_int_equal(RUN(W("create"), W("a"), W("--rate-per-minute"), W("1000001")), EXIT_USAGE);
  assert_int_equal(RUN(W("create"), W("a"), W("--expires-in"), W("soon")), EXIT_USAGE);
  assert_int_equal(RUN(W("create"), W("a"), W("--rate-per-minute"), W("1"), W("--expires-in"), W("7d"), NOWHERE), EXIT_FAILED);
}

static void test_list_takes_no_word(void **state) {
  (void)state;
  assert_int_equal(RUN(W("list"), W("acme")), EXIT_USAGE);
  assert_int_equal(RUN(W("list"), NOWHERE), EXIT_FAILED);
}

static void test_revoke_takes_keys_by_their_number(void **state) {
  (void)state;
  assert_int_equal(RUN(W("revoke")), EXIT_USAGE);
  assert_int_equal(RUN(W("revoke"), W("0123456789a")), EXIT_USAGE);
  assert_int_equal(RUN(W("revoke"), W("0123456789AB")), EXIT_USAGE);
  assert_int_equal(RUN(W("revoke"), W("0123456789ab"), W("x")), EXIT_USAGE);
  assert_int_equal(RUN(W("revoke"), W("0123456789ab"), NOWHERE), EXIT_FAILED);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN(W("--help")), EXIT_OK);
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
