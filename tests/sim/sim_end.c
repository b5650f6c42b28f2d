// SPDX-License-Identifier: Apache-2.0
// When nothing is owed any more, and what must be true then.
#include <stdio.h>
#include <string.h>

#include "engine/dump.h"
#include "sim/sim.h"
#include "sim/sim_workflow.h"

// ---- nothing is owed --------------------------------------------------------

static bool is_read(const struct sim *sim) {
  vec_foreach(home, &sim->db.homes) {
    for (int t = SIM_TRIGGERS; t <= SIM_RESULTS; t++) {
      const struct sim_topic *topic = &sim->topics[t];
      size_t count = topic->partitions[home->partition].count;
      if (strcmp(topic->name, home->topic) == 0 && count && sim_db_last(home)->next_offset < (int64_t)count) return false;
    }
  }
  return sim->unpublished == 0;
}

static bool is_taken(const struct sim *sim, const struct sim_inbox *row) {
  const struct sim_batch *last = sim_db_last(&sim->db.homes.items[row->dst_home - 1]);
  for (size_t i = 0; i < last->ack_count; i++)
    if (last->acks[2 * i] == row->src_home) return last->acks[2 * i + 1] >= row->src_pos;
  return false;
}

static bool has_left(const struct sim_run *run) {
  vec_foreach(request, &run->requests) {
    if (!request->left && !sim_out_is_void(run, request)) return false;
  }
  return true;
}

bool sim_is_settled(const struct sim *sim) {
  if (!is_read(sim) || !sim_deadly_is_harmless(sim) || !sim_schedules_rest(sim) || sim->db.handovers.count) return false;
  vec_foreach(run, &sim->db.runs) {
    bool is_open = sim_db_is_open(*run) && !sim_deadly_is((*run)->trigger);
    if (is_open || !has_left(*run)) return false;
  }
  vec_foreach(command, &sim->db.commands) {
    if (!command->applied) return false;
  }
  vec_foreach(fanout, &sim->db.fanouts) {
    if (!fanout->done) return false;
  }
  vec_foreach(row, &sim->db.inbox) {
    if (!is_taken(sim, row)) return false;
  }
  return true;
}

// What is still open, for whoever repeats a seed with --verbose.
void sim_describe_open(const struct sim *sim) {
  vec_foreach(run, &sim->db.runs) {
    if (sim_db_is_open(*run) && !sim_deadly_is((*run)->trigger)) sim_describe(sim, *run);
  }
}

// ---- exactly once -----------------------------------------------------------

static void check_expected(struct sim *sim, const struct sim_expected *expected) {
  int triggers = 0;
  vec_foreach(entry, &sim->db.triggers) {
    const struct sim_trigger *trigger = *entry;
    if (strcmp(trigger->event_id, expected->event_id) != 0) continue;
    triggers++;
    int runs = 0;
    vec_foreach(run, &sim->db.runs) runs += (*run)->trigger == trigger;
    vec_foreach(fanout, &sim->db.fanouts) {
      bool is_rest = uuid_equal(&fanout->trigger_id, &trigger->trigger_id) && sim_deadly_is_rest(sim, trigger);
      if (is_rest) runs += expected->runs - fanout->cursor;
    }
    if (runs != expected->runs) sim_fail(sim, "%s has %d runs for %d recipients", expected->event_id, runs, expected->runs);
  }
  if (triggers != expected->triggers) sim_fail(sim, "%s was accepted %d times instead of %d", expected->event_id, triggers, expected->triggers);
}

static void check_triggers(struct sim *sim) {
  size_t triggers = 0, repeats = 0;
  vec_foreach(expected, &sim->expected) {
    check_expected(sim, expected);
    triggers += (size_t)expected->triggers;
    repeats += (size_t)(expected->triggers * (expected->copies - 1));
  }
  vec_foreach(trigger, &sim->db.triggers) triggers += sim_deadly_is(*trigger);
  triggers += sim_schedules_triggers(sim) + sim_children_triggers(sim) + sim_hear_gathered(sim);
  if (sim->db.triggers.count != triggers) sim_fail(sim, "%zu triggers instead of %zu", sim->db.triggers.count, triggers);
  if (sim->db.duplicates != repeats) sim_fail(sim, "%zu repeated triggers recorded instead of %zu", sim->db.duplicates, repeats);
}

static size_t set_aside_times(const struct sim *sim, const char *topic, int partition, size_t offset) {
  size_t times = 0;
  vec_foreach(row, &sim->db.quarantine) times += !sim_is_crash_loop(row) && row->partition == partition && row->offset == (int64_t)offset && strcmp(row->topic, topic) == 0;
  return times;
}

// What is no good is set aside once, what is good never. What came through another home's
// inbox has lost its place, so of answers and commands only the number is known.
static void check_set_aside(struct sim *sim) {
  size_t rows = 0, must = 0, may = 0;
  for (int t = SIM_TRIGGERS; t <= SIM_RESULTS; t++) {
    for (int p = 0; p < SIM_PARTITIONS; p++) {
      for (size_t i = 0; i < sim->topics[t].partitions[p].count; i++) {
        enum sim_fate fate = sim->topics[t].partitions[p].items[i].fate;
        must += fate == SIM_SET_ASIDE;
        may += fate == SIM_EITHER ? SIM_SIGNED_STARTS : 0; // said by each of its triggers
        if (t != SIM_TRIGGERS || fate == SIM_EITHER) continue;
        size_t times = set_aside_times(sim, sim->topics[t].name, p, i);
        if (times != (fate == SIM_SET_ASIDE)) sim_fail(sim, "record %d/%zu of the triggers was set aside %zu times", p, i, times);
      }
    }
  }
  vec_foreach(row, &sim->db.quarantine) rows += !sim_is_crash_loop(row);
  if (sim->options.verbose) {
    vec_foreach(row, &sim->db.quarantine) printf("set aside: %s/%d %lld %s\n", row->topic, row->partition, (long long)row->offset, row->code);
  }
  if (rows < must || rows > must + may) sim_fail(sim, "%zu records were set aside instead of %zu to %zu", rows, must, must + may);
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

// ---- nothing is kept --------------------------------------------------------

// Of timers only those that lie ahead, whether they still count or not.
static void check_memory(struct sim *sim) {
  size_t rows = 0, timers = 0;
  vec_foreach(timer, &sim->db.timers) rows += timer->due_at > sim_db_clock(sim) - USEC_PER_SEC;
  for (int i = 0; i < SIM_INSTANCES; i++) {
    struct job_stats stats;
    if (!sim->instances[i].alive) continue;
    job_stats(sim->instances[i].job, &stats);
    timers += stats.timers;
    if (stats.calls || stats.calls_in_flight) sim_fail(sim, "all is done, and %zu calls are not", stats.calls);
    if (stats.queued || stats.undelivered) sim_fail(sim, "all is done, and %zu inputs and %zu messages wait", stats.queued, stats.undelivered);
  }
  if (timers > rows) sim_fail(sim, "all is done, and %zu timers are in memory of which %zu have rows", timers, rows);
}

void sim_check_end(struct sim *sim) {
  if (sim->failure[0]) return;
  check_triggers(sim);
  check_set_aside(sim);
  sim_schedules_check(sim);
  sim_children_check(sim);
  sim_hear_check(sim);
  vec_foreach(run, &sim->db.runs) check_snapshot(sim, *run);
  check_memory(sim);
  sim_deadly_check(sim);
}
