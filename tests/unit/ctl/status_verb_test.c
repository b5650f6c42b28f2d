// SPDX-License-Identifier: Apache-2.0
// What it refuses before it connects; what it does is tested by
// tests/integration/test_workflowctl.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/status_verb.h"
#include "ctl/verb.h"

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  return status_verb(argc, argv);
}

#define RUN(...) run((char *[]){(char *)"status", __VA_ARGS__})
#define W(text) ((char *)(text))

static void test_wrong_arguments(void **state) {
  (void)state;
  assert_int_equal(RUN(W("extra"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--run=1"), NULL), EXIT_USAGE);
  assert_int_equal(RUN(W("--kafka"), NULL), EXIT_USAGE);
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
