// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/load.h"

enum { CANDIDATES_MAX = 64 };

const char *wf_load_near_miss(struct wf_loader *loader, const char *word, const char *const *candidates, size_t count) {
  if (strlen(word) < 3) return ""; // everything short is near
  const char *near = text_near_miss(word, candidates, count);
  return near ? arena_printf(loader->problems.arena, ", did you mean `%s`?", near) : "";
}

bool wf_load_is_object(struct wf_loader *loader, const struct wf_yaml *node, const char *what) {
  if (node->kind == WF_YAML_MAPPING) return true;
  wf_problem_at(&loader->problems, node, "%s is %s: expected an object", what, wf_yaml_describe(node));
  return false;
}

static const struct wf_key *find(const struct wf_key *keys, const char *name) {
  for (; keys->name; keys++)
    if (strcmp(keys->name, name) == 0) return keys;
  return NULL;
}

static void report_unknown(struct wf_loader *loader, const struct wf_yaml_entry *entry, const char *what,
                           const struct wf_key *keys) {
  const char *names[CANDIDATES_MAX];
  size_t count = 0;
  struct buf expected = {0};
  for (; keys->name && count < CANDIDATES_MAX; keys++) {
    names[count++] = keys->name;
    buf_printf(&expected, "%s%s", expected.size ? ", " : "", keys->name);
  }
  buf_put_u8(&expected, 0);
  wf_problem_add(&loader->problems, entry->line, entry->column, "unknown key `%s` in %s%s; expected %s", entry->key,
                 what, wf_load_near_miss(loader, entry->key, names, count), count ? expected.data : "none");
  buf_free(&expected);
}

static void check_required(struct wf_loader *loader, const struct wf_yaml *node, const char *what, const struct wf_key *keys) {
  for (const struct wf_key *key = keys; key->name; key++)
    if (key->rule == WF_KEY_REQUIRED && !wf_yaml_get(node, key->name))
      wf_problem_at(&loader->problems, node, "`%s` is missing in %s: it is required", key->name, what);
}

bool wf_load_keys(struct wf_loader *loader, const struct wf_yaml *node, const char *what, const struct wf_key *keys) {
  if (!wf_load_is_object(loader, node, what)) return false;
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = &node->entries[i];
    const struct wf_key *key = find(keys, entry->key);
    if (!key) report_unknown(loader, entry, what, keys);
  }
  check_required(loader, node, what, keys);
  return true;
}

bool wf_load_open_keys(struct wf_loader *loader, const struct wf_yaml *node, const char *what, const struct wf_key *keys) {
  const char *names[CANDIDATES_MAX];
  size_t count = 0;
  if (!wf_load_is_object(loader, node, what)) return false;
  for (; keys[count].name && count < CANDIDATES_MAX; count++) names[count] = keys[count].name;
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = &node->entries[i];
    if (find(keys, entry->key)) continue;
    const char *near = wf_load_near_miss(loader, entry->key, names, count);
    if (*near)
      wf_problem_add(&loader->problems, entry->line, entry->column, "unknown key `%s` in %s%s", entry->key, what, near);
    else
      wf_problem_warn(&loader->problems, entry->line, entry->column, "`%s` in %s says nothing", entry->key, what);
  }
  check_required(loader, node, what, keys);
  return true;
}

const char *wf_load_text(struct wf_loader *loader, const struct wf_yaml *node, const char *what) {
  if (wf_yaml_is_text(node)) return arena_strdup(loader->definition->arena, node->text);
  wf_problem_at(&loader->problems, node, "%s is %s: expected a text%s", what, wf_yaml_describe(node),
                node->kind == WF_YAML_SCALAR && !wf_yaml_is_null(node) ? " (put it in quotes)" : "");
  return NULL;
}

jv wf_load_json(struct wf_loader *loader, const struct wf_yaml *node) {
  return wf_definition_keep(loader->definition, wf_yaml_to_json(node, &loader->problems));
}
