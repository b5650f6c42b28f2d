// SPDX-License-Identifier: Apache-2.0
#include "config_schema.h"

#include <string.h>

#include "base/error.h"
#include "config_value.h"

const struct config_row *config_row_find(const struct config_schema *schema, const char *name) {
  for (size_t i = 0; i < schema->row_count; i++)
    if (strcmp(schema->rows[i].name, name) == 0) return &schema->rows[i];
  return NULL;
}

const char *config_row_key(const struct config_row *row) {
  const char *dot = strchr(row->name, '.');
  return dot ? dot + 1 : row->name;
}

bool config_row_in(const struct config_row *row, const char *section) {
  size_t n = strlen(section);
  const char *dot = strchr(row->name, '.');
  return dot ? (size_t)(dot - row->name) == n && memcmp(row->name, section, n) == 0 : n == 0;
}

bool config_row_is_plain(const struct config_row *row) { return row->type != CONFIG_PROPERTY && !strchr(row->name, '['); }

void config_schema_defaults(const struct config_schema *schema, void *base, struct arena *arena) {
  for (size_t i = 0; i < schema->row_count; i++) {
    const struct config_row *row = &schema->rows[i];
    const char *problem;
    if (config_row_is_plain(row)) WF_ASSERT(config_value_parse(row, text_of(row->default_text), base, arena, &problem) == 0);
  }
}

static bool value_equal(const struct config_row *row, const void *a, const void *b, struct arena *arena) {
  return strcmp(config_value_format(row, a, arena), config_value_format(row, b, arena)) == 0;
}

size_t config_schema_diff(const struct config_schema *schema, const void *old, const void *new, const char **ret_names, size_t max) {
  struct arena *arena = arena_new();
  size_t count = 0;
  for (size_t i = 0; i < schema->row_count; i++) {
    const struct config_row *row = &schema->rows[i];
    if (row->reloadable || !config_row_is_plain(row) || value_equal(row, old, new, arena)) continue;
    if (count < max) ret_names[count] = row->name;
    count++;
  }
  arena_free(arena);
  return count;
}

void config_schema_keep(const struct config_schema *schema, void *new, const void *old, struct arena *arena) {
  for (size_t i = 0; i < schema->row_count; i++) {
    const struct config_row *row = &schema->rows[i];
    if (row->reloadable || !config_row_is_plain(row)) continue;
    const char *problem;
    struct text value = text_of(config_value_format(row, old, arena));
    WF_ASSERT(config_value_parse(row, value, new, arena, &problem) == 0);
  }
}
