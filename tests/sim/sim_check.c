// SPDX-License-Identifier: Apache-2.0
// What must always be true, looked at in what was committed and what left.
#include <string.h>

#include "engine/dump.h"
#include "io/codec_worker.h"
#include "sim/sim.h"

static bool was_requested(const struct sim_run *run, int32_t action_no, int32_t attempt) {
  vec_foreach(stored, &run->events) {
    if (stored->event.type == WF_ACTION_REQUESTED && stored->event.action_no == action_no && stored->event.attempt == attempt) return true;
  }
  return false;
}

// Nothing outside before it is inside.
void sim_check_request(struct sim *sim, const struct sim_message *message) {
  struct arena *arena = arena_new();
  struct codec_bounds bounds = {1 << 20, 1000};
  struct record record = {.topic = "requests", .value = message->value, .value_size = message->value_size};
  struct worker_request request;
  struct refusal refusal;
  if (codec_decode_request(&record, &bounds, arena, &request, &refusal) < 0) {
    sim_fail(sim, "what was sent to workers cannot be read: %s", refusal.text);
  } else if (!request.is_cancel) {
    const struct action_id *id = &request.request.action;
    const struct sim_run *run = sim_db_run(&sim->db, &id->run_id);
    if (!run || !was_requested(run, id->action_no, request.request.attempt)) sim_fail(sim, "a request left before its event was committed");
  }
  arena_free(arena);
}

static bool is_poison(const struct sim_trigger *trigger) { return strncmp(trigger->workflow, "sim/poison", 10) == 0; }

static size_t accepted(const struct sim *sim) {
  size_t count = 0;
  vec_foreach(trigger, &sim->db.triggers) count += !is_poison(*trigger);
  return count;
}

// Recipients of fan-outs that were given up.
static size_t given_up(const struct sim *sim, const struct uuid *trigger_id) {
  size_t count = 0;
  vec_foreach(fanout, &sim->db.fanouts) {
    if (fanout->given_up && (!trigger_id || uuid_equal(trigger_id, &fanout->trigger_id))) count += (size_t)(fanout->total - fanout->cursor);
  }
  return count;
}

static size_t runs_wanted(const struct sim *sim) {
  size_t wanted = 0;
  vec_foreach(trigger, &sim->db.triggers) wanted += (size_t)(*trigger)->recipient_count;
  return wanted - given_up(sim, NULL);
}

static bool is_taken(const struct sim *sim, const struct sim_inbox *row) {
  const struct sim_home *home = &sim->db.homes.items[row->dst_home - 1];
  const struct sim_batch *last = &home->batches.items[home->batches.count - 1];
  for (size_t i = 0; i < last->ack_count; i++)
    if (last->acks[2 * i] == row->src_home && last->acks[2 * i + 1] >= row->src_pos) return true;
  return false;
}

bool sim_is_settled(const struct sim *sim) {
  if (accepted(sim) < (size_t)sim->published || sim->db.runs.count < runs_wanted(sim) || !sim_is_harmless(sim)) return false;
  vec_foreach(run, &sim->db.runs) {
    if (sim_db_is_open(*run) && !sim_is_poison(*run)) return false;
  }
  vec_foreach(row, &sim->db.inbox) {
    if (!is_taken(sim, row)) return false;
  }
  vec_foreach(command, &sim->db.commands) {
    if (!command->applied) return false;
  }
  vec_foreach(fanout, &sim->db.fanouts) {
    if (!fanout->done) return false;
  }
  return true;
}

static void check_triggers(struct sim *sim) {
  for (size_t i = 0; i < sim->db.triggers.count; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(sim->db.triggers.items[i]->event_id, sim->db.triggers.items[j]->event_id) == 0)
        sim_fail(sim, "%s started its runs twice", sim->db.triggers.items[i]->event_id);
  if (accepted(sim) != (size_t)sim->published) sim_fail(sim, "%d triggers published, %zu accepted", sim->published, accepted(sim));
  // Each record takes effect once: a repeated trigger is one row that says so.
  if (sim->db.duplicates != sim->repeated) sim_fail(sim, "%zu repeated triggers, %zu recorded as such", sim->repeated, sim->db.duplicates);
}

static void check_events(struct sim *sim, const struct sim_run *run) {
  int32_t seq = 0;
  int completed[8] = {0};
  bool ended = false, stopped = false;
  vec_foreach(stored, &run->events) {
    const struct wf_event *event = &stored->event;
    if (event->seq != ++seq) sim_fail(sim, "event %d of a run has seq %d", seq, event->seq);
    if (ended && event->type != WF_ACTION_LATE) sim_fail(sim, "%s after the run's end", wf_event_type_name(event->type));
    // Control is final: nothing is asked of anyone behind a cancel or a suspend.
    if (stopped && event->type == WF_ACTION_REQUESTED) sim_fail(sim, "an action was requested of a run that is stopped");
    if (event->type == WF_RUN_SUSPENDED || event->type == WF_RUN_CANCELLED) stopped = true;
    if (event->type == WF_RUN_RESUMED) stopped = false;
    ended |= event->type == WF_RUN_COMPLETED || event->type == WF_RUN_FAULTED || event->type == WF_RUN_CANCELLED;
    if (event->type == WF_ACTION_COMPLETED && event->action_no < 8 && completed[event->action_no]++) sim_fail(sim, "one action completed twice");
  }
}

// A snapshot and the events behind it are the run, as the fold of all events is.
static void check_snapshot(struct sim *sim, const struct sim_run *stored) {
  struct wf_run *run = sim_db_snapshot(stored), *whole;
  const char *problem;
  if (!run) return;
  for (size_t i = (size_t)run->last_seq; i < stored->events.count; i++)
    if (wf_evolve(run, &stored->events.items[i].event, &problem) < 0) sim_fail(sim, "behind a snapshot: %s", problem);
  wf_run_written(run);
  whole = sim_db_fold(stored);
  wf_run_written(whole);
  if (!wf_run_equal(run, whole)) sim_fail(sim, "a snapshot and the fold of the events differ");
  wf_run_free(run);
  wf_run_free(whole);
}

static void check_timers(struct sim *sim) {
  // A timer row below timer_low would never be read again; what came due while the run is
  // suspended fires at resume.
  vec_foreach(timer, &sim->db.timers) {
    const struct sim_home *home = &sim->db.homes.items[timer->home - 1];
    const struct sim_run *stored = sim_db_run(&sim->db, &timer->run_id);
    struct wf_run *run = sim_db_fold(stored);
    bool live = !wf_status_ended(run->status) && run->status != WF_SUSPENDED && wf_run_timer_live(run, timer->timer_no);
    if (live && timer->due_at < home->batches.items[home->batches.count - 1].timer_low) sim_fail(sim, "a live timer lies where nobody looks");
    wf_run_free(run);
  }
}

// One writer per home: its batches follow one another, and the offset never goes back.
static void check_batches(struct sim *sim, const struct sim_home *home) {
  const struct sim_batch *previous = NULL;
  vec_foreach(batch, &home->batches) {
    if (previous && batch->batch_no != previous->batch_no + 1) sim_fail(sim, "two writers: batch %lld behind %lld", (long long)batch->batch_no, (long long)previous->batch_no);
    if (previous && batch->epoch < previous->epoch) sim_fail(sim, "a zombie wrote: an epoch went back");
    if (previous && batch->next_offset < previous->next_offset) sim_fail(sim, "an offset went back");
    if (previous && batch->timer_low < previous->timer_low) sim_fail(sim, "timer_low went back");
    previous = batch;
  }
}

// Each row of another home's inbox was taken once: the last acknowledgement covers it.
static void check_inbox(struct sim *sim) {
  vec_foreach(row, &sim->db.inbox) {
    if (!is_taken(sim, row)) sim_fail(sim, "a message to another home was never taken");
  }
}

// One run per recipient, repeats counted once, whether in one transaction or in pieces.
static void check_recipients(struct sim *sim) {
  size_t good = 0;
  vec_foreach(run, &sim->db.runs) good += !sim_is_poison(*run);
  if (good + given_up(sim, NULL) != sim->runs_wanted) sim_fail(sim, "%zu runs for %zu recipients", good, sim->runs_wanted);
  vec_foreach(trigger, &sim->db.triggers) {
    size_t runs = 0;
    vec_foreach(run, &sim->db.runs) runs += (*run)->trigger == *trigger;
    if (runs + given_up(sim, &(*trigger)->trigger_id) != (size_t)(*trigger)->recipient_count) sim_fail(sim, "%s has %zu runs for %d recipients", (*trigger)->event_id, runs, (*trigger)->recipient_count);
  }
}

void sim_check_end(struct sim *sim) {
  vec_foreach(home, &sim->db.homes) check_batches(sim, home);
  check_triggers(sim);
  vec_foreach(run, &sim->db.runs) check_events(sim, *run);
  vec_foreach(run, &sim->db.runs) check_snapshot(sim, *run);
  check_timers(sim);
  check_inbox(sim);
  check_recipients(sim);
  sim_check_poison(sim);
}
