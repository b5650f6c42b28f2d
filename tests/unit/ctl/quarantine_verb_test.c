// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/quarantine_verb.h"
#include "ctl/verb.h"

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  return quarantine_verb(argc, argv);
}

#define RUN(...) run((char *[]){(char *)"quarantine", __VA_ARGS__})
#define W(text) ((char *)(text))

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("show"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("show"), W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("show"), W("1"), W("2"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("show"), W("99999999999999999999"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("list"), W("x"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("list"), W("--limit"), W("0"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("list"), W("--after"), W("0"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("list"), W("--state"), W("replaid"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("sing"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("replay"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("replay"), W("1"), W("x"), NULL), EXIT_USAGE);
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
