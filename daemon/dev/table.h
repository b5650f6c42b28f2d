// SPDX-License-Identifier: Apache-2.0
// Rows of a query as text, aligned, the way psql shows them.
#pragma once

#include <stdio.h>

#include "io/pg_admin.h"

// Null is shown as nothing. Widths count UTF-8 characters, not bytes.
void table_print(const struct pg_rows *rows, FILE *out);

// Text of unknown origin on a terminal: line breaks and tabs become a blank, other
// control characters a question mark, so that it can neither break the layout nor steer
// the terminal.
void table_put_text(const char *text, FILE *out);
