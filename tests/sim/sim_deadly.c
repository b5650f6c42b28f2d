// SPDX-License-Identifier: Apache-2.0
// An input that kills whoever decides it: it must end in quarantine, or stop its run alone,
// and nothing else may stay set aside.
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_workflow.h"

enum { PASSED_OVER_AFTER = 4 }; // announcements of a timer

// Whether a commit holds the deadly task: then the process has died before this was asked.
bool sim_deadly_kills(const struct store_request *request) {
  for (size_t i = 0; request->kind == STORE_COMMIT && i < request->commit.event_count; i++) {
    const char *reference = request->commit.events[i].event->reference;
    if (reference && strstr(reference, "/boom")) return true;
  }
  return false;
}

bool sim_deadly_is(const struct sim_trigger *trigger) { return strncmp(trigger->workflow, "sim/deadly", 10) == 0; }

static bool is_resumed(const struct sim *sim, const struct sim_run *run) {
  vec_foreach(command, &sim->db.commands) {
    bool by_hand = command->reason && strcmp(command->reason, SIM_LONG_ENOUGH) == 0;
    if (by_hand && command->kind == WF_CONTROL_RESUME && uuid_equal(&command->run_id, &run->run_id)) return true;
  }
  return false;
}

// What kills is tried once more: it must stop itself alone.
bool sim_deadly_is_left(const struct sim *sim, const struct sim_run *run) { return sim_deadly_is(run->trigger) && is_resumed(sim, run); }

static bool holds(const struct sim_quarantine *row, const char *text) { return row->value && memmem(row->value, row->value_size, text, strlen(text)); }

// The deadly trigger, or an answer to the action of its run.
static bool kills(const struct sim *sim, const struct sim_quarantine *row) {
  if (holds(row, "sim/deadly")) return true;
  vec_foreach(run, &sim->db.runs) {
    char id[UUID_TEXT_SIZE];
    if (sim_deadly_is((*run)->trigger) && holds(row, uuid_format(&(*run)->run_id, id))) return true;
  }
  return false;
}

bool sim_is_crash_loop(const struct sim_quarantine *row) { return strcmp(row->code, "crash_loop") == 0; }

// The rest of a fan-out that was given up: the trigger's id is taken.
static bool is_rest(const struct sim *sim, const struct sim_quarantine *row) {
  vec_foreach(fanout, &sim->db.fanouts) {
    bool same = fanout->partition == row->partition && fanout->offset == row->offset && strcmp(row->topic, "triggers") == 0;
    if (fanout->given_up && same) return true;
  }
  return false;
}

bool sim_deadly_is_rest(const struct sim *sim, const struct sim_trigger *trigger) {
  vec_foreach(row, &sim->db.quarantine) {
    bool same = row->partition == trigger->partition && row->offset == trigger->offset && strcmp(row->topic, "triggers") == 0;
    if (same && sim_is_crash_loop(row) && is_rest(sim, row)) return true;
  }
  return false;
}

// Set aside since chance killed those who tried it, and not taken again yet.
static bool may_come_again(const struct sim *sim, const struct sim_quarantine *row) {
  return sim_is_crash_loop(row) && !row->replay_position && !kills(sim, row) && !is_rest(sim, row);
}

void sim_deadly_replay(struct sim *sim) {
  for (size_t i = 0; i < sim->db.quarantine.count; i++)
    if (may_come_again(sim, &sim->db.quarantine.items[i])) sim_db_replay(&sim->db, i);
}

// Chance killed those who tried to suspend it as well: its timer is passed over.
bool sim_deadly_is_passed_over(const struct sim *sim, const struct sim_run *run) {
  char id[UUID_TEXT_SIZE], input[80];
  int announced = 0, length = snprintf(input, sizeof input, "timer %s", uuid_format(&run->run_id, id));
  vec_foreach(row, &sim->db.announcements) announced += strncmp(row->input, input, (size_t)length) == 0;
  return announced >= PASSED_OVER_AFTER;
}

static bool is_stopped(const struct sim *sim, const struct sim_run *run) {
  if (!sim_db_is_open(run)) return true;
  return (run->state->status == WF_SUSPENDED && is_resumed(sim, run)) || sim_deadly_is_passed_over(sim, run);
}

bool sim_deadly_is_harmless(const struct sim *sim) {
  bool is_set_aside = false;
  vec_foreach(row, &sim->db.quarantine) {
    is_set_aside |= holds(row, "sim/deadly");
    if (may_come_again(sim, row)) return false;
  }
  bool found = !sim->deadly || is_set_aside;
  vec_foreach(run, &sim->db.runs) {
    if (!sim_deadly_is((*run)->trigger)) continue;
    found = true;
    if (!is_stopped(sim, *run)) return false;
  }
  return found;
}

void sim_deadly_check(struct sim *sim) {
  vec_foreach(run, &sim->db.runs) {
    if (sim_deadly_is((*run)->trigger) && sim->deadly == &sim_deadly[0]) sim_fail(sim, "what kills whoever decides it was decided");
  }
}

// An instance that has lost the home and has not heard of it yet counts as dead for the
// moment; of all instances but one at most.
void sim_deadly_deaths(struct sim *sim, const struct store_announce *announce, const struct store_announce_reply *reply) {
  if (reply->deaths < 2) return;
  int dead = 0;
  vec_foreach(row, &sim->db.announcements) {
    int number, life;
    if (row->home != announce->home || strcmp(row->input, announce->input) != 0) continue;
    if (sscanf(row->instance, "instance-%d-%d", &number, &life) != 2) continue;
    dead += !sim->instances[number].alive || sim->instances[number].life != life;
  }
  sim->sights.set_aside++;
  if (dead < reply->deaths - (SIM_INSTANCES - 1)) sim_fail(sim, "%s is set aside, and nobody died of it", announce->input);
}
