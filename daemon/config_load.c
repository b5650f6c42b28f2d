// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/error.h"
#include "config.h"
#include "config_file.h"
#include "config_table.h"
#include "config_value.h"

enum { PROPERTY_VALUE_MAX = 4096, FUNCTIONS_MAX = 10000 };

// ---- kafka --------------------------------------------------------------------

// The entry of that name, made if there is none.
static struct config_property *property_at(struct config *config, const char *name) {
  for (size_t i = 0; i < config->kafka_count; i++)
    if (strcmp(config->kafka[i].name, name) == 0) return &config->kafka[i];
  struct config_property *all = arena_alloc0(config->arena, (config->kafka_count + 1) * sizeof *all);
  if (config->kafka_count) memcpy(all, config->kafka, config->kafka_count * sizeof *all);
  config->kafka = all;
  struct config_property *property = &all[config->kafka_count++];
  property->name = arena_strdup(config->arena, name);
  return property;
}

// "sasl.password_file" -> "sasl.password" when that is a secret, else NULL.
static const char *secret_name(struct config_reader *reader, const char *key) {
  static const char suffix[] = "_file";
  size_t size = strlen(key);
  if (size < sizeof suffix || strcmp(key + size - (sizeof suffix - 1), suffix) != 0) return NULL;
  const char *name = arena_strndup(reader->scratch, key, size - (sizeof suffix - 1));
  return config_property_secret(name) ? name : NULL;
}

static void load_secret(struct config_reader *reader, const char *name, const config_node *node) {
  const struct config_row row = {.name = node->key, .type = CONFIG_SECRET, .min = 1, .max = PROPERTY_VALUE_MAX};
  const char *reference = NULL, *problem;
  if (config_value_parse(&row, config_node_text(node), &reference, reader->arena, &problem) < 0) {
    config_reader_problem(reader, node, "kafka.%s: \"%s\" is not valid, %s", node->key, node->value->text, problem);
    return;
  }
  struct config_property *property = property_at(reader->base, name);
  *property = (struct config_property){property->name, reference, true, node->line, node->column};
}

static void load_property(struct config_reader *reader, const config_node *node) {
  const char *reason = config_property_reserved(node->key);
  const char *secret = secret_name(reader, node->key);
  if (reason) {
    config_reader_problem(reader, node, "kafka.%s cannot be set: %s", node->key, reason);
  } else if (!config_node_is_scalar(node)) {
    config_reader_problem(reader, node, "kafka.%s: is %s, expected a value; names are written whole, such as sasl.username", node->key,
            wf_yaml_describe(node->value));
  } else if (config_node_is_null(node)) {
    return;
  } else if (config_property_secret(node->key)) {
    config_reader_problem(reader, node, "kafka.%s: a secret may not stand here, expected kafka.%s_file", node->key, node->key);
  } else if (config_node_text(node).size > PROPERTY_VALUE_MAX) {
    config_reader_problem(reader, node, "kafka.%s: is too long, expected at most %d bytes", node->key, PROPERTY_VALUE_MAX);
  } else if (secret) {
    load_secret(reader, secret, node);
  } else {
    struct config_property *property = property_at(reader->base, node->key);
    const char *value = arena_strdup(reader->arena, node->value->text);
    *property = (struct config_property){property->name, value, false, node->line, node->column};
  }
}

static void load_kafka(struct config_reader *reader, const config_node *node) {
  if (config_node_is_null(node)) return;
  if (node->value->kind != WF_YAML_MAPPING) {
    config_reader_problem(reader, node, "kafka: expected a mapping of keys");
    return;
  }
  for (size_t i = 0; i < node->value->count; i++) load_property(reader, &node->value->entries[i]);
}

// ---- functions ----------------------------------------------------------------

static void load_function(struct config_reader *reader, const config_node *item, struct config_function *function) {
  for (size_t i = 0; i < config_table.row_count; i++) {
    const struct config_row *row = &config_table.rows[i];
    const char *problem;
    if (!config_row_in(row, "functions[]") || !row->default_text) continue;
    WF_ASSERT(config_value_parse(row, text_of(row->default_text), function, reader->arena, &problem) == 0);
  }
  for (size_t i = 0; i < item->value->count; i++) {
    const config_node *node = &item->value->entries[i];
    const struct config_row *row = config_row_find(&config_table, arena_printf(reader->scratch, "functions[].%s", node->key));
    if (row)
      config_reader_value(reader, row, node, function);
    else
      config_reader_unknown(reader, "functions[]", node);
  }
}

static bool is_taken(const struct config_function *functions, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (functions[i].name && strcmp(functions[i].name, name) == 0) return true;
  return false;
}

static void load_functions(struct config_reader *reader, const config_node *list) {
  struct config *config = reader->base;
  if (config_node_is_null(list)) return;
  size_t count = list->value->count;
  if (list->value->kind != WF_YAML_SEQUENCE || count > FUNCTIONS_MAX) {
    config_reader_problem(reader, list, "functions: expected a list of at most %d items with name, topic, timeout, heartbeat", FUNCTIONS_MAX);
    return;
  }
  config->functions = arena_alloc0(config->arena, count * sizeof *config->functions);
  for (size_t i = 0; i < count; i++) {
    const config_node *item = &list->value->entries[i];
    struct config_function *function = &config->functions[i];
    if (item->value->kind != WF_YAML_MAPPING) {
      config_reader_problem(reader, item, "functions[%zu]: expected a mapping with name, topic, timeout, heartbeat", i);
      continue;
    }
    load_function(reader, item, function);
    if (!function->name) config_reader_problem(reader, item, "functions[%zu]: has no name, expected functions[].name", i);
    if (function->name && (strcmp(function->name, "http") == 0 || strcmp(function->name, "openapi") == 0))
      config_reader_problem(reader, item, "functions[%zu]: \"%s\" is the daemon's own, expected another name (see calls)", i, function->name);
    if (function->name && is_taken(config->functions, i, function->name))
      config_reader_problem(reader, item, "functions[%zu]: the name \"%s\" is taken, expected another", i, function->name);
  }
  config->function_count = count;
}

// ---- the whole ----------------------------------------------------------------

int config_parse(const char *document, size_t size, const char *const *overrides, size_t override_count,
                 struct config **ret_config, struct config_problems *problems) {
  static const struct config_special specials[] = {{"kafka", load_kafka}, {"functions", load_functions}, {NULL, NULL}};
  struct config *config = config_default();
  struct config_reader reader = {.schema = &config_table, .specials = specials, .base = config, .arena = config->arena, .problems = problems};
  int result = config_file_parse(&reader, document, size, overrides, override_count);
  if (result < 0)
    config_free(config);
  else
    *ret_config = config;
  return result;
}

int config_load(const char *path, const char *const *overrides, size_t override_count, struct config **ret_config,
                struct config_problems *problems) {
  struct buf buf = {0};
  int result = config_file_read(path, &buf, problems);
  if (result == 0) result = config_parse(buf.data, buf.size, overrides, override_count, ret_config, problems);
  buf_free(&buf);
  return result;
}
