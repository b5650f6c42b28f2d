// SPDX-License-Identifier: Apache-2.0
// What it refuses; what it does is tested with every database of the integration tests.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <getopt.h>

#include "ctl/migrate_verb.h"
#include "ctl/verb.h"

static int run(char **argv) {
  int argc = 0;
  while (argv[argc]) argc++;
  optind = 0; // glibc: start anew
  return migrate_verb(argc, argv);
}

static void test_database_must_be_given(void **state) {
  (void)state;
  assert_int_equal(run((char *[]){(char *)"migrate", NULL}), EXIT_USAGE);
  assert_int_equal(run((char *[]){(char *)"migrate", (char *)"dbname=x", NULL}), EXIT_USAGE);
  assert_int_equal(run((char *[]){(char *)"migrate", (char *)"--databse", (char *)"dbname=x", NULL}), EXIT_USAGE);
}

static void test_database_that_is_not_there(void **state) {
  (void)state;
  assert_int_equal(run((char *[]){(char *)"migrate", (char *)"--database", (char *)"host=/no/such/folder", NULL}),
                   EXIT_FAILED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_database_must_be_given),
      cmocka_unit_test(test_database_that_is_not_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
