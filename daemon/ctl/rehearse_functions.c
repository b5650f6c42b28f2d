// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_functions.h"

#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "engine/definition.h"
#include "engine/yaml.h"

static void add(struct argument_list *names, const char *name) {
  for (size_t i = 0; i < names->count; i++)
    if (strcmp(names->items[i], name) == 0) return;
  names->items = xrealloc(names->items, (names->count + 1) * sizeof *names->items);
  names->items[names->count++] = name;
}

static const char *const KINDS[] = {"http", "grpc", "openapi", "asyncapi", "a2a", "mcp", "container", "script", "shell"};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

// A name that the configuration could have: no call of the DSL's own, no place elsewhere.
static bool may_be_function(const char *name) {
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (strcmp(name, KINDS[i]) == 0) return false;
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

// A call of the DSL's own, or a function of the document, that is not written right.
static bool is_slip(const char *name, const struct wf_yaml *functions) {
  if (text_near_miss(name, KINDS, KIND_COUNT)) return true;
  for (size_t i = 0; functions && functions->kind == WF_YAML_MAPPING && i < functions->count; i++)
    if (strcmp(name, functions->entries[i].key) != 0 && text_near_miss(name, (const char *[]){functions->entries[i].key}, 1))
      return true;
  return false;
}

static void walk(const struct wf_yaml *node, const struct wf_yaml *functions, const struct rehearse_answers *answers, struct arena *arena,
                 struct argument_list *names) {
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = &node->entries[i];
    walk(entry->value, functions, answers, arena, names);
    const struct wf_yaml *call = entry->key ? wf_yaml_get(entry->value, "call") : NULL;
    if (!call || call->kind != WF_YAML_SCALAR || !is_answered(answers, entry->key)) continue;
    char *name = arena_strdup(arena, call->text), *catalog = strstr(name, "@default");
    if (catalog && !catalog[sizeof "@default" - 1]) *catalog = '\0';
    if (may_be_function(name) && (answers || !is_slip(name, functions))) add(names, name);
  }
}

void rehearse_functions_of_document(const char *document, size_t size, const struct rehearse_answers *answers,
                                    struct arena *arena, struct argument_list *names) {
  struct wf_problem_list problems = {.arena = arena};
  const struct wf_yaml *root;
  if (wf_yaml_read(document, size, WF_DOCUMENT_MAX, WF_NESTING_MAX, arena, &problems, &root) < 0) return;
  const struct wf_yaml *use = wf_yaml_get(root, "use");
  walk(root, use ? wf_yaml_get(use, "functions") : NULL, answers, arena, names);
}
