// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/statement.h"

static void test_each_has_as_many_parameters_as_it_says(void **state) {
  (void)state;
  for (int i = 0; i < STATEMENTS; i++) {
    const struct pg_pool_statement *statement = &statement_table[i];
    char mark[8];
    assert_in_range(statement->parameter_count, 1, STATEMENT_PARAMETERS_MAX);
    for (size_t n = 1; n <= statement->parameter_count + 1; n++) {
      snprintf(mark, sizeof mark, "$%zu:", n);
      assert_int_equal(strstr(statement->sql, mark) != NULL, n <= statement->parameter_count);
    }
  }
}

static void test_names_differ(void **state) {
  (void)state;
  for (int i = 0; i < STATEMENTS; i++)
    for (int j = 0; j < i; j++) assert_string_not_equal(statement_table[i].name, statement_table[j].name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_has_as_many_parameters_as_it_says),
      cmocka_unit_test(test_names_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
