// SPDX-License-Identifier: Apache-2.0
// Timers that fire: waits, backoffs, yields, and the guards of deadlines and timeouts.
#include "base/error.h"
#include "engine/turn.h"

static void step_timed_out(struct wf_turn *turn, const struct wf_step *step) {
  int32_t step_no = step->step_no;
  const char *reference = wf_turn_task_of(turn, step)->reference;
  wf_turn_recall(turn, step, "timeout");
  wf_turn_cancel_inside(turn, step_no, "timeout");
  wf_turn_raise(turn, step_no, wf_raised_make(WF_ERROR_TIMEOUT, "The task took longer than it may", NULL, reference));
}

static void attempt_timed_out(struct wf_turn *turn, const struct wf_step *step) {
  int32_t step_no = step->step_no;
  const char *reference = wf_turn_task_of(turn, step)->reference;
  wf_turn_cancel_inside(turn, step_no, "timeout");
  wf_turn_raise_inside(turn, step_no,
                       wf_raised_make(WF_ERROR_TIMEOUT, "The attempt took longer than it may", NULL, reference));
}

static void run_timed_out(struct wf_turn *turn) {
  wf_turn_cancel_inside(turn, -1, "timeout");
  wf_turn_fault(turn, wf_raised_make(WF_ERROR_TIMEOUT, "The workflow took longer than it may", NULL, "/"));
}

static void wait_over(struct wf_turn *turn, const struct wf_step *step) {
  jv output = jv_copy(step->input);
  wf_turn_complete(turn, step->step_no, output, NULL, NULL);
  jv_free(output);
}

static void fire(struct wf_turn *turn, const struct wf_armed *armed) {
  const struct wf_run *run = turn->run;
  if (armed->action_no) {
    wf_turn_action_timed_out(turn, armed->action_no);
  } else if (!armed->step_no) {
    if (armed->timer_no == run->yield_timer_no)
      turn->yield_over = true;
    else
      run_timed_out(turn);
  } else {
    const struct wf_step *step = wf_turn_step(turn, armed->step_no);
    if (armed->timer_no == step->timeout_timer_no)
      step_timed_out(turn, step);
    else if (armed->timer_no == step->attempt_timer_no)
      attempt_timed_out(turn, step);
    else if (step->next_retry_at)
      wf_turn_retry_now(turn, step->step_no);
    else
      wait_over(turn, step);
  }
}

enum { ARMED_MAX = 128 }; // a run has at most a few per level of nesting

// All live timers in due order.
static size_t armed_timers(const struct wf_turn *turn, struct wf_armed armed[ARMED_MAX]) {
  size_t count = wf_run_timers(turn->run, armed, ARMED_MAX);
  return count < ARMED_MAX ? count : ARMED_MAX;
}

// The next timer to fire: the earliest that is due, or the one that was asked for. Those
// above `last_no` were armed by what has fired just now, and are delivered by themselves.
static bool next_due(const struct wf_turn *turn, int32_t timer_no, int32_t last_no, struct wf_armed *ret_armed) {
  struct wf_armed armed[ARMED_MAX];
  size_t count = armed_timers(turn, armed);
  for (size_t i = 0; i < count; i++) {
    bool is_over = armed[i].timer_no == turn->run->yield_timer_no && turn->yield_over;
    if (is_over || armed[i].timer_no > last_no || (armed[i].due_at > turn->input->now && armed[i].timer_no != timer_no))
      continue;
    *ret_armed = armed[i];
    return true;
  }
  return false;
}

void wf_turn_fire(struct wf_turn *turn, int32_t timer_no) {
  int32_t last_no = turn->run->last_timer_no;
  struct wf_armed armed;
  while (next_due(turn, timer_no, last_no, &armed)) {
    fire(turn, &armed);
    if (armed.timer_no == timer_no) timer_no = 0;
  }
}

void wf_turn_timer(struct wf_turn *turn, int32_t timer_no) {
  struct wf_armed armed[ARMED_MAX];
  size_t count = armed_timers(turn, armed), at = 0;
  while (at < count && armed[at].timer_no != timer_no) at++;
  if (at == count) return; // stale
  bool is_early = armed[at].due_at > turn->input->now;
  if (is_early && !armed[at].action_no)
    wf_turn_arm_again(turn, timer_no, armed[at].due_at, 0);
  else if (turn->run->status != WF_SUSPENDED)
    wf_turn_fire(turn, timer_no);
  else if (is_early)
    wf_turn_action_timed_out(turn, armed[at].action_no); // a fact, of which more at resume
}
