// SPDX-License-Identifier: Apache-2.0
// One decision in the making: what wf_decide() and its parts share. Whatever is
// emitted is folded into the run at once, so every part reads the run as it is now.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "engine/decide.h"
#include "engine/facts.h"
#include "engine/fault.h"
#include "engine/scope.h"

struct wf_turn {
  struct wf_run *run;
  const struct wf_definition *definition;
  const struct wf_evaluator *evaluator;
  const struct wf_bounds *bounds;
  const struct wf_input *input;
  struct arena *arena;
  struct wf_decision *out;
  size_t event_capacity, effect_capacity, timer_capacity;
  int32_t last_timer_no; // handed out, some not yet in an event
  uint64_t random_state;
  uint32_t children;    // started in this turn
  int entered;          // tasks entered in this turn
  size_t bytes;         // of their inputs, and of the values evaluated
  bool yield_over;      // the yield's timer has fired
  jv workflow, runtime; // $workflow and $runtime once built
};

// ---- writing (turn.c) ---------------------------------------------------------

// Completes seq, time and data, folds the event, records it. `event` gives type, level,
// numbers and texts; what it points to must live as long as the arena.
void wf_turn_emit(struct wf_turn *turn, struct wf_event event, const struct wf_facts *facts);
// Arms a timer; returns its number.
int32_t wf_turn_arm(struct wf_turn *turn, usec_t due_at, int32_t action_no);
// The same timer once more: it was delivered before its time.
void wf_turn_arm_again(struct wf_turn *turn, int32_t timer_no, usec_t due_at, int32_t action_no);
void wf_turn_effect(struct wf_turn *turn, struct wf_effect effect);
uint64_t wf_turn_random(struct wf_turn *turn);
usec_t wf_turn_after(const struct wf_turn *turn, usec_t duration); // now + duration, bounded

// The task of a scope's list at its index, NULL beyond the end.
const struct wf_task *wf_turn_task(const struct wf_turn *turn, const struct wf_scope *scope);
const struct wf_task *wf_turn_task_of(const struct wf_turn *turn, const struct wf_step *step);
struct wf_step *wf_turn_step(const struct wf_turn *turn, int32_t step_no); // must exist

// ---- values (turn_data.c) -----------------------------------------------------

// What an expression may see. Everything is borrowed; invalid = not there.
struct wf_view {
  const struct wf_task *task;   // NULL = the workflow's own expressions
  const struct wf_scope *scope; // the task's; errors caught around it are bound by name
  usec_t started_at;            // of the task
  int32_t step_no; // of the task, 0 = it has not started
  jv raw_input, input, raw_output, output;
  jv authorization; // what the task's authentication comes to, while its arguments are evaluated
  const char *error_name; // another error to bind, or NULL
  jv error;
  const struct wf_task *loop; // its variables are bound: it is at turn `loop_turn` of
  const struct wf_scope *loop_scope; // this scope; or NULL
  int32_t loop_turn; // from 0
};

// The view of an open step.
struct wf_view wf_turn_view(const struct wf_turn *turn, const struct wf_step *step);

// Evaluates with `dot`, borrowed. NULL gives `dot` itself. On success true and an owned
// value within bounds; otherwise false and an owned error.
bool wf_turn_evaluate(struct wf_turn *turn, const struct wf_expr *expr, jv dot, const struct wf_view *view,
                      jv *ret_value, struct wf_raised *ret_raised);
// Whether `value`, borrowed, is valid by the schema; NULL takes everything. `what` names it
// in the error: "input".
bool wf_turn_validate(struct wf_turn *turn, const struct wf_schema *schema, jv value, const struct wf_view *view,
                      const char *what, struct wf_raised *ret_raised);
// As a condition: false and null are false, everything else is true.
bool wf_turn_holds(struct wf_turn *turn, const struct wf_expr *expr, jv dot, const struct wf_view *view,
                   bool *ret_holds, struct wf_raised *ret_raised);
bool wf_turn_duration(struct wf_turn *turn, const struct wf_duration *duration, jv dot, const struct wf_view *view,
                      usec_t *ret_duration, struct wf_raised *ret_raised);
// The same of one that began at `start`; the other begins now.
bool wf_turn_duration_from(struct wf_turn *turn, const struct wf_duration *duration, usec_t start, jv dot,
                           const struct wf_view *view, usec_t *ret_duration, struct wf_raised *ret_raised);
// A duration from now, or an instant.
bool wf_turn_instant(struct wf_turn *turn, const struct wf_duration *duration, jv dot, const struct wf_view *view,
                     usec_t *ret_instant, struct wf_raised *ret_raised);

// ---- tasks (turn_task.c) ------------------------------------------------------

// Goes on until the run waits or has ended.
void wf_turn_advance(struct wf_turn *turn);
// Ends an open step with what it made; borrows `raw_output`. `then` is NULL to follow
// the task's own; `branch` names a switch's case, or the branch that decided a fork.
void wf_turn_complete(struct wf_turn *turn, int32_t step_no, jv raw_output, const struct wf_flow *then,
                      const char *branch);

// What kinds of task do when they are entered; see kind.h.
bool wf_turn_prepare_try(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view,
                         struct wf_facts *facts, struct wf_raised *ret_raised);
bool wf_turn_prepare_for(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view,
                         struct wf_facts *facts, struct wf_raised *ret_raised);
bool wf_turn_prepare_fork(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view,
                          struct wf_facts *facts, struct wf_raised *ret_raised);
void wf_turn_raise_task(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step);
void wf_turn_set(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step);
void wf_turn_listen(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step);  // turn_listen.c
void wf_turn_publish(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step); // turn_publish.c
void wf_turn_switch(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step);
void wf_turn_wait(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step);

// As wf_turn_complete, for a list whose result is dropped: it gives what it took.
void wf_turn_complete_aside(struct wf_turn *turn, int32_t step_no);

// ---- extensions (turn_extension.c) ---------------------------------------------

// The step of the list around the task that `view`, of a task in an extension, is about;
// NULL when the view is about its own task, or that list is not open yet.
const struct wf_step *wf_turn_extended(const struct wf_turn *turn, const struct wf_view *view);
// The extended task's output, borrowed; invalid before it has one.
jv wf_turn_extended_output(const struct wf_turn *turn, const struct wf_view *view);
// What the condition of a task is evaluated on, borrowed: its raw input; an extension's
// `when` on that of the extended task, before it and after it.
jv wf_turn_condition_dot(const struct wf_turn *turn, const struct wf_view *view);
// Ends the list of an extension. False when the scope is none, or ends the run.
bool wf_turn_finish_extension(struct wf_turn *turn, const struct wf_scope *scope);
// As wf_turn_complete. An extended task that says by `then` where it goes says so of the
// list around it: that is completed too.
void wf_turn_complete_towards(struct wf_turn *turn, int32_t step_no, jv raw_output, const struct wf_flow *then,
                              const char *branch);

// A loop's list is through: another turn, or the end of the loop. (turn_for.c)
void wf_turn_loop(struct wf_turn *turn, const struct wf_scope *scope);
// Whether a fork is decided before anything of it moves on: if so it ends. (turn_fork.c)
bool wf_turn_fork_over(struct wf_turn *turn, const struct wf_scope *fork);
// Calls back and ends what is open in the other branches of each fork between an open or
// ended step and, without it, the step `until_no` around it (0 = to the top). (turn_fork.c)
void wf_turn_cancel_beside(struct wf_turn *turn, int32_t step_no, int32_t until_no, const char *reason_code);

// ---- what actions are given (turn_arguments.c) ---------------------------------

// The arguments of the step's action, owned; or false and an owned error.
bool wf_turn_arguments(struct wf_turn *turn, const struct wf_step *step, jv *ret_arguments, struct wf_raised *ret_raised);
// Whether the definition may use the secrets and the daemon has them; else false and the
// authorization error. `names` ends with NULL.
bool wf_turn_secrets_held(struct wf_turn *turn, const char *const *names, const struct wf_view *view,
                          struct wf_raised *ret_raised);

// ---- actions (turn_action.c) --------------------------------------------------

void wf_turn_call(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step); // see kind.h
// The id of the next run that this turn starts. (turn_child.c)
const char *wf_turn_child(struct wf_turn *turn);
// Sends the requests of open actions once more, under the same ids: a take-over does not
// send those of a suspended run, so at its resume the worker may not have them.
void wf_turn_request_again(struct wf_turn *turn);
void wf_turn_result(struct wf_turn *turn, const struct wf_result *result);
void wf_turn_action_timed_out(struct wf_turn *turn, int32_t action_no);
// Calls back the step's action if it is out.
void wf_turn_recall(struct wf_turn *turn, const struct wf_step *step, const char *reason_code);
// Calls back whatever is out and ends open steps inside the step `above_no`, but not that
// one; -1 = all.
void wf_turn_cancel_inside(struct wf_turn *turn, int32_t above_no, const char *reason_code);
// The same below one scope, with its own open task.
void wf_turn_cancel_below(struct wf_turn *turn, const struct wf_scope *scope, const char *reason_code);

// ---- events (turn_listen.c) -----------------------------------------------------

// The input's event, for a subscription that may be over: then nothing happens.
void wf_turn_event(struct wf_turn *turn);
// A run is retried while foreach is at an event: it goes on to hear, under the same number.
void wf_turn_listen_again(struct wf_turn *turn, const struct wf_step *step);
// Moves an open listen on. False when it waits for an event.
bool wf_turn_listen_on(struct wf_turn *turn, const struct wf_step *step);
// The tasks of foreach are through with an event.
void wf_turn_listen_handled(struct wf_turn *turn, const struct wf_scope *scope);

// ---- errors (turn_raise.c) ----------------------------------------------------

// The error of step `step_no`; takes what `raised` owns. A try
// around it catches or retries, or the run faults.
void wf_turn_raise(struct wf_turn *turn, int32_t step_no, struct wf_raised raised);
// As if a task inside the try had raised it.
void wf_turn_raise_inside(struct wf_turn *turn, int32_t try_no, struct wf_raised raised);
// No try may catch it. `step_no`: where the run is; 0 = nowhere in particular.
void wf_turn_fault(struct wf_turn *turn, int32_t step_no, struct wf_raised raised);
void wf_turn_retry_now(struct wf_turn *turn, int32_t try_no); // step.retried
// Arms limit.attempt.duration for the try; fills the facts.
bool wf_turn_attempt_guard(struct wf_turn *turn, const struct wf_task *task, jv dot, const struct wf_view *view,
                           struct wf_facts *facts, struct wf_raised *ret_raised);

// ---- time and commands (turn_timer.c, turn_control.c) -------------------------

// Timer `timer_no` was delivered. Before its time it is armed again; but an action's guard
// is believed, since a worker that fell silent is given up before its deadline. What comes
// due while the run is suspended fires at resume.
void wf_turn_timer(struct wf_turn *turn, int32_t timer_no);
// Fires timer `timer_no` (0 = none in particular) and every other that is due, in due
// order.
void wf_turn_fire(struct wf_turn *turn, int32_t timer_no);
void wf_turn_control(struct wf_turn *turn);
