// SPDX-License-Identifier: Apache-2.0
// What must be true of a home whenever a batch of it is committed: where it stands moves
// only over what is done, and every open run has something recorded that will wake it.
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"

enum { ALL_RUNS_EVERY = 8 }; // commits: a lost wake-up stays lost, so later will do
enum { ARMED_MAX = 32 };

// ---- what wakes a run (the rule of the view workflow.stuck) ------------------

// The database's clock may have been set back since the decision was made.
#define SET_BACK_MAX USEC_PER_SEC

// A row that is still read, not later than the timer is due; one that was due when it was
// written lies at that instant.
static bool has_row(const struct sim_run *run, const struct wf_armed *armed, usec_t timer_low) {
  vec_foreach(row, &run->timers) {
    usec_t latest = armed->due_at > row->written_at + SET_BACK_MAX ? armed->due_at : row->written_at + SET_BACK_MAX;
    if (row->timer_no == armed->timer_no && row->due_at >= timer_low && row->due_at <= latest) return true;
  }
  return false;
}

// A take-over arms it again from the batch that asked for the action.
static bool has_guard(const struct sim_run *run, const struct wf_armed *armed, int64_t guard_low) {
  const struct wf_action *action = wf_run_action(run->state, armed->action_no);
  vec_foreach(request, &run->requests) {
    bool same = !request->is_cancel && request->action_no == armed->action_no && request->attempt == action->attempt;
    if (same && request->batch_no >= guard_low) return true;
  }
  return false;
}

static void check_wakes(struct sim *sim, const struct sim_run *run, const struct sim_batch *last, usec_t clock) {
  const struct wf_run *state = run->state;
  if (wf_status_ended(state->status) || (sim_deadly_is(run->trigger) && sim_deadly_is_passed_over(sim, run))) return;
  if (state->waiting_for == WF_FOR_NOTHING) sim_fail(sim, "an open run waits for nothing (%s)", wf_status_name(state->status));
  struct wf_armed armed[ARMED_MAX];
  size_t count = wf_run_timers(state, armed, ARMED_MAX);
  bool timed = state->waiting_for == WF_FOR_TIMER || state->waiting_for == WF_FOR_RETRY || state->waiting_for == WF_FOR_ACTION;
  if (timed && count == 0) sim_fail(sim, "an open run has no instant to wake at");
  for (size_t i = 0; i < count && i < ARMED_MAX; i++) {
    // What came due while it was suspended fires when it is resumed.
    if (state->status == WF_SUSPENDED && armed[i].due_at <= clock + USEC_PER_SEC) continue;
    if (has_row(run, &armed[i], last->timer_low) || (armed[i].action_no && has_guard(run, &armed[i], last->guard_low))) continue;
    sim_fail(sim, "nothing will wake a run: timer %d of %s, due %+lld us from now, is nowhere", armed[i].timer_no, run->trigger->workflow, (long long)(armed[i].due_at - clock));
    if (sim->options.verbose) printf("home %d: timer_low %lld guard_low %lld clock %lld\n", run->home, (long long)last->timer_low, (long long)last->guard_low, (long long)clock);
    sim_describe(sim, run);
  }
}

static void check_runs(struct sim *sim, const struct store_commit *commit, int home, const struct sim_batch *last, usec_t clock) {
  if (sim->commit_count % ALL_RUNS_EVERY == 0) {
    vec_foreach(run, &sim->db.runs) {
      if ((*run)->home == home) check_wakes(sim, *run, last, clock);
    }
    return;
  }
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct sim_run *run = sim_db_run(&sim->db, &commit->runs[i]->identity.run_id);
    if (run && run->home == home) check_wakes(sim, run, last, clock);
  }
}

// ---- where the home stands --------------------------------------------------

static void check_offset(struct sim *sim, const struct sim_home *home, const struct sim_batch *before, const struct sim_batch *last) {
  size_t records = sim_topic(sim, home->topic)->partitions[home->partition].count;
  if (last->next_offset < before->next_offset) sim_fail(sim, "an offset went back");
  if (last->next_offset > (int64_t)records) sim_fail(sim, "an offset lies behind the last record");
  if (last->batch_no != before->batch_no + 1) sim_fail(sim, "two writers: batch %lld behind %lld", (long long)last->batch_no, (long long)before->batch_no);
  if (last->epoch < before->epoch) sim_fail(sim, "a zombie wrote: an epoch went back");
  if (last->timer_low < before->timer_low) sim_fail(sim, "timer_low went back");
}

static int64_t position_of(const struct sim_batch *batch, int64_t source) {
  for (size_t i = 0; i < batch->ack_count; i++)
    if (batch->acks[2 * i] == source) return batch->acks[2 * i + 1];
  return -1;
}

// What is acknowledged is a message that there was.
static void check_acks(struct sim *sim, int number, const struct sim_batch *before, const struct sim_batch *last) {
  for (size_t i = 0; i < last->ack_count; i++) {
    int64_t source = last->acks[2 * i], position = last->acks[2 * i + 1], was = position_of(before, source);
    if (position < was) sim_fail(sim, "an acknowledgement went back");
    if (position == was) continue;
    bool found = false;
    vec_foreach(row, &sim->db.inbox) found |= row->dst_home == number && row->src_home == source && row->src_pos == position;
    if (!found) sim_fail(sim, "a message was acknowledged that never was");
  }
  for (size_t i = 0; i < before->ack_count; i++)
    if (position_of(last, before->acks[2 * i]) < 0) sim_fail(sim, "an acknowledgement was forgotten");
}

static const struct sim_request *request_in(const struct sim_run *run, const struct sim_request *request, int64_t outbox_acked) {
  return request->batch_no < outbox_acked && !request->left && !sim_out_is_void(run, request) ? request : NULL;
}

// What counts as delivered has left, unless nobody waits for it any more.
static void check_outbox(struct sim *sim, int number, const struct sim_batch *before, const struct sim_batch *last) {
  if (last->outbox_acked < before->outbox_acked) sim_fail(sim, "outbox_acked went back");
  if (last->outbox_acked == before->outbox_acked) return;
  vec_foreach(run, &sim->db.runs) {
    if ((*run)->home != number) continue;
    vec_foreach(request, &(*run)->requests) {
      if (request_in(*run, request, last->outbox_acked))
        sim_fail(sim, "a %s counts as delivered and never left (run is %s)", request->is_cancel ? "recall" : "request", wf_status_name((*run)->state->status));
    }
  }
}

void sim_home_check(struct sim *sim, const struct store_commit *commit, const struct store_fence *fence, usec_t clock) {
  const struct sim_home *home = sim_db_home(&sim->db, fence->home);
  const struct sim_batch *last = sim_db_last(home), *before = last - 1;
  check_offset(sim, home, before, last);
  check_acks(sim, fence->home, before, last);
  check_outbox(sim, fence->home, before, last);
  check_runs(sim, commit, fence->home, last, clock);
}
