// SPDX-License-Identifier: Apache-2.0
// Rows of a query, read by the names of their columns; for verbs that draw more than a
// table.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "io/pg_admin.h"

// The value as text, NULL = null. A column that is not there is a bug.
const char *rows_value(const struct pg_rows *rows, size_t row, const char *column);
// As a whole number; null is 0.
long long rows_number(const struct pg_rows *rows, size_t row, const char *column);

// A span for people, at most three digits of what matters: "0.123 s", "59 s", "1:05 min",
// "2:03 h", "3 d 4 h".
void rows_put_span(usec_t span, FILE *out);
