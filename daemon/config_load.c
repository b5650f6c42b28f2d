// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/xalloc.h"
#include "config.h"
#include "config_table.h"
#include "config_value.h"
#include "engine/yaml.h"

enum { PROPERTY_VALUE_MAX = 4096, FUNCTIONS_MAX = 10000, DEPTH_MAX = 16 };

struct loader {
  struct config *config;
  struct config_problems *problems;
  struct arena *scratch;
};

// A member of a mapping or an element of a list, with its value.
typedef struct wf_yaml_entry node_t;

#define PROBLEM(loader, node, ...) config_problem_add((loader)->problems, (node)->line, (node)->column, __VA_ARGS__)

static bool is_null(const node_t *node) { return wf_yaml_is_null(node->value); }
static bool is_scalar(const node_t *node) { return node->value->kind == WF_YAML_SCALAR; }
static bool is_map(const node_t *node) { return node->value->kind == WF_YAML_MAPPING; }
static struct text text_at(const node_t *node) { return text_of(node->value->text); }

// ---- names --------------------------------------------------------------------

// What stands at this level: section names for the top, else keys of the section.
static size_t known_names(const char *section, const char **names, size_t max) {
  size_t count = 0;
  for (size_t i = 0; i < config_row_count && count < max; i++)
    if (config_row_in(&config_rows[i], section)) names[count++] = config_row_key(&config_rows[i]);
  if (*section) return count;
  for (size_t i = 0; i < config_section_count && count < max; i++)
    if (*config_sections[i].name) names[count++] = strcmp(config_sections[i].name, "functions[]") == 0 ? "functions" : config_sections[i].name;
  return count;
}

static void problem_unknown(struct loader *loader, const char *section, const node_t *node) {
  const char *names[64];
  size_t count = known_names(section, names, sizeof names / sizeof *names);
  const char *near = text_near_miss(node->key, names, count);
  if (near) {
    PROBLEM(loader, node, "unknown key \"%s\", expected perhaps \"%s\"", node->key, near);
    return;
  }
  struct buf list = {0};
  for (size_t i = 0; i < count; i++) buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
  PROBLEM(loader, node, "unknown key \"%s\", expected one of: %.*s", node->key, (int)list.size, list.data);
  buf_free(&list);
}

// ---- values -------------------------------------------------------------------

static void load_value(struct loader *loader, const struct config_row *row, const node_t *node, void *base) {
  if (is_null(node)) return; // the default stands
  if (!is_scalar(node)) {
    PROBLEM(loader, node, "%s: is %s, expected %s", row->name, wf_yaml_describe(node->value), config_value_expected(row, loader->scratch));
    return;
  }
  const char *problem = row->check ? row->check(text_at(node)) : NULL;
  if (problem) {
    // Not the value: it may hold a password.
    PROBLEM(loader, node, "%s: %s", row->name, problem);
    return;
  }
  if (config_value_parse(row, text_at(node), base, loader->config->arena, &problem) == 0) return;
  PROBLEM(loader, node, "%s: \"%s\" is not valid, %s", row->name, node->value->text, problem);
}

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
static const char *secret_name(struct loader *loader, const char *key) {
  static const char suffix[] = "_file";
  size_t size = strlen(key);
  if (size < sizeof suffix || strcmp(key + size - (sizeof suffix - 1), suffix) != 0) return NULL;
  const char *name = arena_strndup(loader->scratch, key, size - (sizeof suffix - 1));
  return config_property_secret(name) ? name : NULL;
}

static void load_secret(struct loader *loader, const char *name, const node_t *node) {
  const struct config_row row = {.name = node->key, .type = CONFIG_SECRET, .min = 1, .max = PROPERTY_VALUE_MAX};
  const char *reference = NULL, *problem;
  if (config_value_parse(&row, text_at(node), &reference, loader->config->arena, &problem) < 0) {
    PROBLEM(loader, node, "kafka.%s: \"%s\" is not valid, %s", node->key, node->value->text, problem);
    return;
  }
  struct config_property *property = property_at(loader->config, name);
  *property = (struct config_property){property->name, reference, true, node->line, node->column};
}

static void load_property(struct loader *loader, const node_t *node) {
  const char *reason = config_property_reserved(node->key);
  const char *secret = secret_name(loader, node->key);
  if (reason) {
    PROBLEM(loader, node, "kafka.%s cannot be set: %s", node->key, reason);
  } else if (!is_scalar(node)) {
    PROBLEM(loader, node, "kafka.%s: is %s, expected a value; names are written whole, such as sasl.username", node->key,
            wf_yaml_describe(node->value));
  } else if (is_null(node)) {
    return;
  } else if (config_property_secret(node->key)) {
    PROBLEM(loader, node, "kafka.%s: a secret may not stand here, expected kafka.%s_file", node->key, node->key);
  } else if (text_at(node).size > PROPERTY_VALUE_MAX) {
    PROBLEM(loader, node, "kafka.%s: is too long, expected at most %d bytes", node->key, PROPERTY_VALUE_MAX);
  } else if (secret) {
    load_secret(loader, secret, node);
  } else {
    struct config_property *property = property_at(loader->config, node->key);
    const char *value = arena_strdup(loader->config->arena, node->value->text);
    *property = (struct config_property){property->name, value, false, node->line, node->column};
  }
}

// ---- functions ----------------------------------------------------------------

static void load_function(struct loader *loader, const node_t *item, struct config_function *function) {
  for (size_t i = 0; i < config_row_count; i++) {
    const struct config_row *row = &config_rows[i];
    const char *problem;
    if (!config_row_in(row, "functions[]") || !row->default_text) continue;
    WF_ASSERT(config_value_parse(row, text_of(row->default_text), function, loader->config->arena, &problem) == 0);
  }
  for (size_t i = 0; i < item->value->count; i++) {
    const node_t *node = &item->value->entries[i];
    const struct config_row *row = config_row_find(arena_printf(loader->scratch, "functions[].%s", node->key));
    if (row)
      load_value(loader, row, node, function);
    else
      problem_unknown(loader, "functions[]", node);
  }
}

static bool is_taken(const struct config_function *functions, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (functions[i].name && strcmp(functions[i].name, name) == 0) return true;
  return false;
}

static void load_functions(struct loader *loader, const node_t *list) {
  struct config *config = loader->config;
  if (is_null(list)) return;
  size_t count = list->value->count;
  if (list->value->kind != WF_YAML_SEQUENCE || count > FUNCTIONS_MAX) {
    PROBLEM(loader, list, "functions: expected a list of at most %d items with name, topic, timeout, heartbeat", FUNCTIONS_MAX);
    return;
  }
  config->functions = arena_alloc0(config->arena, count * sizeof *config->functions);
  for (size_t i = 0; i < count; i++) {
    const node_t *item = &list->value->entries[i];
    struct config_function *function = &config->functions[i];
    if (!is_map(item)) {
      PROBLEM(loader, item, "functions[%zu]: expected a mapping with name, topic, timeout, heartbeat", i);
      continue;
    }
    load_function(loader, item, function);
    if (!function->name) PROBLEM(loader, item, "functions[%zu]: has no name, expected functions[].name", i);
    if (function->name && is_taken(config->functions, i, function->name))
      PROBLEM(loader, item, "functions[%zu]: the name \"%s\" is taken, expected another", i, function->name);
  }
  config->function_count = count;
}

// ---- the whole ----------------------------------------------------------------

static void load_section(struct loader *loader, const char *section, const node_t *node) {
  if (is_null(node)) return;
  if (!is_map(node)) {
    PROBLEM(loader, node, "%s: expected a mapping of keys", section);
    return;
  }
  for (size_t i = 0; i < node->value->count; i++) {
    const node_t *child = &node->value->entries[i];
    const struct config_row *row = config_row_find(arena_printf(loader->scratch, "%s.%s", section, child->key));
    if (strcmp(section, "kafka") == 0)
      load_property(loader, child);
    else if (row)
      load_value(loader, row, child, loader->config);
    else
      problem_unknown(loader, section, child);
  }
}

static bool is_section(const char *name) {
  for (size_t i = 0; i < config_section_count; i++)
    if (*name && strcmp(config_sections[i].name, name) == 0) return true;
  return false;
}

static void load_root(struct loader *loader, const struct wf_yaml *root) {
  if (root->kind != WF_YAML_MAPPING) {
    if (!wf_yaml_is_null(root)) config_problem_add(loader->problems, root->line, root->column, "expected a mapping of sections");
    return;
  }
  for (size_t i = 0; i < root->count; i++) {
    const node_t *child = &root->entries[i];
    const struct config_row *row = strchr(child->key, '.') ? NULL : config_row_find(child->key);
    if (row)
      load_value(loader, row, child, loader->config);
    else if (strcmp(child->key, "functions") == 0)
      load_functions(loader, child);
    else if (is_section(child->key) && !strchr(child->key, '['))
      load_section(loader, child->key, child);
    else
      problem_unknown(loader, "", child);
  }
}

// "section.key=value", read as a file with that one key.
static void load_override(struct loader *loader, const char *text) {
  const char *equals = strchr(text, '=');
  const char *dot = strchr(text, '.');
  if (!equals) {
    config_problem_add(loader->problems, 0, 0, "override \"%s\": expected key=value", text);
    return;
  }
  size_t before = loader->problems->count;
  const struct wf_yaml value = {.kind = WF_YAML_SCALAR, .text = equals + 1};
  struct wf_yaml_entry leaf = {.value = &value}, section = {0};
  const struct wf_yaml members = {.kind = WF_YAML_MAPPING, .entries = &leaf, .count = 1};
  struct wf_yaml root = {.kind = WF_YAML_MAPPING, .entries = &leaf, .count = 1};
  if (dot && dot < equals) {
    leaf.key = arena_strndup(loader->scratch, dot + 1, (size_t)(equals - dot - 1));
    section = (struct wf_yaml_entry){.key = arena_strndup(loader->scratch, text, (size_t)(dot - text)), .value = &members};
    root.entries = &section;
  } else {
    leaf.key = arena_strndup(loader->scratch, text, (size_t)(equals - text));
  }
  load_root(loader, &root);
  for (size_t i = before; i < loader->problems->count; i++) {
    struct config_problem *problem = &loader->problems->items[i];
    problem->text = arena_printf(loader->problems->arena, "override: %s", problem->text);
  }
}

// Only comments and blank lines: all defaults, where a definition would be an error.
static bool is_blank(const char *document, size_t size) {
  bool comment = false;
  for (size_t i = 0; i < size; i++) {
    if (document[i] == '\n')
      comment = false;
    else if (document[i] == '#')
      comment = true;
    else if (!comment && document[i] != ' ' && document[i] != '\r')
      return false;
  }
  return true;
}

static void load_document(struct loader *loader, const char *document, size_t size) {
  if (is_blank(document, size)) return;
  struct wf_problem_list list = {.arena = loader->scratch};
  const struct wf_yaml *root;
  if (wf_yaml_read(document, size, CONFIG_FILE_MAX, DEPTH_MAX, loader->scratch, &list, &root) == 0) load_root(loader, root);
  const struct wf_problems found = wf_problem_list_finish(&list);
  for (size_t i = 0; i < found.count; i++)
    config_problem_add(loader->problems, found.items[i].line, found.items[i].column, "%s", found.items[i].text);
}

int config_parse(const char *document, size_t size, const char *const *overrides, size_t override_count,
                 struct config **ret_config, struct config_problems *problems) {
  size_t before = problems->count;
  struct loader loader = {config_default(), problems, arena_new()};
  load_document(&loader, document, size);
  for (size_t i = 0; i < override_count; i++) load_override(&loader, overrides[i]);
  arena_free(loader.scratch);
  if (problems->count > before) {
    config_free(loader.config);
    return -WF_EINVAL;
  }
  *ret_config = loader.config;
  return 0;
}

static int read_file(const char *path, struct buf *buf, struct config_problems *problems) {
  FILE *file = fopen(path, "re");
  if (!file) {
    config_problem_add(problems, 0, 0, "cannot be read: %s", strerror(errno));
    return -WF_EIO;
  }
  size_t n = fread(buf_extend(buf, CONFIG_FILE_MAX + 1), 1, CONFIG_FILE_MAX + 1, file);
  bool failed = ferror(file);
  int error = errno;
  fclose(file);
  buf->size = n;
  if (failed) config_problem_add(problems, 0, 0, "cannot be read: %s", strerror(error));
  if (n > CONFIG_FILE_MAX) config_problem_add(problems, 0, 0, "is too large, expected at most %d bytes", CONFIG_FILE_MAX);
  return failed ? -WF_EIO : n > CONFIG_FILE_MAX ? -WF_EINVAL : 0;
}

int config_load(const char *path, const char *const *overrides, size_t override_count, struct config **ret_config,
                struct config_problems *problems) {
  struct buf buf = {0};
  int result = read_file(path, &buf, problems);
  if (result == 0) result = config_parse(buf.data, buf.size, overrides, override_count, ret_config, problems);
  buf_free(&buf);
  return result;
}
