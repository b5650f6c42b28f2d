// SPDX-License-Identifier: Apache-2.0
// Where a run goes next: `then`, and `switch`.
#include <string.h>

#include "engine/load.h"

static const char *item_name(const struct wf_yaml *list, size_t index) {
  const struct wf_yaml *item = list->entries[index].value;
  return item->kind == WF_YAML_MAPPING && item->count == 1 ? item->entries[0].key : "";
}

struct wf_flow wf_load_flow(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_yaml *list) {
  const char *text = wf_load_text(loader, node, "`then`");
  if (!text || strcmp(text, "continue") == 0) return (struct wf_flow){WF_FLOW_CONTINUE, 0};
  if (strcmp(text, "exit") == 0) return (struct wf_flow){WF_FLOW_EXIT, 0};
  if (strcmp(text, "end") == 0) return (struct wf_flow){WF_FLOW_END, 0};
  const char **names = arena_alloc(loader->problems.arena, (list->count + 3) * sizeof *names);
  for (size_t i = 0; i < list->count; i++) {
    names[i] = item_name(list, i);
    if (strcmp(names[i], text) == 0) return (struct wf_flow){WF_FLOW_TASK, (int)i};
  }
  if (list->kind != WF_YAML_SEQUENCE) {
    wf_problem_at(&loader->problems, node,
                  "`then: %s` leads from a branch of a fork to another: expected continue, exit or end", text);
    return (struct wf_flow){WF_FLOW_CONTINUE, 0};
  }
  names[list->count] = "continue";
  names[list->count + 1] = "exit";
  names[list->count + 2] = "end";
  wf_problem_at(&loader->problems, node,
                "`then: %s` goes nowhere%s; expected a task of the same list, or continue, exit or end", text,
                wf_load_near_miss(loader, text, names, list->count + 3));
  return (struct wf_flow){WF_FLOW_CONTINUE, 0};
}

static void load_case(struct wf_loader *loader, const struct wf_yaml *item, const struct wf_yaml *list,
                      struct wf_switch_case *ret_case) {
  static const struct wf_key KEYS[] = {{"when", 0}, {"then", WF_KEY_REQUIRED}, {NULL, 0}};
  if (item->kind != WF_YAML_MAPPING || item->count != 1) {
    wf_problem_at(&loader->problems, item,
                  "an item of `switch` is not one case: expected a name with `when` and `then`");
    return;
  }
  const struct wf_yaml_entry *entry = &item->entries[0];
  ret_case->name = arena_strdup(loader->definition->arena, entry->key);
  if (!wf_load_keys(loader, entry->value, arena_printf(loader->problems.arena, "case `%s`", entry->key), KEYS)) return;
  const struct wf_yaml *when = wf_yaml_get(entry->value, "when"), *then = wf_yaml_get(entry->value, "then");
  if (when) ret_case->when = wf_load_expression(loader, when, WF_PLACE_TASK, "`when`");
  if (then) ret_case->then = wf_load_flow(loader, then, list);
}

// Twice the same name would make a recorded branch ambiguous; two defaults are.
static void check_cases(struct wf_loader *loader, const struct wf_yaml *node) {
  const struct wf_yaml_entry *first_default = NULL;
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml *item = node->entries[i].value;
    if (item->kind != WF_YAML_MAPPING || item->count != 1) continue;
    const struct wf_yaml_entry *entry = &item->entries[0];
    for (size_t j = 0; j < i; j++)
      if (strcmp(item_name(node, j), entry->key) == 0)
        wf_problem_add(&loader->problems, entry->line, entry->column, "case `%s` stands twice: expected another name",
                       entry->key);
    if (entry->value->kind != WF_YAML_MAPPING || wf_yaml_get(entry->value, "when")) continue;
    if (first_default)
      wf_problem_add(&loader->problems, entry->line, entry->column,
                     "case `%s` has no `when`, like `%s`: expected one default at most", entry->key,
                     first_default->key);
    else
      first_default = entry;
  }
}

void wf_load_switch(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  const struct wf_yaml *node = source->part;
  if (node->kind != WF_YAML_SEQUENCE || node->count == 0) {
    wf_problem_at(&loader->problems, node, "`switch` is %s: expected a list of named cases",
                  node->kind == WF_YAML_SEQUENCE ? "empty" : wf_yaml_describe(node));
    return;
  }
  task->branch.cases = arena_alloc0(loader->definition->arena, node->count * sizeof *task->branch.cases);
  task->branch.count = (int)node->count;
  for (size_t i = 0; i < node->count; i++) load_case(loader, node->entries[i].value, source->list, &task->branch.cases[i]);
  check_cases(loader, node);
}
