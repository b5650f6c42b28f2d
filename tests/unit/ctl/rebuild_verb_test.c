// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_verify.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/rebuild_verb.h"
#include "ctl/verb.h"

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  return rebuild_verb(argc, argv);
}

#define RUN(...) run((char *[]){(char *)"rebuild", __VA_ARGS__})
#define W(text) ((char *)(text))
#define ID "0198c0de-0000-7001-8000-000000000001"

static void test_what_to_rebuild_is_said_once(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--dry-run"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--all"), W("--since"), W("2026-01-01"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W(ID), W("--all"), NULL), EXIT_USAGE);
}

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN(W("--all"), W("--after"), W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--limit"), W("0"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--every"), NULL), EXIT_USAGE);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN(W("--help"), NULL), EXIT_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_to_rebuild_is_said_once),
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
