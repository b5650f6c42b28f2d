// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "config_table.h"
#include "config_value.h"

// What has no line comes last.
static bool problem_before(const struct config_problem *a, const struct config_problem *b) {
  if (a->line != b->line) return a->line > 0 && (b->line == 0 || a->line < b->line);
  return a->column < b->column;
}

void config_problem_add(struct config_problems *problems, int line, int column, const char *format, ...) {
  if (!problems->arena) problems->arena = arena_new();
  va_list args;
  va_start(args, format);
  char *text = NULL;
  int n = vasprintf(&text, format, args);
  va_end(args);
  WF_ASSERT(n >= 0);
  problems->items = xrealloc(problems->items, (problems->count + 1) * sizeof *problems->items);
  size_t at = problems->count++;
  const struct config_problem problem = {line, column, arena_strdup(problems->arena, text)};
  for (; at > 0 && problem_before(&problem, &problems->items[at - 1]); at--) problems->items[at] = problems->items[at - 1];
  problems->items[at] = problem;
  free(text);
}

void config_problems_print(const struct config_problems *problems, const char *path, FILE *out) {
  for (size_t i = 0; i < problems->count; i++) {
    const struct config_problem *problem = &problems->items[i];
    if (problem->line > 0)
      fprintf(out, "%s:%d:%d: %s\n", path, problem->line, problem->column, problem->text);
    else
      fprintf(out, "%s: %s\n", path, problem->text);
  }
}

void config_problems_free(struct config_problems *problems) {
  free(problems->items);
  arena_free(problems->arena);
  *problems = (struct config_problems){0};
}

struct config *config_default(void) {
  struct config *config = xcalloc(1, sizeof *config);
  config->arena = arena_new();
  size_t properties = 0;
  for (size_t i = 0; i < config_row_count; i++) properties += config_rows[i].type == CONFIG_PROPERTY;
  config->kafka = arena_alloc0(config->arena, properties * sizeof *config->kafka);
  for (size_t i = 0; i < config_row_count; i++) {
    const struct config_row *row = &config_rows[i];
    const char *problem;
    if (config_row_in(row, "functions[]")) continue;
    if (row->type == CONFIG_PROPERTY)
      config->kafka[config->kafka_count++] = (struct config_property){.name = config_row_key(row), .value = row->default_text};
    else
      WF_ASSERT(config_value_parse(row, text_of(row->default_text), config, config->arena, &problem) == 0);
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

static bool row_is_plain(const struct config_row *row) {
  return row->type != CONFIG_PROPERTY && !config_row_in(row, "functions[]");
}

static bool value_equal(const struct config_row *row, const struct config *a, const struct config *b, struct arena *arena) {
  return strcmp(config_value_format(row, a, arena), config_value_format(row, b, arena)) == 0;
}

static void name_add(const char *name, const char **ret_names, size_t max, size_t *count) {
  if (*count < max) ret_names[*count] = name;
  ++*count;
}

size_t config_diff_fixed(const struct config *old, const struct config *new, const char **ret_names, size_t max) {
  struct arena *arena = arena_new();
  size_t count = 0;
  for (size_t i = 0; i < config_row_count; i++) {
    const struct config_row *row = &config_rows[i];
    if (row->reloadable || !row_is_plain(row) || value_equal(row, old, new, arena)) continue;
    name_add(row->name, ret_names, max, &count);
  }
  if (!kafka_equal(old, new)) name_add("kafka", ret_names, max, &count);
  if (!functions_equal(old, new)) name_add("functions", ret_names, max, &count);
  arena_free(arena);
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
  for (size_t i = 0; i < config_row_count; i++) {
    const struct config_row *row = &config_rows[i];
    if (row->reloadable || !row_is_plain(row)) continue;
    const char *problem;
    struct text value = text_of(config_value_format(row, old, new->arena));
    WF_ASSERT(config_value_parse(row, value, new, new->arena, &problem) == 0);
  }
  keep_kafka(new, old);
  keep_functions(new, old);
}
