// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "ctl/rows.h"
#include "rows_fixture.h"

static const char *const names[] = {"a", "b"};
static const char *const values[] = {"1", NULL, "-12", "x"};
static const struct pg_rows rows = {names, values, 2, 2};

static void test_values_by_name(void **state) {
  (void)state;
  assert_string_equal(rows_value(&rows, 0, "a"), "1");
  assert_null(rows_value(&rows, 0, "b"));
  assert_string_equal(rows_value(&rows, 1, "b"), "x");
}

static void test_numbers(void **state) {
  (void)state;
  assert_int_equal(rows_number(&rows, 1, "a"), -12);
  assert_int_equal(rows_number(&rows, 0, "b"), 0);
}

static void check_span(usec_t span, const char *expected) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  rows_put_span(span, out);
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
}

static void test_spans(void **state) {
  (void)state;
  check_span(0, "0.000 s");
  check_span(1500, "0.001 s");
  check_span(9999999, "9.999 s");
  check_span(10 * USEC_PER_SEC, "10 s");
  check_span(65 * USEC_PER_SEC, "1:05 min");
  check_span(2 * USEC_PER_HOUR + 3 * USEC_PER_MIN, "2:03 h");
  check_span(3 * USEC_PER_DAY + 4 * USEC_PER_HOUR, "3 d 4 h");
  check_span(-65 * USEC_PER_SEC, "-1:05 min");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values_by_name),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_spans),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
