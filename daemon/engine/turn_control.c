// SPDX-License-Identifier: Apache-2.0
// Commands of operators and of owners of cancellation keys. One that does not apply to
// the run as it is makes no event.
#include "base/error.h"
#include "engine/turn.h"

// What a command's event has in common: why in its summary, who in its facts.
static struct wf_event control_event(struct wf_turn *turn, enum wf_event_type type, const char *reason_code) {
  const char *reason = turn->input->control.reason;
  return (struct wf_event){
      .type = type, .reason_code = reason_code, .summary = reason ? arena_strdup(turn->arena, reason) : NULL};
}

static struct wf_facts control_facts(const struct wf_turn *turn) {
  return (struct wf_facts){.actor = turn->input->control.actor};
}

static void cancel(struct wf_turn *turn) {
  struct wf_facts facts = control_facts(turn);
  wf_turn_cancel_inside(turn, -1, "run_cancelled");
  wf_turn_emit(turn, control_event(turn, WF_RUN_CANCELLED, "cancelled"), &facts);
}

static void suspend(struct wf_turn *turn) {
  struct wf_facts facts = control_facts(turn);
  const char *engine_error = turn->input->control.engine_error;
  if (turn->run->status == WF_SUSPENDED) return;
  struct wf_event event = control_event(turn, WF_RUN_SUSPENDED, engine_error ? "engine_error" : "suspended");
  if (engine_error) {
    event.level = WF_LEVEL_ERROR;
    event.summary = "The workflow engine cannot go on with this run";
    event.detail_internal = arena_strdup(turn->arena, engine_error);
  }
  wf_turn_emit(turn, event, &facts);
}

static void resume(struct wf_turn *turn) {
  struct wf_facts facts = control_facts(turn);
  if (turn->run->status != WF_SUSPENDED) return;
  wf_turn_emit(turn, control_event(turn, WF_RUN_RESUMED, NULL), &facts);
  wf_turn_request_again(turn);
  wf_turn_fire(turn, 0);
}

// The timeout of an open step, armed anew for {step, timeout_timer, …}.
static void guard_again(struct wf_turn *turn, const struct wf_step *step, jv *guards) {
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_facts facts = {.step = step->step_no};
  struct wf_raised raised = {.code = NULL};
  usec_t duration;
  if (view.task->timeout.set && wf_turn_duration(turn, &view.task->timeout, step->input, &view, &duration, &raised)) {
    facts.timeout_at = wf_turn_after(turn, duration);
    facts.timeout_timer = wf_turn_arm(turn, facts.timeout_at, 0);
  }
  const struct wf_scope *own = wf_scopes_find(turn->run->scopes, step->step_no);
  if (!raised.code && own->part == WF_SCOPE_TRY)
    wf_turn_attempt_guard(turn, view.task, step->input, &view, &facts, &raised);
  if (raised.code) jv_free(raised.error); // it was good when the step started
  if (facts.timeout_timer || facts.attempt_timer) *guards = jv_array_append(*guards, wf_facts_write(&facts));
}

static void run_guard_again(struct wf_turn *turn, jv *guards) {
  struct wf_duration timeout = wf_definition_timeout(turn->definition);
  const struct wf_scope *root = wf_scopes_find(turn->run->scopes, 0);
  struct wf_view view = {.task = NULL};
  struct wf_raised raised;
  usec_t duration;
  if (!timeout.set || !root) return;
  if (!wf_turn_duration(turn, &timeout, root->value, &view, &duration, &raised)) {
    jv_free(raised.error);
    return;
  }
  struct wf_facts facts = {.timeout_at = wf_turn_after(turn, duration)};
  facts.timeout_timer = wf_turn_arm(turn, facts.timeout_at, 0);
  *guards = jv_array_append(*guards, wf_facts_write(&facts));
}

// From the failed step. Timeouts around it start anew; waits that were over stay over.
static void retry(struct wf_turn *turn) {
  const struct wf_run *run = turn->run;
  struct wf_facts facts = control_facts(turn);
  if (run->status != WF_FAULTED) return;
  jv guards = jv_array();
  run_guard_again(turn, &guards);
  for (size_t i = 0; i < run->scopes->count; i++) {
    const struct wf_scope *scope = &run->scopes->items[i];
    int32_t step_no = scope->branch ? 0 : scope->step_no; // its fork has been here
    if (step_no) guard_again(turn, wf_turn_step(turn, step_no), &guards);
  }
  if (jv_array_length(jv_copy(guards)) > 0) facts.guards = guards;
  wf_turn_emit(turn, control_event(turn, WF_RUN_RETRIED, NULL), &facts);
  jv_free(guards);
  for (size_t i = 0; i < run->scopes->count; i++)
    if (run->scopes->items[i].part == WF_SCOPE_LISTEN) wf_turn_listen_again(turn, wf_turn_step(turn, run->scopes->items[i].step_no));
}

// The open step whose wait or backoff is over first, or NULL.
static const struct wf_step *next_to_wake(const struct wf_run *run) {
  const struct wf_step *found = NULL;
  usec_t found_at = 0;
  for (size_t i = 0; i < run->step_count; i++) {
    const struct wf_step *step = run->steps[i];
    usec_t due_at = step->next_retry_at ? step->next_retry_at : step->due_at;
    if (!step->timer_no || (found && found_at <= due_at)) continue;
    found = step;
    found_at = due_at;
  }
  return found;
}

// A wait or a backoff is over at once; with several branches, the one that is due first.
static void wake(struct wf_turn *turn) {
  const struct wf_run *run = turn->run;
  struct wf_facts facts = control_facts(turn);
  const struct wf_step *step = next_to_wake(run);
  if (run->status == WF_SUSPENDED || !step) return;
  int32_t timer_no = step->timer_no;
  struct wf_event event = control_event(turn, WF_RUN_WOKEN, NULL);
  event.step_no = step->step_no;
  event.attempt = step->attempt;
  event.reference = wf_turn_task_of(turn, step)->reference;
  wf_turn_emit(turn, event, &facts);
  wf_turn_fire(turn, timer_no);
}

void wf_turn_control(struct wf_turn *turn) {
  enum wf_control kind = turn->input->control.kind;
  if (wf_status_ended(turn->run->status) && kind != WF_CONTROL_RETRY) return;
  switch (kind) {
  case WF_CONTROL_CANCEL: cancel(turn); break;
  case WF_CONTROL_SUSPEND: suspend(turn); break;
  case WF_CONTROL_RESUME: resume(turn); break;
  case WF_CONTROL_RETRY: retry(turn); break;
  case WF_CONTROL_WAKE: wake(turn); break;
  }
}
