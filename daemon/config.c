// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "config_table.h"

struct config *config_default(void) {
  struct config *config = xcalloc(1, sizeof *config);
  config->arena = arena_new();
  config_schema_defaults(&config_table, config, config->arena);
  size_t properties = 0;
  for (size_t i = 0; i < config_table.row_count; i++) properties += config_table.rows[i].type == CONFIG_PROPERTY;
  config->kafka = arena_alloc0(config->arena, properties * sizeof *config->kafka);
  for (size_t i = 0; i < config_table.row_count; i++) {
    const struct config_row *row = &config_table.rows[i];
    if (row->type == CONFIG_PROPERTY)
      config->kafka[config->kafka_count++] = (struct config_property){.name = config_row_key(row), .value = row->default_text};
  }
  return config;
}

void config_free(struct config *config) {
  if (!config) return;
  arena_free(config->arena);
  free(config);
}

static bool property_equal(const struct config_property *a, const struct config_property *b) {
  // Of a secret only the place is compared; what stands there may change.
  return strcmp(a->name, b->name) == 0 && a->is_secret == b->is_secret && strcmp(a->value, b->value) == 0;
}

static bool kafka_equal(const struct config *a, const struct config *b) {
  if (a->kafka_count != b->kafka_count) return false;
  for (size_t i = 0; i < a->kafka_count; i++)
    if (!property_equal(&a->kafka[i], &b->kafka[i])) return false;
  return true;
}

static bool functions_equal(const struct config *a, const struct config *b) {
  if (a->function_count != b->function_count) return false;
  for (size_t i = 0; i < a->function_count; i++) {
    const struct config_function *x = &a->functions[i], *y = &b->functions[i];
    if (strcmp(x->name, y->name) != 0 || strcmp(x->topic, y->topic) != 0) return false;
    if (x->timeout != y->timeout || x->heartbeat != y->heartbeat) return false;
  }
  return true;
}

static void name_add(const char *name, const char **ret_names, size_t max, size_t *count) {
  if (*count < max) ret_names[*count] = name;
  ++*count;
}

size_t config_diff_fixed(const struct config *old, const struct config *new, const char **ret_names, size_t max) {
  size_t count = config_schema_diff(&config_table, old, new, ret_names, max);
  if (!kafka_equal(old, new)) name_add("kafka", ret_names, max, &count);
  if (!functions_equal(old, new)) name_add("functions", ret_names, max, &count);
  return count;
}

static void keep_kafka(struct config *new, const struct config *old) {
  new->kafka = arena_memdup(new->arena, old->kafka, old->kafka_count * sizeof *old->kafka);
  new->kafka_count = old->kafka_count;
  for (size_t i = 0; i < new->kafka_count; i++) {
    new->kafka[i].name = arena_strdup(new->arena, old->kafka[i].name);
    new->kafka[i].value = arena_strdup(new->arena, old->kafka[i].value);
  }
}

static void keep_functions(struct config *new, const struct config *old) {
  new->functions = arena_memdup(new->arena, old->functions, old->function_count * sizeof *old->functions);
  new->function_count = old->function_count;
  for (size_t i = 0; i < new->function_count; i++) {
    new->functions[i].name = arena_strdup(new->arena, old->functions[i].name);
    new->functions[i].topic = arena_strdup(new->arena, old->functions[i].topic);
  }
}

void config_keep_fixed(struct config *new, const struct config *old) {
  config_schema_keep(&config_table, new, old, new->arena);
  keep_kafka(new, old);
  keep_functions(new, old);
}
