// SPDX-License-Identifier: Apache-2.0
// The fold of events about actions.
#include <string.h>

#include "base/error.h"
#include "engine/evolve.h"
#include "engine/row.h"

// What an attempt is before anybody was asked for it.
static void attempt_begin(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                          struct wf_action *action) {
  struct wf_step *step = wf_run_step(run, event->step_no);
  WF_ASSERT(step);
  step->action_no = action->action_no;
  action->step_no = step->step_no;
  action->max_attempts = step->max_attempts;
  action->attempt = event->attempt;
  if (facts->function) wf_text_set(&action->function, facts->function);
  if (jv_is_valid(facts->arguments)) wf_value_set(&action->input, jv_copy(facts->arguments));
  wf_value_set(&action->output, jv_invalid());
  wf_value_set(&action->error, jv_invalid());
  wf_text_set(&action->outcome, NULL);
  wf_text_set(&action->external_reference, NULL);
  wf_text_set(&action->summary, NULL);
  wf_fault_clear(&action->fault);
  action->final = false;
  action->retry_after = 0;
  action->ended_at = action->next_retry_at = 0;
}

static void fold_requested(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                           struct wf_action *action) {
  attempt_begin(run, event, facts, action);
  bool is_awaited = !facts->outcome || strcmp(facts->outcome, WF_NOT_AWAITED) != 0;
  action->status = is_awaited ? WF_RUNNING : WF_COMPLETED;
  wf_text_set(&action->outcome, facts->outcome);
  wf_text_set(&action->external_reference, facts->external_reference);
  action->timer_no = facts->timer;
  action->deadline_at = facts->deadline_at;
  action->requested_at = event->at;
}

static void answered(const struct wf_event *event, const struct wf_facts *facts, struct wf_action *action) {
  wf_text_set(&action->outcome, facts->outcome);
  wf_text_set(&action->external_reference, facts->external_reference);
  wf_text_set(&action->summary, event->summary);
}

static void fold_completed(const struct wf_event *event, const struct wf_facts *facts, struct wf_action *action) {
  answered(event, facts, action);
  action->status = WF_COMPLETED;
  wf_value_set(&action->output, jv_is_valid(facts->output) ? jv_copy(facts->output) : jv_null());
}

// Answered without being asked: requested_at and deadline_at stay empty.
static void fold_rehearsed(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                           struct wf_action *action) {
  attempt_begin(run, event, facts, action);
  fold_completed(event, facts, action);
}

static void fold_failed(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                        struct wf_action *action) {
  answered(event, facts, action);
  action->status = WF_FAULTED;
  action->final = facts->final;
  action->retry_after = facts->retry_after;
  wf_value_set(&action->error, jv_copy(facts->error));
  wf_value_set(&run->error, jv_copy(facts->error));
  wf_fault_set(&run->fault, event->reason_code, event->summary, event->detail_internal);
  wf_fault_copy(&action->fault, &run->fault);
}

void wf_evolve_action(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  struct wf_action *action = wf_run_action(run, event->action_no);
  bool begins = event->type == WF_ACTION_REQUESTED || event->type == WF_ACTION_REHEARSED;
  if (!action && begins) action = wf_action_add(run, event->action_no);
  WF_ASSERT(action);
  switch (event->type) {
  case WF_ACTION_REQUESTED: fold_requested(run, event, facts, action); break;
  case WF_ACTION_REHEARSED: fold_rehearsed(run, event, facts, action); break;
  case WF_ACTION_COMPLETED: fold_completed(event, facts, action); break;
  case WF_ACTION_FAILED:
  case WF_ACTION_TIMED_OUT: fold_failed(run, event, facts, action); break;
  case WF_ACTION_CANCELLED: action->status = WF_CANCELLED; break;
  default: break;
  }
  if (action->status != WF_RUNNING) action->ended_at = event->at;
  action->updated_at = event->at;
  action->is_changed = true;
  run->last_executed_at = event->at;
}
