// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "config_problem.h"

static void test_problems_come_in_the_order_of_the_file(void **state) {
  (void)state;
  struct config_problems problems = {0};
  config_problem_add(&problems, 0, 0, "whole");
  config_problem_add(&problems, 7, 1, "seven");
  config_problem_add(&problems, 2, 5, "two-five");
  config_problem_add(&problems, 2, 1, "two-one");
  config_problem_add(&problems, 7, 1, "seven again");
  static const char *const order[] = {"two-one", "two-five", "seven", "seven again", "whole"};
  for (size_t i = 0; i < 5; i++) assert_string_equal(problems.items[i].text, order[i]);
  config_problems_free(&problems);
  assert_int_equal(problems.count, 0);
}

static void test_problems_are_printed_with_their_place(void **state) {
  (void)state;
  struct config_problems problems = {0};
  config_problem_add(&problems, 3, 4, "bad %s", "key");
  config_problem_add(&problems, 0, 0, "all bad");
  char text[128] = "";
  FILE *out = fmemopen(text, sizeof text, "w");
  config_problems_print(&problems, "a.yaml", out);
  fclose(out);
  assert_string_equal(text, "a.yaml:3:4: bad key\na.yaml: all bad\n");
  config_problems_free(&problems);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_problems_come_in_the_order_of_the_file),
      cmocka_unit_test(test_problems_are_printed_with_their_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
