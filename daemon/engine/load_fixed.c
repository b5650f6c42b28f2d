// SPDX-License-Identifier: Apache-2.0
// What a listener has fixed of an event when it begins: parts of a filter that compare a
// member of the event with a value known then. Of everything else nothing is said here, and
// the run judges; so what is found may be less than there is, but never more.
#include <ctype.h>
#include <string.h>

#include "engine/jq_source.h"
#include "engine/load.h"
#include "engine/strategy.h"

enum { FIXED_MAX = 8, PARTS_MAX = 8 };

struct finder {
  struct wf_loader *loader;
  enum wf_place place;
  struct wf_event_filter *filter;
  struct wf_fixed *items;
};

// An operand of a comparison, read from a text.
struct operand {
  const char *text;
  size_t size;
  bool is_path, of_context; // a path of members; else a value known before
};

static void add(struct finder *finder, const char *name, const char *const *path, int count, const struct wf_expr *value, bool of_context) {
  struct wf_event_filter *filter = finder->filter;
  if (!value || filter->fixed_count == FIXED_MAX) return;
  finder->items[filter->fixed_count++] = (struct wf_fixed){.name = name, .path = path, .path_count = count, .value = value, .of_context = of_context};
}

// Length of `.a.b`, of members only; 0 when there is none.
static size_t members(const char *text) {
  size_t size = 0;
  while (text[size] == '.' && (isalpha((unsigned char)text[size + 1]) || text[size + 1] == '_')) {
    size++;
    while (isalnum((unsigned char)text[size]) || text[size] == '_') size++;
  }
  return size;
}

static size_t literal(const char *text) {
  size_t size = strspn(text, "0123456789");
  if (size || *text != '"') return size;
  size = 1 + strcspn(text + 1, "\"\\\n");
  return text[size] == '"' ? size + 1 : 0;
}

static bool is_word(const char *text, size_t size, const char *word) { return strlen(word) == size && memcmp(text, word, size) == 0; }

// `$input.a`. What may be a secret is left alone.
static size_t variable(const struct finder *finder, const char *text) {
  size_t size = 0;
  if (*text != '$') return 0;
  while (isalnum((unsigned char)text[size + 1]) || text[size + 1] == '_') size++;
  if (is_word(text + 1, size, "secrets") || is_word(text + 1, size, "authorization")) return 0;
  if (!wf_load_is_variable(finder->loader, finder->place, text + 1, size)) return 0;
  return 1 + size + members(text + 1 + size);
}

static bool read_operand(const struct finder *finder, const char **at, struct operand *ret_operand) {
  const char *text = *at + strspn(*at, " \n");
  size_t size = members(text);
  bool is_path = size > 0;
  if (!size) size = variable(finder, text);
  if (!size) size = literal(text);
  if (!size) return false;
  *ret_operand = (struct operand){text, size, is_path, strncmp(text, "$context", 8) == 0};
  *at = text + size + strspn(text + size, " \n");
  return true;
}

static const char *const *split(struct finder *finder, const char *first, const struct operand *path, int *ret_count) {
  struct arena *arena = finder->loader->definition->arena;
  const char **parts = arena_alloc0(arena, PARTS_MAX * sizeof *parts);
  int count = 0;
  parts[count++] = first;
  for (const char *at = path->text; at < path->text + path->size && count < PARTS_MAX;) {
    size_t size = 1 + strcspn(at + 1, ". =<>!\n");
    if (at + size > path->text + path->size) size = (size_t)(path->text + path->size - at);
    parts[count++] = arena_strndup(arena, at + 1, size - 1);
    at += size;
  }
  *ret_count = count;
  return parts;
}

static const struct wf_expr *compile(struct finder *finder, const struct wf_yaml *node, const struct operand *value) {
  struct wf_yaml source = *node;
  source.text = arena_strndup(finder->loader->definition->arena, value->text, value->size);
  return wf_load_expression(finder->loader, &source, finder->place, "a value");
}

// One `a == b` of a condition, or another comparison, of which nothing is known before.
static bool read_comparison(const struct finder *finder, const char **at, struct operand *left, struct operand *right, bool *ret_equal) {
  if (!read_operand(finder, at, left)) return false;
  const char *sign = *at;
  size_t size = strspn(sign, "=<>!");
  *ret_equal = size == 2 && strncmp(sign, "==", 2) == 0;
  *at += size;
  return size && read_operand(finder, at, right);
}

// A condition that is nothing but comparisons joined by `and`: each of them must hold.
static void find_in_condition(struct finder *finder, const struct wf_yaml *node, const char *source, bool is_adding) {
  const char *at = source;
  for (;;) {
    struct operand left, right;
    bool is_equal;
    if (!read_comparison(finder, &at, &left, &right, &is_equal)) return;
    if (is_adding && is_equal && left.is_path != right.is_path) {
      const struct operand *path = left.is_path ? &left : &right, *value = left.is_path ? &right : &left;
      int count;
      const char *const *parts = split(finder, "data", path, &count);
      if (count < PARTS_MAX) add(finder, "data", parts, count, compile(finder, node, value), value->of_context);
    }
    if (!*at && !is_adding) find_in_condition(finder, node, source, true);
    if (!*at || strncmp(at, "and", 3) != 0 || !strchr(" \n", at[3]) || !at[3]) return;
    at += 3;
  }
}

// What stands as a value: itself, or an expression that is known before.
static void find_value(struct finder *finder, const char *name, const char *const *path, int count, const struct wf_yaml *node) {
  struct arena *arena = finder->loader->definition->arena;
  const char *inner = wf_yaml_is_text(node) ? wf_jq_source_unwrap(node->text, arena) : NULL;
  struct operand operand = {0};
  if (inner) {
    const char *at = inner;
    if (!read_operand(finder, &at, &operand) || *at || operand.is_path) return;
  } else if (wf_yaml_is_text(node) && strstr(node->text, "${")) {
    return;
  }
  add(finder, name, path, count, wf_load_template(finder->loader, node, finder->place), operand.of_context);
}

static void find_in_object(struct finder *finder, const char *const *path, int count, const struct wf_yaml *node) {
  if (node->kind == WF_YAML_SCALAR && count > 1) find_value(finder, "data", path, count, node);
  if (node->kind != WF_YAML_MAPPING || count == PARTS_MAX) return;
  for (size_t i = 0; i < node->count; i++) {
    const char **inside = arena_alloc0(finder->loader->definition->arena, PARTS_MAX * sizeof *inside);
    memcpy(inside, path, (size_t)count * sizeof *inside);
    inside[count] = arena_strdup(finder->loader->definition->arena, node->entries[i].key);
    find_in_object(finder, inside, count + 1, node->entries[i].value);
  }
}

static void find_in_data(struct finder *finder, const struct wf_yaml *node) {
  static const char *const DATA[] = {"data"};
  const char *inner = wf_yaml_is_text(node) ? wf_jq_source_unwrap(node->text, finder->loader->definition->arena) : NULL;
  if (inner) find_in_condition(finder, node, inner, false);
  else find_in_object(finder, DATA, 1, node);
}

static bool is_told_apart(const struct wf_event_filter *filter, const char *name) {
  return (filter->type && strcmp(name, "type") == 0) || (filter->source && strcmp(name, "source") == 0) ||
         (filter->subject && strcmp(name, "subject") == 0);
}

static bool is_pattern(const struct wf_loader *loader, const struct wf_yaml *node) {
  return wf_event_has_pattern(node->text) && !wf_jq_source_unwrap(node->text, loader->definition->arena);
}

void wf_load_fixed(struct wf_loader *loader, const struct wf_yaml *with, enum wf_place place, struct wf_event_filter *filter) {
  struct finder finder = {loader, place, filter, arena_alloc0(loader->definition->arena, FIXED_MAX * sizeof *finder.items)};
  filter->fixed = finder.items;
  if (with->kind != WF_YAML_MAPPING) return; // who reads the filter says so
  for (size_t i = 0; i < with->count; i++) {
    const struct wf_yaml_entry *entry = &with->entries[i];
    if (strcmp(entry->key, "data") == 0) {
      find_in_data(&finder, entry->value);
    } else if (!is_told_apart(filter, entry->key) && entry->value->kind == WF_YAML_SCALAR && !is_pattern(loader, entry->value)) {
      const char **path = arena_alloc0(loader->definition->arena, sizeof *path);
      *path = arena_strdup(loader->definition->arena, entry->key);
      find_value(&finder, *path, path, 1, entry->value);
    }
  }
}
