// SPDX-License-Identifier: Apache-2.0
// Timers that fire: waits, backoffs, yields, and the guards of deadlines and timeouts.
#include "base/error.h"
#include "engine/turn.h"

static void step_timed_out(struct wf_turn *turn, const struct wf_step *step) {
  int32_t step_no = step->step_no;
  const char *instance = wf_turn_task_of(turn, step)->instance;
  wf_turn_recall(turn, step, "timeout");
  wf_turn_cancel_inside(turn, step_no, "timeout");
  wf_turn_raise(turn, step_no, wf_raised_make(WF_ERROR_TIMEOUT, "The task took longer than it may", NULL, instance));
}

static void attempt_timed_out(struct wf_turn *turn, const struct wf_step *step) {
  int32_t step_no = step->step_no;
  const char *instance = wf_turn_task_of(turn, step)->instance;
  wf_turn_cancel_inside(turn, step_no, "timeout");
  wf_turn_raise_inside(turn, step_no,
                       wf_raised_make(WF_ERROR_TIMEOUT, "The attempt took longer than it may", NULL, instance));
}

static void run_timed_out(struct wf_turn *turn) {
  wf_turn_cancel_inside(turn, -1, "timeout");
  wf_turn_fault(turn, 0, wf_raised_make(WF_ERROR_TIMEOUT, "The workflow took longer than it may", NULL, "/"));
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

struct search {
  const struct wf_turn *turn;
  int32_t timer_no; // the one that was asked for, whenever it is due
  int32_t last_no;
  struct wf_armed *found; // its timer_no is 0 so far
};

static void look_at_timer(void *context, const struct wf_armed *armed) {
  const struct search *search = context;
  const struct wf_turn *turn = search->turn;
  bool is_over = armed->timer_no == turn->run->yield_timer_no && turn->yield_over;
  bool is_due = armed->due_at <= turn->input->now || armed->timer_no == search->timer_no;
  if (is_over || armed->timer_no > search->last_no || !is_due) return;
  if (!search->found->timer_no || wf_armed_before(armed, search->found)) *search->found = *armed;
}

// The next timer to fire: the earliest that is due, or the one that was asked for. Those
// above `last_no` were armed by what has fired just now, and are delivered by themselves.
static bool next_due(const struct wf_turn *turn, int32_t timer_no, int32_t last_no, struct wf_armed *ret_armed) {
  *ret_armed = (struct wf_armed){.timer_no = 0};
  struct search search = {turn, timer_no, last_no, ret_armed};
  wf_run_visit_timers(turn->run, look_at_timer, &search);
  return ret_armed->timer_no > 0;
}

static void look_for_timer(void *context, const struct wf_armed *armed) {
  const struct search *search = context;
  if (armed->timer_no == search->timer_no) *search->found = *armed;
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
  struct wf_armed armed = {.timer_no = 0};
  struct search search = {turn, timer_no, 0, &armed};
  wf_run_visit_timers(turn->run, look_for_timer, &search);
  if (!armed.timer_no) return; // stale
  bool is_early = armed.due_at > turn->input->now;
  if (is_early && !armed.action_no)
    wf_turn_arm_again(turn, timer_no, armed.due_at, 0);
  else if (turn->run->status != WF_SUSPENDED)
    wf_turn_fire(turn, timer_no);
  else if (is_early)
    wf_turn_action_timed_out(turn, armed.action_no); // a fact, of which more at resume
}
