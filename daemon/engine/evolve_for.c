// SPDX-License-Identifier: Apache-2.0
// The fold of loops. A turn that is over is done with: its steps are never visited again,
// so that a loop of many turns holds no more than one of them.
#include "base/error.h"
#include "engine/evolve.h"
#include "engine/kind.h"
#include "engine/row.h"
#include "engine/scope.h"

static bool is_loop(const struct wf_step *step) {
  const struct wf_kind *kind = wf_kind_find(step->kind);
  return kind && (kind->part == WF_SCOPE_FOR || kind->part == WF_SCOPE_LISTEN);
}

void wf_evolve_loop(struct wf_run *run, struct wf_scope *own, const struct wf_step *step,
                    const struct wf_facts *facts) {
  wf_value_set(&own->items, jv_copy(jv_is_valid(facts->items) ? facts->items : step->input));
  own->turn_after = run->last_step_no;
}

// What was entered since the turn began. Steps are numbered as they are entered.
void wf_evolve_turn_over(struct wf_run *run, struct wf_scope *own) {
  for (size_t i = run->step_count; i-- > 0 && run->steps[i]->step_no > own->turn_after;) {
    struct wf_step *step = run->steps[i];
    if (!wf_step_is_inside(run, step, own->step_no)) continue;
    step->is_past = true;
    step->revisitable = false;
  }
  own->turn_after = run->last_step_no;
}

void wf_evolve_iterated(struct wf_run *run, const struct wf_step *step) {
  struct wf_scope *own = wf_scopes_find(run->scopes, step->step_no);
  WF_ASSERT(own && own->part == WF_SCOPE_FOR);
  wf_evolve_turn_over(run, own);
  own->turn++;
  own->index = 0;
}

void wf_evolve_loop_over(struct wf_run *run, const struct wf_step *step) {
  struct wf_scope *own = wf_scopes_find(run->scopes, step->step_no);
  if (own && own->part == WF_SCOPE_FOR) wf_evolve_turn_over(run, own);
}

bool wf_evolve_in_loop(const struct wf_run *run, const struct wf_step *step, int32_t around_no) {
  while (step && step->parent_step_no && step->parent_step_no != around_no) {
    step = wf_run_step(run, step->parent_step_no);
    if (step && is_loop(step)) return true;
  }
  return false;
}
