// SPDX-License-Identifier: Apache-2.0
// `run: workflow`: which workflow, and with what input. All of it may be expressions.
#include "engine/load.h"

static void check_text(struct wf_loader *loader, const struct wf_yaml *node, const char *key) {
  if (node && !wf_yaml_is_text(node))
    wf_problem_at(&loader->problems, node, "`%s` of a workflow to run: expected a text", key);
}

void wf_load_child(struct wf_loader *loader, const struct wf_yaml *node, struct wf_task_action *action) {
  static const struct wf_key KEYS[] = {{"namespace", 0}, {"name", WF_KEY_REQUIRED}, {"version", 0}, {"input", 0}, {NULL, 0}};
  static const char *const TEXTS[] = {"namespace", "name", "version"};
  if (!wf_load_keys(loader, node, "`workflow`", KEYS)) return;
  for (int i = 0; i < 3; i++) check_text(loader, wf_yaml_get(node, TEXTS[i]), TEXTS[i]);
  action->function = &wf_function_child;
  if (action->returns != WF_RETURN_NONE) action->returns = WF_RETURN_ALL_OF_IT; // it is no process
  action->arguments = wf_load_template(loader, node, WF_PLACE_TASK);
}
