// SPDX-License-Identifier: Apache-2.0
#include "dev/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static size_t width_of(const char *text) {
  size_t width = 0;
  for (; text && *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
  return width;
}

void table_put_text(const char *text, FILE *out) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '\n' || *c == '\r' || *c == '\t') {
      fputc(' ', out);
    } else if (*c < 0x20 || *c == 0x7F) {
      fputc('?', out);
    } else if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) { // U+0080 to U+009F
      fputc('?', out);
      c++;
    } else {
      fputc(*c, out);
    }
  }
}

static void put_cell(const char *text, size_t width, FILE *out) {
  if (text) table_put_text(text, out);
  for (size_t i = width_of(text); i < width; i++) fputc(' ', out);
}

static void put_row(const struct pg_rows *rows, size_t row, const size_t *widths, FILE *out) {
  size_t columns = pg_rows_columns(rows);
  for (size_t c = 0; c < columns; c++) {
    fputs(c ? " | " : " ", out);
    const char *value = pg_rows_value(rows, row, c);
    if (c + 1 < columns) {
      put_cell(value, widths[c], out);
    } else if (value) {
      table_put_text(value, out);
    }
  }
  fputc('\n', out);
}

static void put_rule(const size_t *widths, size_t columns, FILE *out) {
  for (size_t c = 0; c < columns; c++) {
    if (c) fputc('+', out);
    for (size_t i = 0; i < widths[c] + 2; i++) fputc('-', out);
  }
  fputc('\n', out);
}

void table_print(const struct pg_rows *rows, FILE *out) {
  size_t columns = pg_rows_columns(rows), count = pg_rows_count(rows);
  size_t *widths = xcalloc(columns + 1, sizeof *widths);
  for (size_t c = 0; c < columns; c++) {
    widths[c] = width_of(pg_rows_name(rows, c));
    for (size_t row = 0; row < count; row++) {
      size_t width = width_of(pg_rows_value(rows, row, c));
      if (width > widths[c]) widths[c] = width;
    }
  }
  for (size_t c = 0; c < columns; c++) {
    fputs(c ? " | " : " ", out);
    put_cell(pg_rows_name(rows, c), c + 1 < columns ? widths[c] : 0, out);
  }
  fputc('\n', out);
  put_rule(widths, columns, out);
  for (size_t row = 0; row < count; row++) put_row(rows, row, widths, out);
  fprintf(out, "(%zu row%s)\n", count, count == 1 ? "" : "s");
  free(widths);
}
