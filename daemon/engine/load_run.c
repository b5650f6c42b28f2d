// SPDX-License-Identifier: Apache-2.0
// `run`: a container, a script or a shell command, which workers run; or a workflow.
#include <string.h>

#include "engine/load.h"

static const char *const PROCESSES[] = {"container", "script", "shell", "workflow"};
enum { PROCESS_COUNT = sizeof PROCESSES / sizeof *PROCESSES };

static enum wf_return load_return(struct wf_loader *loader, const struct wf_yaml *node) {
  static const enum wf_return returns[] = {WF_RETURN_STDOUT, WF_RETURN_STDERR, WF_RETURN_CODE, WF_RETURN_ALL,
                                           WF_RETURN_NONE};
  const char *const *words = wf_form_process_keys[1].words;
  if (!node || !wf_load_enum(loader, node, "return", words)) return WF_RETURN_STDOUT;
  size_t i = 0;
  while (strcmp(words[i], node->text) != 0) i++;
  return returns[i];
}

static const struct wf_yaml_entry *find_process(struct wf_loader *loader, const struct wf_yaml *node) {
  const struct wf_yaml_entry *found = NULL;
  for (size_t i = 0; i < node->count; i++)
    for (size_t j = 0; j < PROCESS_COUNT; j++) {
      if (strcmp(node->entries[i].key, PROCESSES[j]) != 0) continue;
      if (found)
        wf_problem_at(&loader->problems, node, "`run` has both `%s` and `%s`: expected one of them", found->key,
                      PROCESSES[j]);
      found = &node->entries[i];
    }
  if (!found)
    wf_problem_at(&loader->problems, node, "`run` does not say what: expected one of container, script, shell, workflow");
  return found;
}

// `await` and `return` go along with the process, said or not.
static void add(struct wf_yaml *extra, const char *key, const char *text, bool plain, struct arena *arena) {
  const struct wf_yaml value = {.kind = WF_YAML_SCALAR, .line = extra->line, .column = extra->column, .text = text, .plain = plain};
  extra->entries[extra->count++] =
      (struct wf_yaml_entry){key, extra->line, extra->column, arena_memdup(arena, &value, sizeof value)};
}

void wf_load_run(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"container", 0}, {"script", 0}, {"shell", 0}, {"workflow", 0},
                                       {"await", 0},     {"return", 0}, {NULL, 0}};
  const struct wf_yaml *node = source->part;
  if (!wf_load_keys(loader, node, "`run`", KEYS)) return;
  const struct wf_yaml_entry *process = find_process(loader, node);
  const struct wf_yaml *await = wf_yaml_get(node, "await"), *returned = wf_yaml_get(node, "return");
  task->call.is_unawaited = await && !wf_load_flag(loader, await, "await");
  task->call.returns = load_return(loader, returned);
  if (!process) return;
  if (strcmp(process->key, "workflow") == 0) {
    wf_load_child(loader, process->value, &task->call);
    return;
  }
  struct wf_yaml_entry entries[2];
  struct wf_yaml extra = {.kind = WF_YAML_MAPPING, .line = node->line, .column = node->column, .entries = entries};
  add(&extra, "await", task->call.is_unawaited ? "false" : "true", true, loader->definition->arena);
  add(&extra, "return", returned && wf_yaml_is_text(returned) ? returned->text : "stdout", false, loader->definition->arena);
  task->call.function = wf_catalog_standard(loader->catalog, process->key);
  wf_load_form(loader, process->value, wf_form_of(process->key), &extra, &task->call);
}
