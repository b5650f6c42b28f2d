// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_functions.h"

#include <string.h>

#include "base/xalloc.h"
#include "engine/definition.h"
#include "engine/yaml.h"

static void add(struct argument_list *names, const char *name) {
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], name) == 0) return;
  names->items = xrealloc(names->items, (names->count + 1) * sizeof *names->items);
  names->items[names->count++] = name;
}

// A name that the configuration could have: no call of the DSL's own, no place elsewhere.
static bool may_be_function(const char *name) {
  static const char *const kinds[] = {"http", "grpc", "openapi", "asyncapi", "a2a", "mcp", "container", "script", "shell"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(name, kinds[i]) == 0) return false;
  return *name && !strpbrk(name, "/:@ ");
}

void rehearse_functions_of_answers(const struct rehearse_answers *answers, struct argument_list *names) {
  for (size_t i = 0; i < rehearse_answers_count(answers); i++) {
    const char *key = rehearse_answers_key(answers, i);
    if (may_be_function(key)) add(names, key);
  }
}

// Whether an answer is for the task of that name, wherever it stands.
static bool is_answered(const struct rehearse_answers *answers, const char *task) {
  if (!answers) return true;
  for (size_t i = 0; i < rehearse_answers_count(answers); i++) {
    const char *key = rehearse_answers_key(answers, i), *slash = strrchr(key, '/');
    if (strcmp(slash ? slash + 1 : key, task) == 0) return true;
  }
  return false;
}

static void walk(const struct wf_yaml *node, const struct rehearse_answers *answers, struct arena *arena,
                 struct argument_list *names) {
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = &node->entries[i];
    walk(entry->value, answers, arena, names);
    const struct wf_yaml *call = entry->key ? wf_yaml_get(entry->value, "call") : NULL;
    if (!call || call->kind != WF_YAML_SCALAR || !is_answered(answers, entry->key)) continue;
    char *name = arena_strdup(arena, call->text), *catalog = strstr(name, "@default");
    if (catalog && !catalog[sizeof "@default" - 1]) *catalog = '\0';
    if (may_be_function(name)) add(names, name);
  }
}

void rehearse_functions_of_document(const char *document, size_t size, const struct rehearse_answers *answers,
                                    struct arena *arena, struct argument_list *names) {
  struct wf_problem_list problems = {.arena = arena};
  const struct wf_yaml *root;
  if (wf_yaml_read(document, size, WF_DOCUMENT_MAX, WF_NESTING_MAX, arena, &problems, &root) < 0) return;
  walk(root, answers, arena, names);
}
