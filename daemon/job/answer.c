// SPDX-License-Identifier: Apache-2.0
#include "job/answer.h"

#include "engine/fault.h"
#include "job/child.h"
#include "job/decision.h"
#include "job/forward.h"
#include "job/job_internal.h"
#include "job/put_off.h"
#include "job/tell.h"

static struct wf_input input_of(struct lane *lane, const struct action_result *from) {
  return (struct wf_input){
      .kind = WF_INPUT_RESULT,
      .result = {.action_no = from->action.action_no,
                 .attempt = from->attempt,
                 .completed = from->completed,
                 .output = from->output.data ? jv_parse_sized(from->output.data, (int)from->output.size) : jv_null(),
                 .outcome = decision_text(lane, from->outcome),
                 .external_reference = decision_text(lane, from->external_reference),
                 .summary = decision_text(lane, from->summary),
                 .detail_internal = decision_text(lane, from->detail_internal),
                 .error_type = decision_text(lane, from->error_type),
                 .error_title = decision_text(lane, from->error_title),
                 .error_detail = decision_text(lane, from->error_detail),
                 .error_status = from->error_status,
                 .retryable = from->retryable,
                 .retry_after = from->retry_after}};
}

void answer_cannot_be_stored(struct lane *lane, struct work *work) {
  work->result = (struct action_result){.action = work->item->answer.action,
                                        .attempt = work->item->answer.attempt,
                                        .error_type = text_of(wf_error_type(WF_ERROR_RUNTIME)),
                                        .error_status = wf_error_status(WF_ERROR_RUNTIME),
                                        .error_title = TEXT("What the call gave cannot be stored"),
                                        .detail_internal = text_of(arena_strdup(lane->batch.arena, work->item->rejected))};
}

void answer_passed_over(const struct work *work) {
  tell_run(&work->item->answer.action.run_id, NULL, "the answer of a call is passed over: %s", work->item->rejected);
}

// Of a call there is no record to be set aside: its answer comes again while its run is there.
static void refuse_answer(struct lane *lane, const struct work *work, bool is_gone, struct refusal refusal) {
  const struct item *item = work->item;
  if (item->kind != ITEM_ANSWER)
    decision_quarantine(lane, work, refusal);
  else if (is_gone || !put_off_input(lane, work))
    tell_run(&work->result.action.run_id, NULL, "the answer of a call is of no use: %s", refusal.text);
  else if (!item->put_off)
    tell_run(&work->result.action.run_id, NULL, "the answer of a call comes again: %s", refusal.text);
}

void answer_result(struct lane *lane, struct work *work) {
  const struct uuid *run_id = &work->result.action.run_id;
  struct home *home = lane_home(lane, (int)uuid_home(run_id));
  if (!home && work->item->kind == ITEM_ANSWER) return; // it is another's now, who does it again
  if (!home) {
    forward_record(lane, work, "result", run_id);
    return;
  }
  struct wf_run *run = run_cache_find(lane->runs, run_id);
  struct refusal refusal = {.code = "unknown_run", .text = "answers an action of a run that does not exist here"};
  if (work->damage) refusal = (struct refusal){.code = DECISION_DAMAGED, .text = work->damage};
  const struct wf_definition *definition = run ? decision_definition(lane, run, &refusal) : NULL;
  if (!definition) {
    refuse_answer(lane, work, !run && !work->damage, refusal);
  } else {
    struct wf_input input = input_of(lane, &work->result);
    decision_make(lane, home, run, definition, &input);
    jv_free(input.result.output);
  }
}

void answer_heartbeat(struct lane *lane, const struct work *work) {
  const struct action_heartbeat *beat = &work->heartbeat;
  if (!lane_home(lane, (int)uuid_home(&beat->action.run_id))) {
    if (relay_pass(lane->relay, &beat->action, beat->attempt, job_boottime(lane->job))) forward_record(lane, work, "heartbeat", &beat->action.run_id);
    return;
  }
  // In memory only, and safe to repeat when the batch is redone.
  timers_heartbeat(lane->timers, &beat->action.run_id, beat->action.action_no, beat->attempt, lane->batch.now);
}

// What the engine cannot do with a run stops that run alone, for an operator to see.
static struct wf_input stop_input(const char *why) {
  return (struct wf_input){.kind = WF_INPUT_CONTROL, .control = {.kind = WF_CONTROL_SUSPEND, .actor = "workflowd", .engine_error = why}};
}

// It fires in this batch: the home takes part, so that timer_low passes it.
static struct home *fires(struct lane *lane, const struct timer *timer) {
  struct home *home = lane_home(lane, timer->home);
  if (!home) return NULL;
  batch_touch(&lane->batch, home);
  if (timer->due_at > lane->batch.due_max) lane->batch.due_max = timer->due_at;
  return home;
}

void answer_timer_passed_over(struct lane *lane, const struct work *work) {
  const struct timer *timer = &work->item->timer;
  const struct wf_run *run = run_cache_find(lane->runs, &timer->run_id);
  if (fires(lane, timer)) tell_run(&timer->run_id, run ? run->identity.tenant : NULL, "cannot go on: %s", work->item->rejected);
}

// What it is for does not load here. Its time is not lost: it comes again.
static void put_off(struct lane *lane, struct home *home, const struct timer *timer) {
  struct timer later = *timer;
  later.due_at = home_row_instant(home, lane->batch.now + PUT_OFF, lane->batch.now);
  if (later.deadline < later.due_at) later.deadline = later.due_at;
  later.recorded = true;
  struct store_timer row = {home->number, later.due_at, later.run_id, later.timer_no};
  vec_push(&lane->batch.timer_rows, row);
  if (home_holds_timer(home, &row)) vec_push(&lane->batch.timers_added, later);
}

void answer_timer(struct lane *lane, const struct work *work) {
  const struct timer *timer = &work->item->timer;
  struct home *home = fires(lane, timer);
  struct wf_run *run = home ? run_cache_find(lane->runs, &timer->run_id) : NULL;
  if (run && timer->timer_no == CHILD_TIMER_NO) child_look(lane, home, run);
  if (!run || !wf_run_timer_live(run, timer->timer_no)) return;
  struct refusal refusal;
  const struct wf_definition *definition = decision_definition(lane, run, &refusal);
  if (!definition) {
    bool is_first = lane->batch.now < run->next_wake_at + PUT_OFF;
    if (is_first) tell_run(&run->identity.run_id, run->identity.tenant, "cannot go on: %s", refusal.text);
    put_off(lane, home, timer);
    return;
  }
  job_observe(lane->job, WORLD_TIMER_LATE, NULL, (double)(lane->batch.now - timer->due_at) / USEC_PER_SEC);
  struct wf_input input = work->item->rejected ? stop_input(work->item->rejected) : (struct wf_input){.kind = WF_INPUT_TIMER, .timer_no = timer->timer_no};
  decision_make(lane, home, run, definition, &input);
}
