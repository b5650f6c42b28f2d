// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/dev_options.h"

// Parses "dev" and what follows; what is said goes nowhere.
#define PARSE(ret_options, ...) parse((char *[]){(char *)"dev", __VA_ARGS__ __VA_OPT__(,) NULL}, ret_options)

static int parse(char **argv, struct dev_options *ret_options) {
  int argc = 0;
  while (argv[argc]) argc++;
  FILE *null = fopen("/dev/null", "w");
  int r = dev_options_parse(argc, argv, null, null, ret_options);
  fclose(null);
  return r;
}

static void test_nothing_asked_stays_in_the_foreground(void **state) {
  (void)state;
  struct dev_options options;
  assert_int_equal(PARSE(&options), 0);
  assert_int_equal(options.demo, 0);
  assert_true(options.keep);
  assert_null(options.kafka);
  assert_null(options.database);
}

static void test_a_demonstration_ends_by_itself(void **state) {
  (void)state;
  struct dev_options options;
  assert_int_equal(PARSE(&options, (char *)"--demo", (char *)"1000"), 0);
  assert_int_equal(options.demo, 1000);
  assert_false(options.keep);
}

static void test_servers_that_exist(void **state) {
  (void)state;
  struct dev_options options;
  assert_int_equal(PARSE(&options, (char *)"--kafka", (char *)"k:9092", (char *)"--database", (char *)"dbname=x",
                         (char *)"--examples", (char *)"/e", (char *)"--keep"),
                   0);
  assert_string_equal(options.kafka, "k:9092");
  assert_string_equal(options.database, "dbname=x");
  assert_string_equal(options.examples, "/e");
}

static void test_json_is_of_a_demonstration(void **state) {
  (void)state;
  struct dev_options options;
  assert_int_equal(PARSE(&options, (char *)"--json", (char *)"--demo", (char *)"7"), 0);
  assert_true(options.json);
  assert_int_equal(PARSE(&options, (char *)"--json"), -WF_EINVAL);
}

static void test_help_is_no_mistake(void **state) {
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  struct dev_options options;
  char *argv[] = {(char *)"dev", (char *)"--keep", (char *)"--help", NULL};
  assert_int_equal(dev_options_parse(3, argv, out, out, &options), 0);
  fclose(out);
  assert_true(options.help);
  assert_false(options.keep); // nothing is started
  assert_non_null(strstr(text, "usage: workflowctl dev"));
  assert_non_null(strstr(text, "--examples FOLDER  "));
  free(text);
}

static void test_wrong_numbers(void **state) {
  (void)state;
  static const char *const WRONG[] = {"0", "-1", "", "ten", "10x", "1000001", "99999999999999999999"};
  struct dev_options options;
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
    assert_int_equal(PARSE(&options, (char *)"--demo", (char *)WRONG[i]), -WF_EINVAL);
  assert_int_equal(PARSE(&options, (char *)"--demo", (char *)"1000000"), 0);
}

static void test_unknown_and_superfluous(void **state) {
  (void)state;
  struct dev_options options;
  assert_int_equal(PARSE(&options, (char *)"--deemo"), -WF_EINVAL);
  assert_int_equal(PARSE(&options, (char *)"now"), -WF_EINVAL);
  assert_int_equal(PARSE(&options, (char *)"--kafka"), -WF_EINVAL);
}

static void assert_said(char *first, char *second, const char *expected) {
  char *text = NULL;
  size_t size = 0;
  FILE *err = open_memstream(&text, &size);
  struct dev_options options;
  char *argv[] = {(char *)"dev", first, second, NULL};
  assert_int_equal(dev_options_parse(second ? 3 : 2, argv, err, err, &options), -WF_EINVAL);
  fclose(err);
  text[strcspn(text, "\n")] = '\0';
  assert_string_equal(text, expected);
  free(text);
}

static void test_mistakes_are_said_in_the_name_of_the_program(void **state) {
  (void)state;
  assert_said((char *)"--deemo", NULL, "workflowctl dev: --deemo is no option of it");
  assert_said((char *)"--keep", (char *)"--deemo=7", "workflowctl dev: --deemo=7 is no option of it");
  assert_said((char *)"--kafka", NULL, "workflowctl dev: --kafka needs a value");
  assert_said((char *)"--demo", (char *)"0", "workflowctl dev: --demo 0: expected a number from 1 to 1000000");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing_asked_stays_in_the_foreground),
      cmocka_unit_test(test_a_demonstration_ends_by_itself),
      cmocka_unit_test(test_servers_that_exist),
      cmocka_unit_test(test_json_is_of_a_demonstration),
      cmocka_unit_test(test_help_is_no_mistake),
      cmocka_unit_test(test_wrong_numbers),
      cmocka_unit_test(test_unknown_and_superfluous),
      cmocka_unit_test(test_mistakes_are_said_in_the_name_of_the_program),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
