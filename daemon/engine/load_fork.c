// SPDX-License-Identifier: Apache-2.0
// `fork`: tasks side by side.
#include <string.h>

#include "engine/load.h"

static bool load_compete(struct wf_loader *loader, const struct wf_yaml *node) {
  if (!node) return false;
  jv value = wf_load_json(loader, node);
  if (jv_get_kind(value) != JV_KIND_TRUE && jv_get_kind(value) != JV_KIND_FALSE)
    wf_problem_at(&loader->problems, node, "`compete` is %s: expected true or false", wf_yaml_describe(node));
  return jv_get_kind(value) == JV_KIND_TRUE;
}

void wf_load_fork(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"branches", WF_KEY_REQUIRED}, {"compete", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, source->part, "`fork`", KEYS)) return;
  const struct wf_yaml *branches = wf_yaml_get(source->part, "branches");
  task->fork.compete = load_compete(loader, wf_yaml_get(source->part, "compete"));
  const char *reference = arena_printf(loader->definition->arena, "%s/fork/branches", task->reference);
  if (branches) task->fork.branches = wf_load_branches(loader, branches, reference);
}
