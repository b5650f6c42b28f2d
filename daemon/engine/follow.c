// SPDX-License-Identifier: Apache-2.0
#include "engine/follow.h"

#include <string.h>

#include "engine/kind.h"
#include "engine/scope.h"

static const char *check_step(const struct wf_step *step, const struct wf_definition *definition) {
  const struct wf_task *task = wf_definition_task(definition, step->reference);
  if (!task) return "a step's reference is no task of the definition";
  return wf_kind_name(task->kind) == step->kind ? NULL : "a step's kind is not its task's";
}

// The open task must be the one at the list's index, which alone names its `then`.
static const char *check_scope(const struct wf_run *run, const struct wf_scope *scope,
                               const struct wf_definition *definition) {
  const struct wf_task_list *list = wf_definition_tasks(definition);
  if (scope->step_no) {
    const struct wf_step *owner = wf_run_step(run, scope->step_no);
    if (!owner) return "a list is open whose step is gone";
    list = wf_task_list_of(wf_definition_task(definition, owner->reference), scope->part);
    if (!list) return "a list is open that its task does not have";
    bool is_fork = scope->part == WF_SCOPE_FORK;
    if (scope->branch > list->count || (is_fork && !wf_scopes_find_branch(run->scopes, scope->step_no, list->count)))
      return "a fork has more branches, or fewer, than its task";
  }
  if (!scope->child_step_no) return NULL;
  const struct wf_step *child = wf_run_step(run, scope->child_step_no);
  if (!child) return "an open step is gone";
  if (scope->index < 0 || scope->index >= list->count) return "an open step is beyond its list";
  if (strcmp(list->tasks[scope->index].reference, child->reference) != 0) return "an open step is not where its list is";
  if (wf_status_ended(run->status)) return NULL;
  const struct wf_action *action = child->action_no ? wf_run_action(run, child->action_no) : NULL;
  bool is_over = wf_status_ended(child->status) || (action && action->status == WF_CANCELLED);
  return is_over ? "a step is over, and nothing says what follows" : NULL;
}

int wf_follow_check(struct wf_run *run, const struct wf_definition *definition, const char **ret_problem) {
  const char *problem = NULL;
  if (run->is_followed) return 0;
  for (size_t i = 0; i < run->step_count && !problem; i++) problem = check_step(run->steps[i], definition);
  for (size_t i = 0; i < run->scopes->count && !problem; i++)
    problem = check_scope(run, &run->scopes->items[i], definition);
  if (problem) {
    *ret_problem = problem;
    return -WF_EINVAL;
  }
  run->is_followed = true;
  return 0;
}
