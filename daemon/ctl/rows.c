// SPDX-License-Identifier: Apache-2.0
#include "ctl/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *rows_value(const struct pg_rows *rows, size_t row, const char *column) {
  size_t count = pg_rows_columns(rows), found = 0;
  while (found < count && strcmp(pg_rows_name(rows, found), column) != 0) found++;
  WF_ASSERT(found < count);
  return pg_rows_value(rows, row, found);
}

long long rows_number(const struct pg_rows *rows, size_t row, const char *column) {
  const char *value = rows_value(rows, row, column);
  return value ? strtoll(value, NULL, 10) : 0;
}

void rows_put_span(usec_t span, FILE *out) {
  if (span < 0) {
    fputc('-', out);
    span = -span;
  }
  long long seconds = span / USEC_PER_SEC;
  if (span < 10 * USEC_PER_SEC)
    fprintf(out, "%lld.%03lld s", seconds, (long long)(span % USEC_PER_SEC / USEC_PER_MSEC));
  else if (seconds < 60)
    fprintf(out, "%lld s", seconds);
  else if (seconds < 3600)
    fprintf(out, "%lld:%02lld min", seconds / 60, seconds % 60);
  else if (seconds < 24 * 3600)
    fprintf(out, "%lld:%02lld h", seconds / 3600, seconds % 3600 / 60);
  else
    fprintf(out, "%lld d %lld h", seconds / (24 * 3600), seconds % (24 * 3600) / 3600);
}
