// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_encode.h"
#include "io/pg_statement.h"

static void every_statement_is_there(void **state) {
  (void)state;
  for (int i = 0; i < PG_STATEMENTS; i++) {
    assert_non_null(pg_statements[i].name);
    assert_non_null(pg_statements[i].sql);
  }
}

static void names_are_unique(void **state) {
  (void)state;
  for (int i = 0; i < PG_STATEMENTS; i++)
    for (int j = 0; j < i; j++) assert_string_not_equal(pg_statements[i].name, pg_statements[j].name);
}

// The highest $n is the number of parameters, and each from 1 on is used.
static void parameters_are_counted(void **state) {
  (void)state;
  for (int i = 0; i < PG_STATEMENTS; i++) {
    bool used[PG_PARAMETERS_MAX + 2] = {0};
    size_t highest = 0;
    for (const char *at = pg_statements[i].sql; (at = strchr(at, '$')); at++) {
      size_t number = strtoul(at + 1, NULL, 10);
      assert_in_range(number, 1, PG_PARAMETERS_MAX);
      used[number] = true;
      if (number > highest) highest = number;
    }
    assert_int_equal(highest, pg_statements[i].parameter_count);
    for (size_t number = 1; number <= highest; number++) assert_true(used[number]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_statement_is_there),
      cmocka_unit_test(names_are_unique),
      cmocka_unit_test(parameters_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
