// SPDX-License-Identifier: Apache-2.0
#include "engine/evolve.h"

#include <string.h>

#include "base/error.h"
#include "engine/evolve_check.h"
#include "engine/listening.h"
#include "engine/member.h"
#include "engine/row.h"
#include "engine/scope.h"
#include "engine/snapshot.h"

// The first event, with the recipient's own data over its data.
static jv events_with_own(jv events, jv own) {
  jv event = jv_array_length(jv_copy(events)) > 0 ? jv_array_get(jv_copy(events), 0) : jv_invalid();
  if (jv_get_kind(own) != JV_KIND_OBJECT || jv_get_kind(event) != JV_KIND_OBJECT) {
    jv_free(event);
    return jv_copy(events);
  }
  jv data = jv_object_get(jv_copy(event), jv_string("data"));
  if (jv_get_kind(data) != JV_KIND_OBJECT) {
    jv_free(data);
    data = jv_object();
  }
  event = jv_object_set(event, jv_string("data"), jv_object_merge(data, jv_copy(own)));
  return jv_array_set(jv_copy(events), 0, event);
}

jv wf_run_raw_input(const struct wf_run *run, jv recipient_data) {
  jv data = run->identity.trigger_data;
  if (jv_get_kind(data) == JV_KIND_ARRAY) return events_with_own(data, recipient_data);
  if (jv_get_kind(data) != JV_KIND_OBJECT) {
    if (jv_is_valid(recipient_data)) return jv_copy(recipient_data);
    return jv_is_valid(data) ? jv_copy(data) : jv_object();
  }
  return jv_is_valid(recipient_data) ? jv_object_merge(jv_copy(data), jv_copy(recipient_data)) : jv_copy(data);
}

static void fold_created(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  run->created_at = event->at;
  if (jv_get_kind(facts->recipient) == JV_KIND_OBJECT) {
    run->recipient.collection = wf_member_text(facts->recipient, "collection");
    run->recipient.id = wf_member_text(facts->recipient, "id");
  }
  wf_value_set(&run->input, wf_run_raw_input(run, facts->data));
  run->sandbox = facts->sandbox;
  run->skip_delays = facts->skip_delays;
  if (jv_is_valid(facts->results)) wf_value_set(&run->results, jv_copy(facts->results));
}

static void fold_started(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  run->status = WF_RUNNING;
  run->started_at = event->at;
  run->timeout_timer_no = facts->timeout_timer;
  run->timeout_at = facts->timeout_at;
  wf_value_set(&run->context, jv_object());
  const jv *input = jv_is_valid(facts->input) ? &facts->input : &run->input;
  wf_scopes_open(run->scopes, 0, NULL, WF_SCOPE_LIST, jv_copy(*input));
}

static void reason_set(struct wf_run *run, const char *code, const char *text) {
  wf_text_set(&run->reason_code, code);
  wf_text_set(&run->reason_text, text);
}

static void fold_suspended(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)facts;
  run->status = WF_SUSPENDED;
  reason_set(run, event->reason_code, event->summary);
}

static void fold_resumed(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event, (void)facts;
  run->status = run->started_at ? WF_RUNNING : WF_PENDING;
  reason_set(run, NULL, NULL);
}

static void run_end(struct wf_run *run, const struct wf_event *event, enum wf_status status) {
  run->status = status;
  run->ended_at = event->at;
  run->timeout_timer_no = run->yield_timer_no = 0;
  run->timeout_at = run->yield_at = run->next_retry_at = 0;
}

static void fold_cancelled(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)facts;
  run_end(run, event, WF_CANCELLED);
  reason_set(run, event->reason_code, event->summary);
  wf_scopes_close(run->scopes, 0);
}

// The scopes stay open: they are where a retry goes on.
static void fold_faulted(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  run_end(run, event, WF_FAULTED);
  if (jv_is_valid(facts->error)) {
    wf_value_set(&run->error, jv_copy(facts->error));
    wf_fault_set(&run->fault, event->reason_code, event->summary, event->detail_internal);
  }
  reason_set(run, event->reason_code, event->summary);
}

static void fold_completed(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  run_end(run, event, WF_COMPLETED);
  const struct wf_scope *root = wf_scopes_find(run->scopes, 0);
  wf_value_set(&run->output, jv_copy(jv_is_valid(facts->output) || !root ? facts->output : root->value));
  reason_set(run, NULL, NULL);
  wf_scopes_close(run->scopes, 0);
}

// Timeouts armed anew; step 0 is the workflow.
static void fold_guard(struct wf_run *run, jv guard) {
  struct wf_facts facts;
  const char *problem;
  if (wf_facts_read(guard, &facts, &problem) < 0) return; // wf_evolve_check() has seen that it can
  struct wf_step *step = wf_run_step(run, facts.step);
  if (step) {
    if (facts.attempt_timer) step->attempt_timer_no = facts.attempt_timer, step->attempt_due_at = facts.attempt_due_at;
    if (facts.timeout_timer) step->timeout_timer_no = facts.timeout_timer, step->timeout_at = facts.timeout_at;
  } else if (facts.timeout_timer) {
    run->timeout_timer_no = facts.timeout_timer;
    run->timeout_at = facts.timeout_at;
  }
  int32_t last = facts.attempt_timer > facts.timeout_timer ? facts.attempt_timer : facts.timeout_timer;
  if (last > run->last_timer_no) run->last_timer_no = last;
}

// Opens again every step around the position; the one that failed is entered anew, and with
// it what was cancelled beside it.
static void fold_retried(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  run->status = run->started_at ? WF_RUNNING : WF_PENDING;
  run->ended_at = 0;
  reason_set(run, NULL, NULL);
  for (size_t i = 0; i < run->scopes->count; i++) {
    struct wf_step *step = wf_run_step(run, run->scopes->items[i].step_no);
    if (!step) continue;
    step->status = WF_RUNNING;
    step->ended_at = 0;
    step->updated_at = event->at;
    wf_fault_clear(&step->fault);
    step->is_changed = true;
  }
  for (struct wf_scope *leaf = NULL; (leaf = wf_scopes_leaf(run->scopes, leaf));) {
    struct wf_step *failed = leaf->child_step_no ? wf_run_step(run, leaf->child_step_no) : NULL;
    if (failed) failed->revisitable = true;
    leaf->child_step_no = 0;
  }
  if (jv_get_kind(facts->guards) != JV_KIND_ARRAY) return;
  jv_array_foreach(facts->guards, i, guard) {
    fold_guard(run, guard);
    jv_free(guard);
  }
}

static void fold_yielded(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event;
  run->yield_timer_no = facts->timer;
  run->yield_at = facts->due_at;
  run->yield_step_no = facts->step;
  run->yield_branch = facts->index;
}

static void fold_nothing(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)run, (void)event, (void)facts;
}

static void fold_late(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  (void)event, (void)facts;
  run->late_count++;
}

typedef void fold(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts);

static fold *const folds[] = {
    [WF_RUN_CREATED] = fold_created,
    [WF_RUN_STARTED] = fold_started,
    [WF_RUN_SUSPENDED] = fold_suspended,
    [WF_RUN_RESUMED] = fold_resumed,
    [WF_RUN_RETRIED] = fold_retried,
    [WF_RUN_WOKEN] = fold_nothing,
    [WF_RUN_CANCELLED] = fold_cancelled,
    [WF_RUN_FAULTED] = fold_faulted,
    [WF_RUN_COMPLETED] = fold_completed,
    [WF_RUN_YIELDED] = fold_yielded,
    [WF_STEP_STARTED] = wf_evolve_step,
    [WF_STEP_WAITING] = wf_evolve_step,
    [WF_STEP_ITERATED] = wf_evolve_step,
    [WF_STEP_RETRY_SCHEDULED] = wf_evolve_step,
    [WF_STEP_RETRIED] = wf_evolve_step,
    [WF_STEP_CAUGHT] = wf_evolve_step,
    [WF_STEP_COMPLETED] = wf_evolve_step,
    [WF_STEP_SKIPPED] = wf_evolve_step,
    [WF_STEP_FAULTED] = wf_evolve_step,
    [WF_STEP_CANCELLED] = wf_evolve_step,
    [WF_ACTION_REQUESTED] = wf_evolve_action,
    [WF_ACTION_REHEARSED] = wf_evolve_action,
    [WF_ACTION_COMPLETED] = wf_evolve_action,
    [WF_ACTION_FAILED] = wf_evolve_action,
    [WF_ACTION_TIMED_OUT] = wf_evolve_action,
    [WF_ACTION_CANCELLED] = wf_evolve_action,
    [WF_ACTION_LATE] = fold_late,
    [WF_EVENT_EMITTED] = wf_evolve_step,
    [WF_STEP_LISTENING] = wf_evolve_listen,
    [WF_EVENT_MATCHED] = wf_evolve_listen,
    [WF_EVENT_REJECTED] = wf_evolve_listen,
    [WF_EVENT_TAKEN] = wf_evolve_listen,
    [WF_EVENT_HANDLED] = wf_evolve_listen,
};

static usec_t earlier(usec_t due_at, usec_t other) { return other && (!due_at || other < due_at) ? other : due_at; }

// Why an open step that is a leaf does not move, and until when; nothing while it can.
static enum wf_waiting_for step_reason(const struct wf_run *run, const struct wf_step *step, usec_t *ret_due_at) {
  if (step->timer_no) {
    *ret_due_at = step->next_retry_at ? step->next_retry_at : step->due_at;
    return step->next_retry_at ? WF_FOR_RETRY : WF_FOR_TIMER;
  }
  if (wf_listening_waits(step)) return WF_FOR_EVENT;
  const struct wf_action *action = step->action_no ? wf_run_action(run, step->action_no) : NULL;
  if (!action || action->status != WF_RUNNING) return WF_FOR_NOTHING;
  *ret_due_at = action->deadline_at;
  return action->deadline_at ? WF_FOR_ACTION : WF_FOR_CHILD;
}

// With several leaves the run waits for the one that comes first here.
static int rank(enum wf_waiting_for reason) {
  static const int ranks[] = {[WF_FOR_NOTHING] = 6, [WF_FOR_ACTION] = 1, [WF_FOR_TIMER] = 2, [WF_FOR_RETRY] = 3,
                              [WF_FOR_EVENT] = 4,   [WF_FOR_CHILD] = 5,  [WF_FOR_RESUME] = 0};
  return ranks[reason];
}

// The step at which a leaf goes on, or NULL: the workflow itself, or a branch that is over.
static const struct wf_step *leaf_step(const struct wf_run *run, const struct wf_scope *leaf) {
  if (leaf->child_step_no) return wf_run_step(run, leaf->child_step_no);
  return leaf->part == WF_SCOPE_BRANCH ? NULL : wf_run_step(run, leaf->step_no);
}

// Reason to wait, next wake-up and current step of what is open.
static void refresh_leaves(struct wf_run *run) {
  const struct wf_scopes *scopes = run->scopes;
  usec_t wake_at = earlier(run->timeout_at, run->yield_at);
  run->next_retry_at = 0;
  for (size_t i = 0; i < scopes->count; i++) {
    const struct wf_scope *scope = &scopes->items[i];
    const struct wf_step *owner = scope->step_no && !scope->branch ? wf_run_step(run, scope->step_no) : NULL;
    if (owner) wake_at = earlier(earlier(wake_at, owner->timeout_at), owner->attempt_due_at);
    if (!wf_scope_is_leaf(scopes, scope)) continue;
    const struct wf_step *step = leaf_step(run, scope);
    if (!step) continue;
    usec_t due_at = 0;
    enum wf_waiting_for reason = step_reason(run, step, &due_at);
    if (rank(reason) < rank(run->waiting_for)) run->waiting_for = reason;
    if (reason == WF_FOR_RETRY) run->next_retry_at = earlier(run->next_retry_at, due_at);
    if (!run->current_step_no) run->current_step_no = step->step_no;
    wake_at = earlier(earlier(wake_at, due_at), step->timeout_at);
  }
  if (run->yield_timer_no) run->waiting_for = WF_FOR_TIMER;
  run->next_wake_at = wake_at;
}

// What follows from the position: status, reason to wait, next wake-up, current step.
static void refresh(struct wf_run *run) {
  run->waiting_for = WF_FOR_NOTHING;
  run->next_wake_at = 0;
  run->current_step_no = 0;
  if (wf_status_ended(run->status)) return;
  refresh_leaves(run);
  if (run->status == WF_SUSPENDED) {
    run->waiting_for = WF_FOR_RESUME;
    run->next_wake_at = 0;
    return;
  }
  if (run->status == WF_PENDING) return;
  bool waits = run->waiting_for == WF_FOR_TIMER || run->waiting_for == WF_FOR_RETRY || run->waiting_for == WF_FOR_EVENT;
  run->status = waits ? WF_WAITING : WF_RUNNING;
}

// Any move of the run ends a yield; what comes from outside does not.
static bool event_moves_run(enum wf_event_type type) {
  switch (type) {
  case WF_RUN_SUSPENDED:
  case WF_RUN_RESUMED:
  case WF_RUN_WOKEN:
  case WF_RUN_YIELDED:
  case WF_EVENT_REJECTED:
  case WF_ACTION_LATE: return false;
  default: return true;
  }
}

enum { VALUE_BYTES_MAX = 16 << 20 };

int wf_evolve_facts(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                    const char **ret_problem) {
  const char *problem = wf_evolve_check(run, event, facts);
  if (problem) {
    *ret_problem = problem;
    return -WF_EINVAL;
  }
  run->last_seq = event->seq;
  run->updated_at = event->at;
  if (event->level == WF_LEVEL_ERROR) run->error_count++;
  if (run->yield_timer_no && event_moves_run(event->type)) run->yield_timer_no = 0, run->yield_at = 0;
  int32_t timers[] = {facts->timer, facts->timeout_timer, facts->attempt_timer};
  for (int i = 0; i < 3; i++)
    if (timers[i] > run->last_timer_no) run->last_timer_no = timers[i];
  if (event->seq > WF_SNAPSHOT_EVERY) run->bytes_since += wf_facts_bytes(facts, VALUE_BYTES_MAX);
  folds[event->type](run, event, facts);
  refresh(run);
  return 0;
}

int wf_evolve(struct wf_run *run, const struct wf_event *event, const char **ret_problem) {
  struct wf_facts facts;
  int result = wf_facts_read(event->data, &facts, ret_problem);
  return result < 0 ? result : wf_evolve_facts(run, event, &facts, ret_problem);
}
