// SPDX-License-Identifier: Apache-2.0
// The fold of events about steps.
#include <string.h>

#include "base/error.h"
#include "engine/evolve.h"
#include "engine/kind.h"
#include "engine/listening.h"
#include "engine/row.h"
#include "engine/scope.h"

static bool kind_is(const struct wf_step *step, const char *kind) {
  return step->kind && strcmp(step->kind, kind) == 0;
}

// The scope in which the step is open; a bug when it is not.
static struct wf_scope *scope_around(const struct wf_run *run, const struct wf_step *step) {
  struct wf_scope *scope = wf_scopes_find_branch(run->scopes, step->parent_step_no, step->branch);
  WF_ASSERT(scope);
  return scope;
}

// The branch has ended: its fork has one less to wait for. One that was skipped is in no race.
static void branch_over(struct wf_run *run, struct wf_scope *branch, bool skipped) {
  if (branch->index != WF_INDEX_END) branch->index = WF_INDEX_EXIT;
  struct wf_scope *fork = wf_scopes_parent(run->scopes, branch);
  fork->open_count--;
  if (!skipped && !fork->index) fork->index = branch->branch;
}

static void timers_clear(struct wf_step *step) {
  step->timer_no = step->timeout_timer_no = step->attempt_timer_no = 0;
  step->next_retry_at = step->timeout_at = step->attempt_due_at = 0;
  wf_value_set(&step->listening, jv_invalid()); // nor does it listen on
}

// A run that is retried while foreach is at an event goes on with it, and listens again.
static void step_end(const struct wf_run *run, struct wf_step *step, enum wf_status status, usec_t at) {
  const struct wf_scope *scope = status == WF_COMPLETED ? NULL : wf_scopes_find(run->scopes, step->step_no);
  jv listening = scope && scope->part == WF_SCOPE_LISTEN ? jv_copy(step->listening) : jv_invalid();
  step->status = status;
  step->ended_at = at;
  step->revisitable = false;
  timers_clear(step);
  wf_value_set(&step->listening, listening);
}

// A try is over: a step inside that still waited for a retry keeps its last failure.
// When the run itself may yet be retried, the steps inside stay revisitable.
static void settle_inside(struct wf_run *run, const struct wf_event *event, const struct wf_step *around,
                          enum wf_status status, bool may_revisit) {
  if (!kind_is(around, "try")) return;
  for (size_t i = 0; i < run->step_count; i++) {
    struct wf_step *step = run->steps[i];
    bool is_open = !wf_status_ended(step->status);
    if ((!is_open && !step->revisitable) || !wf_step_is_inside(run, step, around->step_no)) continue;
    bool revisitable = step->revisitable && may_revisit;
    if (is_open) {
      step_end(run, step, status, event->at);
      step->updated_at = event->at;
      step->is_changed = true;
    }
    step->revisitable = revisitable;
  }
}

static struct wf_step *step_create(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  struct wf_step *step = wf_step_add(run, event->step_no);
  step->parent_step_no = facts->parent;
  const struct wf_scope *around = wf_scopes_find(run->scopes, facts->parent);
  if (around && around->part == WF_SCOPE_FORK) step->branch = facts->index + 1;
  step->visit = facts->visit ? facts->visit : 1;
  wf_text_set(&step->reference, event->reference);
  step->name = wf_reference_name(event->reference);
  step->kind = wf_kind_static(facts->kind);
  wf_text_set(&step->title, facts->title);
  wf_visit_add(run, event->reference);
  return step;
}

// The row that entering a task writes: a new one, or the same visit's again.
static struct wf_step *step_enter(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                                  struct wf_step *step) {
  if (!step) step = step_create(run, event, facts);
  step->attempt = event->attempt;
  step->retry_count = event->attempt - 1;
  step->revisitable = false;
  step->ended_at = 0;
  step->due_at = 0;
  wf_text_set(&step->skip_code, NULL);
  wf_text_set(&step->outcome, NULL);
  wf_text_set(&step->external_reference, NULL);
  wf_fault_clear(&step->fault);
  wf_value_set(&step->output, jv_invalid());
  wf_value_set(&step->listening, jv_invalid());
  run->entry_count++;
  return step;
}

static void fold_started(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  struct wf_step *step = step_enter(run, event, facts, wf_run_step(run, event->step_no));
  struct wf_scope *around = scope_around(run, step);
  wf_value_set(&step->input, jv_copy(jv_is_valid(facts->input) ? facts->input : around->value));
  step->status = WF_RUNNING;
  step->max_attempts = facts->max_attempts;
  step->tries = 1;
  if (!step->started_at) step->started_at = event->at;
  step->scheduled_at = event->at;
  step->entered_at = event->at;
  step->next_retry_at = 0;
  step->timeout_timer_no = facts->timeout_timer;
  step->timeout_at = facts->timeout_at;
  step->attempt_timer_no = facts->attempt_timer;
  step->attempt_due_at = facts->attempt_due_at;
  step->updated_at = event->at;
  around->child_step_no = step->step_no;
  const struct wf_kind *kind = wf_kind_find(step->kind);
  if (!kind || !kind->opens_scope || facts->unprepared) return; // a retry of the run enters it anew
  struct wf_scope *own = wf_scopes_open(run->scopes, step->step_no, around, kind->part, jv_copy(step->input));
  if (kind->part == WF_SCOPE_FOR) wf_evolve_loop(run, own, step, facts);
  if (kind->part == WF_SCOPE_FORK) wf_scopes_fork(run->scopes, own, facts->branches);
}

static void fold_skipped(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  struct wf_step *step = step_enter(run, event, facts, wf_run_step(run, event->step_no));
  struct wf_scope *around = scope_around(run, step);
  wf_value_set(&step->input, jv_copy(around->value));
  step->scheduled_at = event->at;
  wf_text_set(&step->skip_code, event->reason_code);
  wf_text_set(&run->skip_code, event->reason_code);
  step_end(run, step, WF_SKIPPED, event->at);
  around->index++;
  if (around->part == WF_SCOPE_BRANCH) branch_over(run, around, true);
}

static void fold_waiting(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                         struct wf_step *step) {
  (void)run, (void)event;
  step->status = WF_WAITING;
  step->timer_no = facts->timer;
  step->due_at = facts->due_at;
}

// What the fold knows without being told: a call gave what its action gave, a list
// what its last task gave, a fork what its branches gave, an emit its event, a listen what
// it heard; everything else passes its input on. Owned.
static jv raw_output(const struct wf_run *run, const struct wf_step *step, const struct wf_facts *facts) {
  if (facts->aside) return jv_copy(step->input);
  const struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
  if (action) return jv_copy(wf_action_is_unawaited(action) ? step->input : action->output);
  if (jv_is_valid(step->listening)) return wf_listening_get(step, "items");
  const struct wf_scope *own = wf_scopes_find(run->scopes, step->step_no);
  if (!own) return jv_copy(jv_is_valid(step->output) ? step->output : step->input);
  if (own->part != WF_SCOPE_FORK) return jv_copy(own->value);
  const struct wf_scope *winner = facts->branch ? wf_scopes_winner(run->scopes, own) : NULL;
  return winner ? jv_copy(winner->value) : wf_scopes_branch_values(run->scopes, own);
}

static int32_t next_index(const struct wf_facts *facts, int32_t index) {
  if (!facts->then) return index + 1;
  if (strcmp(facts->then, "exit") == 0) return WF_INDEX_EXIT;
  if (strcmp(facts->then, "end") == 0) return WF_INDEX_END;
  return facts->next;
}

static void fold_completed(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                           struct wf_step *step) {
  const struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
  wf_value_set(&step->output, jv_is_valid(facts->output) ? jv_copy(facts->output) : raw_output(run, step, facts));
  if (action) {
    wf_text_set(&step->outcome, action->outcome);
    wf_text_set(&step->external_reference, action->external_reference);
  }
  if (facts->branch) wf_text_set(&step->outcome, facts->branch);
  if (facts->outcome) wf_text_set(&step->outcome, facts->outcome);
  if (facts->due_at) step->due_at = facts->due_at;
  if (jv_is_valid(facts->context)) wf_value_set(&run->context, jv_copy(facts->context));
  settle_inside(run, event, step, WF_FAULTED, false);
  if (kind_is(step, "try")) run->retry_count = run->max_retries = 0; // they are of the step at hand
  jv keys = wf_listening_get(step, "keys");
  step_end(run, step, WF_COMPLETED, event->at);
  if (jv_get_kind(keys) == JV_KIND_OBJECT) wf_value_set(&step->listening, jv_object_set(jv_object(), jv_string("keys"), jv_copy(keys)));
  jv_free(keys);
  run->last_executed_at = event->at;
  wf_evolve_loop_over(run, step);
  wf_scopes_close(run->scopes, step->step_no);
  struct wf_scope *around = scope_around(run, step);
  wf_value_set(&around->value, jv_copy(step->output));
  around->index = next_index(facts, around->index);
  around->child_step_no = 0;
  if (around->part == WF_SCOPE_BRANCH) branch_over(run, around, false);
}

// The first event that tells of an error carries it; those after it add nothing.
static void error_met(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  if (!jv_is_valid(facts->error)) return;
  wf_value_set(&run->error, jv_copy(facts->error));
  wf_fault_set(&run->fault, event->reason_code, event->summary, event->detail_internal);
}

static void fold_faulted(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                         struct wf_step *step) {
  error_met(run, event, facts);
  wf_fault_copy(&step->fault, &run->fault);
  const struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
  if (action) {
    wf_text_set(&step->outcome, action->outcome);
    wf_text_set(&step->external_reference, action->external_reference);
  }
  settle_inside(run, event, step, WF_FAULTED, true);
  step_end(run, step, WF_FAULTED, event->at);
  run->last_executed_at = event->at;
}

static void fold_cancelled(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                           struct wf_step *step) {
  (void)facts;
  settle_inside(run, event, step, WF_CANCELLED, true);
  step_end(run, step, WF_CANCELLED, event->at);
}

// Everything inside the try may be visited again, and what was open there waits with it;
// but not what is in a loop: that is entered anew, and its turns are new visits.
static void schedule_step(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts, int32_t try_no,
                          struct wf_step *step) {
  bool was_open = !wf_status_ended(step->status), failed = step->step_no == facts->failed_step;
  bool is_past = wf_evolve_in_loop(run, step, try_no);
  timers_clear(step);
  step->revisitable = !is_past;
  step->is_past = is_past;
  if (!was_open && !failed) return;
  if (failed) wf_fault_copy(&step->fault, &run->fault);
  step->updated_at = event->at;
  step->is_changed = true;
  if (is_past) {
    if (was_open) step_end(run, step, WF_FAULTED, event->at);
    return;
  }
  step->status = WF_WAITING;
  step->ended_at = 0;
  step->scheduled_at = step->next_retry_at = facts->due_at;
  struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
  if (action) action->next_retry_at = facts->due_at, action->updated_at = event->at, action->is_changed = true;
}

static void schedule_inside(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                            int32_t try_no) {
  for (size_t i = 0; i < run->step_count; i++) {
    struct wf_step *step = run->steps[i];
    if (!step->is_past && wf_step_is_inside(run, step, try_no)) schedule_step(run, event, facts, try_no, step);
  }
}

static void fold_retry_scheduled(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                                 struct wf_step *step) {
  error_met(run, event, facts);
  struct wf_scope *scope = wf_scopes_find(run->scopes, step->step_no);
  WF_ASSERT(scope && scope->part == WF_SCOPE_TRY);
  schedule_inside(run, event, facts, step->step_no);
  wf_scopes_close_inside(run->scopes, step->step_no);
  scope->index = 0;
  scope->child_step_no = 0;
  wf_value_set(&scope->value, jv_copy(step->input));
  step->status = WF_WAITING;
  step->timer_no = facts->timer;
  step->next_retry_at = facts->due_at;
  step->attempt_timer_no = 0;
  step->attempt_due_at = 0;
  run->retry_count = step->tries;
  run->max_retries = facts->max_attempts ? facts->max_attempts - 1 : 0;
}

static void fold_retried(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                         struct wf_step *step) {
  (void)run;
  step->status = WF_RUNNING;
  step->attempt = event->attempt;
  step->retry_count = event->attempt - 1;
  step->tries++;
  step->timer_no = 0;
  step->next_retry_at = 0;
  step->attempt_timer_no = facts->attempt_timer;
  step->attempt_due_at = facts->attempt_due_at;
}

static void fold_caught(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                        struct wf_step *step) {
  error_met(run, event, facts);
  struct wf_scope *scope = wf_scopes_find(run->scopes, step->step_no);
  WF_ASSERT(scope && scope->part == WF_SCOPE_TRY);
  settle_inside(run, event, step, WF_FAULTED, false);
  wf_scopes_close_inside(run->scopes, step->step_no);
  scope->part = WF_SCOPE_CATCH;
  scope->index = 0;
  scope->child_step_no = 0;
  wf_value_set(&scope->value, jv_copy(step->input));
  wf_value_set(&scope->error, jv_copy(run->error));
  step->attempt_timer_no = 0;
  step->attempt_due_at = 0;
}

void wf_evolve_step(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  if (event->type == WF_STEP_STARTED) {
    fold_started(run, event, facts);
  } else if (event->type == WF_STEP_SKIPPED) {
    fold_skipped(run, event, facts);
  }
  struct wf_step *step = wf_run_step(run, event->step_no);
  WF_ASSERT(step);
  switch (event->type) {
  case WF_STEP_WAITING: fold_waiting(run, event, facts, step); break;
  case WF_STEP_ITERATED: wf_evolve_iterated(run, step); break;
  case WF_STEP_COMPLETED: fold_completed(run, event, facts, step); break;
  case WF_STEP_FAULTED: fold_faulted(run, event, facts, step); break;
  case WF_STEP_CANCELLED: fold_cancelled(run, event, facts, step); break;
  case WF_STEP_RETRY_SCHEDULED: fold_retry_scheduled(run, event, facts, step); break;
  case WF_STEP_RETRIED: fold_retried(run, event, facts, step); break;
  case WF_STEP_CAUGHT: fold_caught(run, event, facts, step); break;
  case WF_EVENT_EMITTED: wf_value_set(&step->output, jv_copy(facts->event)); break;
  default: break;
  }
  step->updated_at = event->at;
  step->is_changed = true;
}
