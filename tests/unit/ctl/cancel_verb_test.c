// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/cancel_verb.h"
#include "ctl/verb.h"

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  return cancel_verb(argc, argv);
}

#define RUN(...) run((char *[]){(char *)"cancel", __VA_ARGS__})
#define W(text) ((char *)(text))

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("0198c0de-0000-7001-8000-000000000001"), W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("0198c0de-0000-7001-8000-000000000001"), W("--timeout"), W("soon"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--reason"), W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("0198c0de-0000-7001-8000-000000000001"), W("--key"), W("k"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--key"), W("k"), W("--status"), W("waiting"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--recipient"), W("a"), W("--recipient"), W("b"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--tenant"), W("acme"), W("--wait"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--status"), W("completed"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--status"), W("open"), NULL), EXIT_USAGE);
}

static void test_help(void **state) {
  (void)state;
  assert_int_equal(RUN(W("--help"), NULL), EXIT_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_help),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
