// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>

#include "program_arguments.h"

static struct program_arguments arguments;

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  optind = 0; // getopt begins anew
  return program_arguments_read(argc, argv, "it", "usage\n", &arguments);
}

#define W(text) ((char *)(text))
#define RUN(...) run((char *[]){W("it"), __VA_ARGS__, NULL})

static int teardown(void **state) {
  (void)state;
  program_arguments_free(&arguments);
  return 0;
}

static void test_nothing_is_needed(void **state) {
  (void)state;
  assert_int_equal(RUN(NULL), PROGRAM_GO_ON);
  assert_null(arguments.path);
  assert_int_equal(arguments.override_count, 0);
  assert_false(arguments.check || arguments.print);
}

static void test_everything_is_read(void **state) {
  (void)state;
  assert_int_equal(RUN(W("-c"), W("a.yaml"), W("--set"), W("x=1"), W("--set"), W("y=2"), W("--check"), W("--print-config")), PROGRAM_GO_ON);
  assert_string_equal(arguments.path, "a.yaml");
  assert_int_equal(arguments.override_count, 2);
  assert_string_equal(arguments.overrides[1], "y=2");
  assert_true(arguments.check && arguments.print);
}

static void test_version_and_help_are_all(void **state) {
  (void)state;
  assert_int_equal(RUN(W("--version")), 0);
  program_arguments_free(&arguments);
  assert_int_equal(RUN(W("--help")), 0);
}

static void test_mistakes(void **state) {
  (void)state;
  assert_int_equal(RUN(W("more")), PROGRAM_EXIT_USAGE);
  program_arguments_free(&arguments);
  assert_int_equal(RUN(W("--nope")), PROGRAM_EXIT_USAGE);
  program_arguments_free(&arguments);
  assert_int_equal(RUN(W("-c")), PROGRAM_EXIT_USAGE);
}

#define CASE(name) cmocka_unit_test_teardown(name, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_nothing_is_needed),
      CASE(test_everything_is_read),
      CASE(test_version_and_help_are_all),
      CASE(test_mistakes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
