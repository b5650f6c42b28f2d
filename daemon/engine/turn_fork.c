// SPDX-License-Identifier: Apache-2.0
// Forks: all branches at once, or the first that completes.
#include "base/error.h"
#include "engine/turn.h"

bool wf_turn_prepare_fork(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view,
                          struct wf_facts *facts, struct wf_raised *ret_raised) {
  (void)turn, (void)view, (void)ret_raised;
  facts->branches = task->fork.branches.count;
  return true;
}

// Ends with what one branch made, whatever the others do.
static void end_by(struct wf_turn *turn, int32_t step_no, const struct wf_task *task, const struct wf_scope *winner,
                   bool ends) {
  static const struct wf_flow end = {.kind = WF_FLOW_END};
  const char *name = task->fork.branches.tasks[winner->branch - 1].name;
  jv output = jv_copy(winner->value);
  wf_turn_cancel_inside(turn, step_no, ends ? "sibling_ended" : "lost_race");
  wf_turn_complete(turn, step_no, output, ends ? &end : NULL, name);
  jv_free(output);
}

bool wf_turn_fork_over(struct wf_turn *turn, const struct wf_scope *fork) {
  const struct wf_scopes *scopes = turn->run->scopes;
  const struct wf_step *step = wf_turn_step(turn, fork->step_no);
  const struct wf_task *task = wf_turn_task_of(turn, step);
  bool all_over = fork->open_count == 0;
  if (!all_over && !fork->index) return false;
  const struct wf_scope *winner = wf_scopes_winner(scopes, fork);
  bool ends = winner && winner->index == WF_INDEX_END;
  if (winner && (ends || task->fork.compete)) {
    end_by(turn, fork->step_no, task, winner, ends);
    return true;
  }
  if (!all_over) return false;
  // A race whose branches were all skipped passes on what went in.
  jv output = task->fork.compete ? jv_copy(step->input) : wf_scopes_branch_values(scopes, fork);
  wf_turn_complete(turn, fork->step_no, output, NULL, NULL);
  jv_free(output);
  return true;
}

void wf_turn_cancel_beside(struct wf_turn *turn, int32_t step_no, int32_t until_no, const char *reason_code) {
  const struct wf_scopes *scopes = turn->run->scopes;
  while (step_no && step_no != until_no) {
    const struct wf_step *step = wf_turn_step(turn, step_no);
    step_no = step->parent_step_no;
    if (!step->branch) continue;
    const struct wf_scope *fork = wf_scopes_find(scopes, step_no);
    WF_ASSERT(fork);
    // From the end, as everything else that ends.
    for (const struct wf_scope *scope = wf_scopes_behind(scopes, fork); scope-- > fork;)
      if (scope->step_no == step_no && scope->branch && scope->branch != step->branch)
        wf_turn_cancel_below(turn, scope, reason_code);
  }
}
