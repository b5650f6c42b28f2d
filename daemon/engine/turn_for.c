// SPDX-License-Identifier: Apache-2.0
// Loops: what one goes through, and whether there is another turn.
#include "base/error.h"
#include "engine/measure.h"
#include "engine/turn.h"

// An array; null is an empty one. Everything else is an error of the expression.
bool wf_turn_prepare_for(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view,
                         struct wf_facts *facts, struct wf_raised *ret_raised) {
  jv items;
  if (!wf_turn_evaluate(turn, task->loop.in, view->input, view, &items, ret_raised)) return false;
  jv_kind kind = jv_get_kind(items);
  if (kind == JV_KIND_NULL) {
    facts->items = jv_array();
  } else if (kind == JV_KIND_ARRAY && !wf_value_equal(items, view->input)) {
    facts->items = items;
    return true;
  }
  jv_free(items);
  if (kind == JV_KIND_ARRAY || kind == JV_KIND_NULL) return true;
  const char *detail = arena_printf(turn->arena, "`in` gave %s: expected an array", jv_kind_name(kind));
  *ret_raised = wf_raised_make(WF_ERROR_EXPRESSION, "A loop has nothing to go through", detail, task->instance);
  return false;
}

// Whether the loop goes on with its next turn; `while` sees that turn's variables.
static bool goes_on(struct wf_turn *turn, const struct wf_task *task, const struct wf_step *step,
                    const struct wf_scope *scope, bool *ret_goes_on, struct wf_raised *ret_raised) {
  *ret_goes_on = scope->index != WF_INDEX_END && jv_get_kind(scope->items) == JV_KIND_ARRAY &&
                 scope->turn < jv_array_length(jv_copy(scope->items));
  if (!*ret_goes_on || !task->loop.holds) return true;
  struct wf_view view = wf_turn_view(turn, step);
  view.loop = task;
  view.loop_scope = scope;
  view.loop_turn = scope->turn;
  return wf_turn_holds(turn, task->loop.holds, scope->value, &view, ret_goes_on, ret_raised);
}

void wf_turn_loop(struct wf_turn *turn, const struct wf_scope *scope) {
  static const struct wf_flow end = {.kind = WF_FLOW_END};
  const struct wf_step *step = wf_turn_step(turn, scope->step_no);
  const struct wf_task *task = wf_turn_task_of(turn, step);
  struct wf_raised raised;
  bool again;
  if (!goes_on(turn, task, step, scope, &again, &raised)) {
    wf_turn_raise(turn, step->step_no, raised);
    return;
  }
  if (again) {
    struct wf_facts facts = {.index = scope->turn};
    struct wf_event event = {.type = WF_STEP_ITERATED, .step_no = step->step_no, .attempt = step->attempt};
    event.reference = task->reference;
    wf_turn_emit(turn, event, &facts);
    return;
  }
  jv output = jv_copy(scope->value);
  wf_turn_complete(turn, step->step_no, output, scope->index == WF_INDEX_END ? &end : NULL, NULL);
  jv_free(output);
}
