// SPDX-License-Identifier: Apache-2.0
// The state of one run: the fold of its events. It also carries the run's rows of
// the read tables (run, step, action) with absolute values, so that what people
// query and what the engine knows cannot differ. Changed by wf_evolve() alone.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "engine/event.h"

// The DSL's phases (dsl-reference.md, "Status phases").
enum wf_status { WF_PENDING, WF_RUNNING, WF_WAITING, WF_SUSPENDED, WF_CANCELLED, WF_FAULTED, WF_COMPLETED, WF_SKIPPED };
const char *wf_status_name(enum wf_status status); // "pending", …; WF_SKIPPED is for steps alone
static inline bool wf_status_ended(enum wf_status status) { return status >= WF_CANCELLED; }

// Why an open run does not move now. Exactly one per open branch.
enum wf_waiting_for {
  WF_FOR_NOTHING,
  WF_FOR_TIMER,
  WF_FOR_RETRY,
  WF_FOR_ACTION,
  WF_FOR_EVENT,
  WF_FOR_CHILD,
  WF_FOR_RESUME
};
const char *
wf_waiting_for_name(enum wf_waiting_for reason); // NULL, "timer", "retry", "action", "event", "child", "resume"

// Where a run comes from: its trigger, and its place among the trigger's recipients.
// Set before the first event, never changed. The texts are the run's own.
struct wf_identity {
  struct uuid run_id, trigger_id;
  int32_t definition_id;
  char *workflow; // "namespace/name"
  char *workflow_version;
  char *tenant;                    // NULL = none
  char *subject;                   // NULL = none
  char *event_id;                  // the producer's id of the trigger event
  char *source_type, *source_name; // "api", …; source_name may be NULL
  char *correlation_id;            // NULL = none
  char *traceparent;               // the producer's trace, for workers; NULL = none
  struct uuid parent_run_id;       // the run that started this one, when there are runs above it:
  int32_t depth;                   // how many; 0 = none
  jv actor;                        // a text, {collection,id}, or null
  jv trigger_data;                 // stored once, in `workflow.trigger`; invalid = {}
};

// Whom the run is about; from its first event.
struct wf_recipient {
  char *collection; // NULL = a plain id
  char *id;         // NULL = a trigger without recipients
};

struct wf_fault {        // the last error met
  char *code;            // machine word, e.g. the error type's last part
  char *summary;         // for the customer
  char *detail_internal; // for the operator
};

// Row of `workflow.step`: one visit of a task.
struct wf_step {
  int32_t step_no;               // order of entry, from 1
  int32_t parent_step_no;        // 0 = the workflow itself
  int32_t branch;                // not a column: of the fork around it, from 1; 0 = that is none
  int32_t visit;                 // how often this task was entered, retries apart, from 1
  int32_t attempt, max_attempts; // tries of this visit, from 1; allowed, 0 = no limit or none
  int32_t retry_count;
  char *reference, *name, *title;
  const char *kind; // "call" "set" …; static
  enum wf_status status;
  char *outcome, *external_reference, *skip_code;
  struct wf_fault fault;
  jv input, output;                                                             // invalid = none
  usec_t scheduled_at, started_at, due_at, ended_at, next_retry_at, updated_at; // 0 = none
  bool is_new, is_changed;                                                      // what the next commit must write

  // Not columns: what the engine alone needs.
  int32_t action_no;        // the step's action, 0 = none yet
  int32_t tries;            // of a try: its own tries since it was entered last
  int32_t timer_no;         // the wait's (due_at) or the backoff's (next_retry_at)
  int32_t timeout_timer_no; // guards the task's timeout, at timeout_at
  int32_t attempt_timer_no; // guards one attempt of a try, at attempt_due_at
  usec_t entered_at;        // when it was entered last, retries included
  usec_t timeout_at, attempt_due_at;
  bool revisitable; // entering this task again is another attempt of this visit
  bool is_past;     // of a turn of a loop that is over: never revisited
  jv listening;     // of a listen that is open; see listening.h; else invalid
};

// Row of `workflow.action`: the outside effect of a step.
struct wf_action {
  int32_t action_no; // from 1; with the run id it is the action id
  int32_t step_no;
  int32_t attempt, max_attempts;
  int32_t timer_no; // guards the deadline of this attempt
  char *function, *outcome, *external_reference;
  char *summary;         // the worker's words for the customer
  enum wf_status status; // running until answered
  struct wf_fault fault;
  jv input, output;
  usec_t requested_at, deadline_at, ended_at, next_retry_at, updated_at;
  bool is_new, is_changed;

  jv error;           // not a column: the DSL error of a failed attempt, or invalid
  bool final;         // by the worker's word no retry policy applies
  usec_t retry_after; // least delay before a retry
};

struct wf_scopes; // position: a tree of scopes; see scope.h
struct wf_visit;

struct wf_run {
  struct wf_identity identity;
  struct wf_recipient recipient;
  int32_t last_seq;
  enum wf_status status;
  enum wf_waiting_for waiting_for;
  char *reason_code, *reason_text; // of the present status
  int32_t current_step_no;
  usec_t created_at, started_at, updated_at, last_executed_at, next_wake_at, ended_at, next_retry_at;
  int32_t retry_count, max_retries, error_count;
  struct wf_fault fault;
  char *skip_code;
  // How it runs; from its first event. No worker is asked, and actions give `results`, by the
  // name of their task; waits, and pauses before retries, take no time.
  bool sandbox, skip_delays;
  jv results;                // object, or invalid = none
  jv input, context, output; // workflow's; input before input.from; output invalid until the end
  struct wf_step **steps;    // open ones, those not yet written, those a retry may revisit
  size_t step_count;
  struct wf_action **actions;
  size_t action_count;
  struct wf_scopes *scopes;
  int32_t last_step_no, last_action_no, last_timer_no;
  bool is_new; // the run row is not in the table yet

  // Not columns: what the engine alone needs.
  jv error;                 // the last DSL error met, or invalid
  jv heard;                 // events that listeners took (heard.h), or invalid
  bool is_followed;         // wf_follow_check() was content
  int32_t entry_count;      // tasks entered, retries included
  int32_t late_count;       // late results recorded
  int32_t yield_timer_no;   // the run gave way to others and goes on at yield_at
  int32_t timeout_timer_no; // guards the workflow's timeout, at timeout_at
  int32_t yield_step_no, yield_branch; // the scope with which a decision begins, 0 0 = the first
  usec_t yield_at, timeout_at;
  struct wf_visit *visits; // how often each task was entered
  size_t visit_count;
  // Of the last snapshot written or read, 0 = none; of the events since, roughly, once
  // there are enough for one. How they were kept is no part of the state.
  size_t snapshot_bytes, bytes_since;
};

// An empty run, before its first event. Copies the texts, takes the jv references.
struct wf_run *wf_run_new(const struct wf_identity *identity);
void wf_run_free(struct wf_run *run); // takes NULL

// Folds one event into the run. Pure: no expression, definition or clock. Returns 0; or
// -WF_EINVAL when the event cannot follow on those before it (they were not written by this
// program, or changed since), *ret_problem then says why in static memory, and the run is
// as it was.
int wf_evolve(struct wf_run *run, const struct wf_event *event, const char **ret_problem) WF_MUST_CHECK;

// After a commit, or after folding stored events: forgets what is written (clears
// is_new and is_changed, drops the rows of ended steps that nothing can revisit).
void wf_run_written(struct wf_run *run);
// Whether it would keep this step's row, and with it that of its action.
bool wf_run_keeps_step(const struct wf_run *run, const struct wf_step *step);

// NULL when there is none in memory.
struct wf_step *wf_run_step(const struct wf_run *run, int32_t step_no);
struct wf_action *wf_run_action(const struct wf_run *run, int32_t action_no);

// Whether timer number `timer_no` still means something to this run. A suspended run
// keeps its timers, but they need not be delivered: what came due fires at resume.
bool wf_run_timer_live(const struct wf_run *run, int32_t timer_no);

// The live timers of a run in order of (due_at, timer_no), for whoever must arm them
// after loading it. Writes at most `max`; returns how many there are.
struct wf_armed {
  int32_t timer_no;
  usec_t due_at;
  int32_t action_no, step_no; // whom it concerns; 0 and 0 = the run
};
size_t wf_run_timers(const struct wf_run *run, struct wf_armed *out, size_t max);
bool wf_armed_before(const struct wf_armed *a, const struct wf_armed *b);
// Each live timer once, in no order.
typedef void wf_visit_timer(void *context, const struct wf_armed *armed);
void wf_run_visit_timers(const struct wf_run *run, wf_visit_timer *visit, void *context);

// Roughly how many bytes of memory the run holds.
size_t wf_run_memory(const struct wf_run *run);
