// SPDX-License-Identifier: Apache-2.0
// `for`: what it goes through, under which names, how long, and what it does each time.
#include <string.h>

#include "engine/load.h"

static void load_each(struct wf_loader *loader, const struct wf_yaml *node, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"each", 0}, {"in", WF_KEY_REQUIRED}, {"at", 0}, {NULL, 0}};
  task->loop.each = "item";
  task->loop.at = "index";
  if (!wf_load_keys(loader, node, "`for`", KEYS)) return;
  task->loop.each = wf_load_variable(loader, node, "each", "item");
  task->loop.at = wf_load_variable(loader, node, "at", "index");
  if (strcmp(task->loop.each, task->loop.at) == 0)
    wf_problem_at(&loader->problems, node, "the item and its number are both called `%s`: expected two names",
                  task->loop.at);
  const struct wf_yaml *in = wf_yaml_get(node, "in");
  if (in) task->loop.in = wf_load_expression(loader, in, WF_PLACE_TASK, "`in`");
}

void wf_load_for(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  const struct wf_yaml *holds = wf_yaml_get(source->node, "while"), *list = wf_yaml_get(source->node, "do");
  load_each(loader, source->part, task);
  const struct wf_bound_name each = {task->loop.each, loader->bound_names}, at = {task->loop.at, &each};
  loader->bound_names = &at;
  if (holds) task->loop.holds = wf_load_expression(loader, holds, WF_PLACE_TASK, "`while`");
  if (list)
    task->loop.list = wf_load_tasks(loader, list, arena_printf(loader->definition->arena, "%s/do", task->reference));
  loader->bound_names = each.outer;
}
