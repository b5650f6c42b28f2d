// SPDX-License-Identifier: Apache-2.0
// What is different about the lists around extended tasks (load_extension.c).
#include "engine/turn.h"

const struct wf_step *wf_turn_extended(const struct wf_turn *turn, const struct wf_view *view) {
  const struct wf_scope *scope = view->task->extended ? view->scope : NULL;
  for (; scope && scope->step_no; scope = wf_scopes_parent(turn->run->scopes, scope)) {
    const struct wf_step *step = wf_turn_step(turn, scope->step_no);
    const struct wf_task *task = wf_turn_task_of(turn, step);
    if (task->role == WF_ROLE_EXTENDED && task->extended == view->task->extended) return step;
  }
  return NULL;
}

jv wf_turn_extended_output(const struct wf_turn *turn, const struct wf_view *view) {
  const struct wf_step *around = wf_turn_extended(turn, view);
  const struct wf_scope *scope = around ? wf_scopes_find(turn->run->scopes, around->step_no) : NULL;
  const struct wf_task *part = scope ? wf_turn_task(turn, scope) : NULL;
  return part && part->role == WF_ROLE_AFTER ? scope->value : jv_invalid();
}

jv wf_turn_condition_dot(const struct wf_turn *turn, const struct wf_view *view) {
  bool is_after = view->task->role == WF_ROLE_AFTER;
  const struct wf_step *around = is_after ? wf_turn_extended(turn, view) : NULL;
  return around ? around->input : view->raw_input;
}

bool wf_turn_finish_extension(struct wf_turn *turn, const struct wf_scope *scope) {
  static const struct wf_flow exit = {.kind = WF_FLOW_EXIT};
  const struct wf_step *step = wf_turn_step(turn, scope->step_no);
  enum wf_role role = wf_turn_task_of(turn, step)->role;
  if (scope->index == WF_INDEX_END || (role != WF_ROLE_BEFORE && role != WF_ROLE_AFTER)) return false;
  bool exits = scope->index == WF_INDEX_EXIT;
  jv output = jv_copy(exits ? scope->value : step->input);
  if (exits)
    wf_turn_complete(turn, scope->step_no, output, &exit, NULL);
  else
    wf_turn_complete_aside(turn, scope->step_no);
  jv_free(output);
  return true;
}

// Completes an extended task that says where the list around it goes, and the lists around.
static void lead_out(struct wf_turn *turn, int32_t step_no, jv raw_output, const struct wf_flow *then,
                     const char *branch) {
  static const struct wf_flow exit = {.kind = WF_FLOW_EXIT};
  int32_t around_no = wf_turn_step(turn, step_no)->parent_step_no;
  wf_turn_complete(turn, step_no, raw_output, &exit, branch);
  const struct wf_scope *around = wf_scopes_find(turn->run->scopes, around_no);
  if (!around || around->index != WF_INDEX_EXIT) return; // it was not completed
  jv output = jv_copy(around->value);
  if (wf_turn_task_of(turn, wf_turn_step(turn, around_no))->is_inner)
    lead_out(turn, around_no, output, then, NULL);
  else
    wf_turn_complete(turn, around_no, output, then, NULL);
  jv_free(output);
}

void wf_turn_complete_towards(struct wf_turn *turn, int32_t step_no, jv raw_output, const struct wf_flow *then,
                              const char *branch) {
  if (then && wf_turn_task_of(turn, wf_turn_step(turn, step_no))->is_inner)
    lead_out(turn, step_no, raw_output, then, branch);
  else
    wf_turn_complete(turn, step_no, raw_output, then, branch);
}
