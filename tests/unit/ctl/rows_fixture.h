// SPDX-License-Identifier: Apache-2.0
// Rows without a database: stands in for io/pg_admin.h's rows in programs that link
// nothing which connects.
#pragma once

#include "io/pg_admin.h"

struct pg_rows {
  const char *const *names;
  const char *const *values; // row by row
  size_t columns, count;
};

size_t pg_rows_count(const struct pg_rows *rows) { return rows->count; }
size_t pg_rows_columns(const struct pg_rows *rows) { return rows->columns; }
const char *pg_rows_name(const struct pg_rows *rows, size_t column) { return rows->names[column]; }
const char *pg_rows_value(const struct pg_rows *rows, size_t row, size_t column) {
  return rows->values[row * rows->columns + column];
}
