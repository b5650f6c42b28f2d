// SPDX-License-Identifier: Apache-2.0
// What the tests of writers share: parameters, and what a writer puts into them.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_write.h"

static struct pg_parameters parameters;

// For cmocka: behind each case.
static inline int clear(void **state) {
  (void)state;
  pg_parameters_free(&parameters);
  parameters = (struct pg_parameters){0};
  return 0;
}

// The rows that are written. There are as many parameters as the statement wants, unless there
// are no rows.
static inline size_t written(pg_writer *write, const struct store_commit *commit, enum pg_statement statement) {
  pg_parameters_reset(&parameters);
  size_t count = write(commit, &parameters);
  if (count) assert_int_equal(parameters.count, pg_statements[statement].parameter_count);
  return count;
}
