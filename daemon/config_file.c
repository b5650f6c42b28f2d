// SPDX-License-Identifier: Apache-2.0
#include "config_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "config_value.h"

enum { DEPTH_MAX = 16 };

// ---- names --------------------------------------------------------------------

// What stands at this level: section names for the top, else keys of the section.
static size_t known_names(struct config_reader *reader, const char *section, const char **names, size_t max) {
  const struct config_schema *schema = reader->schema;
  size_t count = 0;
  for (size_t i = 0; i < schema->row_count && count < max; i++)
    if (config_row_in(&schema->rows[i], section)) names[count++] = config_row_key(&schema->rows[i]);
  if (*section) return count;
  for (size_t i = 0; i < schema->section_count && count < max; i++) {
    const char *name = schema->sections[i].name; // a list's ends with []
    if (*name) names[count++] = arena_strndup(reader->scratch, name, strcspn(name, "["));
  }
  return count;
}

void config_reader_unknown(struct config_reader *reader, const char *section, const config_node *node) {
  const char *names[64];
  size_t count = known_names(reader, section, names, sizeof names / sizeof *names);
  const char *near = text_near_miss(node->key, names, count);
  if (near) {
    config_reader_problem(reader, node, "unknown key \"%s\", expected perhaps \"%s\"", node->key, near);
    return;
  }
  struct buf list = {0};
  for (size_t i = 0; i < count; i++) buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
  config_reader_problem(reader, node, "unknown key \"%s\", expected one of: %.*s", node->key, (int)list.size, list.data);
  buf_free(&list);
}

// ---- values -------------------------------------------------------------------

void config_reader_value(struct config_reader *reader, const struct config_row *row, const config_node *node, void *base) {
  if (config_node_is_null(node)) return; // the default stands
  if (!config_node_is_scalar(node)) {
    config_reader_problem(reader, node, "%s: is %s, expected %s", row->name, wf_yaml_describe(node->value), config_value_expected(row, reader->scratch));
    return;
  }
  const char *problem = row->check ? row->check(config_node_text(node)) : NULL;
  if (problem) {
    // Not the value: it may hold a password.
    config_reader_problem(reader, node, "%s: %s", row->name, problem);
    return;
  }
  if (config_value_parse(row, config_node_text(node), base, reader->arena, &problem) == 0) return;
  config_reader_problem(reader, node, "%s: \"%s\" is not valid, %s", row->name, node->value->text, problem);
}

// ---- the whole ----------------------------------------------------------------

static void load_section(struct config_reader *reader, const char *section, const config_node *node) {
  if (config_node_is_null(node)) return;
  if (node->value->kind != WF_YAML_MAPPING) {
    config_reader_problem(reader, node, "%s: expected a mapping of keys", section);
    return;
  }
  for (size_t i = 0; i < node->value->count; i++) {
    const config_node *child = &node->value->entries[i];
    const struct config_row *row = config_row_find(reader->schema, arena_printf(reader->scratch, "%s.%s", section, child->key));
    if (row)
      config_reader_value(reader, row, child, reader->base);
    else
      config_reader_unknown(reader, section, child);
  }
}

static bool is_section(const struct config_schema *schema, const char *name) {
  for (size_t i = 0; i < schema->section_count; i++)
    if (*name && strcmp(schema->sections[i].name, name) == 0) return true;
  return false;
}

static const struct config_special *special_find(const struct config_reader *reader, const char *name) {
  for (const struct config_special *special = reader->specials; special && special->name; special++)
    if (strcmp(special->name, name) == 0) return special;
  return NULL;
}

static void load_root(struct config_reader *reader, const struct wf_yaml *root) {
  if (root->kind != WF_YAML_MAPPING) {
    if (!wf_yaml_is_null(root)) config_problem_add(reader->problems, root->line, root->column, "expected a mapping of sections");
    return;
  }
  for (size_t i = 0; i < root->count; i++) {
    const config_node *child = &root->entries[i];
    const struct config_row *row = strchr(child->key, '.') ? NULL : config_row_find(reader->schema, child->key);
    const struct config_special *special = special_find(reader, child->key);
    if (row)
      config_reader_value(reader, row, child, reader->base);
    else if (special)
      special->load(reader, child);
    else if (is_section(reader->schema, child->key) && !strchr(child->key, '['))
      load_section(reader, child->key, child);
    else
      config_reader_unknown(reader, "", child);
  }
}

// "section.key=value", read as a file with that one key.
static void load_override(struct config_reader *reader, const char *text) {
  const char *equals = strchr(text, '=');
  const char *dot = strchr(text, '.');
  if (!equals) {
    config_problem_add(reader->problems, 0, 0, "override \"%s\": expected key=value", text);
    return;
  }
  size_t before = reader->problems->count;
  const struct wf_yaml value = {.kind = WF_YAML_SCALAR, .text = equals + 1};
  struct wf_yaml_entry leaf = {.value = &value}, section = {0};
  const struct wf_yaml members = {.kind = WF_YAML_MAPPING, .entries = &leaf, .count = 1};
  struct wf_yaml root = {.kind = WF_YAML_MAPPING, .entries = &leaf, .count = 1};
  if (dot && dot < equals) {
    leaf.key = arena_strndup(reader->scratch, dot + 1, (size_t)(equals - dot - 1));
    section = (struct wf_yaml_entry){.key = arena_strndup(reader->scratch, text, (size_t)(dot - text)), .value = &members};
    root.entries = &section;
  } else {
    leaf.key = arena_strndup(reader->scratch, text, (size_t)(equals - text));
  }
  load_root(reader, &root);
  for (size_t i = before; i < reader->problems->count; i++) {
    struct config_problem *problem = &reader->problems->items[i];
    problem->text = arena_printf(reader->problems->arena, "override: %s", problem->text);
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

static void load_document(struct config_reader *reader, const char *document, size_t size) {
  if (is_blank(document, size)) return;
  struct wf_problem_list list = {.arena = reader->scratch};
  const struct wf_yaml *root;
  if (wf_yaml_read(document, size, CONFIG_FILE_MAX, DEPTH_MAX, reader->scratch, &list, &root) == 0) load_root(reader, root);
  const struct wf_problems found = wf_problem_list_finish(&list);
  for (size_t i = 0; i < found.count; i++)
    config_problem_add(reader->problems, found.items[i].line, found.items[i].column, "%s", found.items[i].text);
}

int config_file_parse(struct config_reader *reader, const char *document, size_t size, const char *const *overrides, size_t override_count) {
  size_t before = reader->problems->count;
  reader->scratch = arena_new();
  load_document(reader, document, size);
  for (size_t i = 0; i < override_count; i++) load_override(reader, overrides[i]);
  arena_free(reader->scratch);
  return reader->problems->count > before ? -WF_EINVAL : 0;
}

int config_file_read(const char *path, struct buf *buf, struct config_problems *problems) {
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
