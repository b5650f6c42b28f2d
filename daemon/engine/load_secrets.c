// SPDX-License-Identifier: Apache-2.0
// `use.secrets`, and where a definition names a secret.
#include <ctype.h>
#include <string.h>

#include "engine/load.h"
#include "engine/secret.h"

enum { SECRETS_MAX = 1000, PATH_MAX_KEYS = 16 };

static const char *load_name(struct wf_loader *loader, const struct wf_yaml *node) {
  const char *name = wf_load_text(loader, node, "a secret's name");
  if (name && !wf_secret_is_name(name)) {
    wf_problem_at(&loader->problems, node,
                  "`%.80s` is no name of a secret: expected letters, digits, '.', '_' and '-', not beginning with '.', "
                  "at most %d",
                  name, WF_SECRET_NAME_MAX);
    return NULL;
  }
  return name;
}

void wf_load_secrets(struct wf_loader *loader, const struct wf_yaml *node) {
  if (node->kind != WF_YAML_SEQUENCE || node->count > SECRETS_MAX) {
    wf_problem_at(&loader->problems, node, "`secrets` is %s: expected a list of at most %d names",
                  node->kind == WF_YAML_SEQUENCE ? "too long a list" : wf_yaml_describe(node), SECRETS_MAX);
    return;
  }
  const char **names = arena_alloc0(loader->definition->arena, (node->count + 1) * sizeof *names);
  size_t count = 0;
  for (size_t i = 0; i < node->count; i++) {
    const char *name = load_name(loader, node->entries[i].value);
    if (name) names[count++] = name;
  }
  loader->definition->secrets = names;
}

void wf_load_secret_name(struct wf_loader *loader, const struct wf_yaml *node) {
  const char *name = load_name(loader, node);
  const char *const *listed = loader->definition->secrets;
  size_t count = 0;
  for (; name && listed && listed[count]; count++)
    if (strcmp(listed[count], name) == 0) return;
  // One that is not listed at all is the authorization error of the task that uses it.
  const char *near = name && count ? wf_load_near_miss(loader, name, listed, count) : "";
  if (*near)
    wf_problem_at(&loader->problems, node, "unknown secret `%s`%s; expected a name under use.secrets", name, near);
}

// ---- mentions in expressions --------------------------------------------------

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

// The next key of a path such as .db["pass word"]; NULL at its end.
static const char *next_key(const char **at, struct arena *arena) {
  const char *c = *at;
  c += strspn(c, " \t\r\n");
  bool has_dot = *c == '.';
  if (has_dot) c++;
  if (has_dot && (isalpha((unsigned char)*c) || *c == '_')) {
    const char *start = c;
    while (is_word(*c)) c++;
    *at = c;
    return arena_strndup(arena, start, (size_t)(c - start));
  }
  bool has_bracket = *c == '[';
  if (has_bracket) c += 1 + strspn(c + 1, " \t\r\n");
  if (*c != '"' || !(has_dot || has_bracket)) return NULL;
  const char *start = ++c;
  size_t size = strcspn(c, "\"\\");
  if (c[size] != '"') return NULL; // an escape: seen when it is evaluated
  c += size + 1;
  if (has_bracket) {
    c += strspn(c, " \t\r\n");
    if (*c++ != ']') return NULL;
  }
  *at = c;
  return arena_strndup(arena, start, size);
}

static void add(struct wf_secret_list *list, const char *const *path, struct arena *arena) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity ? 2 * list->capacity : 4;
    const char *const **paths = arena_alloc(arena, list->capacity * sizeof *paths);
    if (list->count) memcpy(paths, list->paths, list->count * sizeof *paths);
    list->paths = paths;
  }
  list->paths[list->count++] = path;
}

void wf_load_secret_mentions(struct wf_loader *loader, const char *source, struct wf_secret_list *list) {
  static const char variable[] = "$secrets";
  struct arena *arena = loader->definition->arena;
  for (const char *at = source; (at = strstr(at, variable));) {
    at += sizeof variable - 1;
    if (is_word(*at)) continue;
    const char *path[PATH_MAX_KEYS + 1], *key;
    size_t depth = 0;
    while (depth < PATH_MAX_KEYS && (key = next_key(&at, arena))) path[depth++] = key;
    path[depth] = NULL;
    if (depth) add(list, arena_memdup(arena, path, (depth + 1) * sizeof *path), arena);
  }
}
