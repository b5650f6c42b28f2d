// SPDX-License-Identifier: Apache-2.0
// An input that kills whoever decides it: it must end in quarantine, or stop its run alone,
// and nothing else may be set aside that nobody died of.
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_workflow.h"

enum { SUSPENDED_AFTER = 4 }; // announcements of a timer

bool sim_is_poison(const struct sim_run *run) { return strncmp(run->trigger->workflow, "sim/poison", 10) == 0; }

bool sim_is_resumed(const struct sim *sim, const struct sim_run *run) {
  vec_foreach(command, &sim->db.commands) {
    if (command->has_run_id && command->kind == WF_CONTROL_RESUME && uuid_equal(&command->run_id, &run->run_id)) return true;
  }
  return false;
}

static bool holds(const struct sim_quarantine *row, const char *text) { return row->value && memmem(row->value, row->value_size, text, strlen(text)); }

// The poison's trigger, or an answer to its action.
static bool kills(const struct sim *sim, const struct sim_quarantine *row) {
  if (holds(row, "sim/poison")) return true;
  vec_foreach(run, &sim->db.runs) {
    char id[UUID_TEXT_SIZE];
    if (sim_is_poison(*run) && holds(row, uuid_format(&(*run)->run_id, id))) return true;
  }
  return false;
}

// The rest of a fan-out that was given up: the trigger's id is taken.
static bool is_rest(const struct sim *sim, const struct sim_quarantine *row) {
  vec_foreach(fanout, &sim->db.fanouts) {
    if (fanout->given_up && fanout->value_size == row->value_size && memcmp(fanout->value, row->value, row->value_size) == 0) return true;
  }
  return false;
}

bool sim_may_come_again(const struct sim *sim, const struct sim_quarantine *row) {
  return !row->replay_position && !kills(sim, row) && !is_rest(sim, row);
}

static bool is_set_aside(const struct sim *sim) {
  vec_foreach(row, &sim->db.quarantine) {
    if (holds(row, "sim/poison")) return true;
  }
  return false;
}

// Chance killed those who tried to suspend it as well: its timer is passed over.
static bool is_left_alone(const struct sim *sim, const struct sim_run *run) {
  char id[UUID_TEXT_SIZE], input[80];
  int announced = 0, length = snprintf(input, sizeof input, "timer %s", uuid_format(&run->run_id, id));
  vec_foreach(row, &sim->db.announcements) announced += strncmp(row->input, input, (size_t)length) == 0;
  return announced >= SUSPENDED_AFTER;
}

bool sim_is_harmless(const struct sim *sim) {
  if (sim->poison == &sim_poisons[0] && !is_set_aside(sim)) return false;
  vec_foreach(row, &sim->db.quarantine) {
    if (sim_may_come_again(sim, row)) return false;
  }
  bool found = !sim->poison || sim->poison == &sim_poisons[0];
  vec_foreach(run, &sim->db.runs) {
    if (!sim_is_poison(*run)) continue;
    found = true;
    struct wf_run *state = sim_db_fold(*run);
    bool stopped = wf_status_ended(state->status) || (state->status == WF_SUSPENDED && sim_is_resumed(sim, *run));
    wf_run_free(state);
    if (!stopped && !is_left_alone(sim, *run)) return false;
  }
  return found;
}

void sim_check_poison(struct sim *sim) {
  vec_foreach(row, &sim->db.quarantine) {
    if (strcmp(row->code, "crash_loop") != 0) sim_fail(sim, "a good record of %s in quarantine: %s", row->topic, row->code);
  }
  vec_foreach(run, &sim->db.runs) {
    if (sim_is_poison(*run) && sim->poison == &sim_poisons[0]) sim_fail(sim, "what kills whoever decides it was decided");
  }
}

// An instance that has lost the home and has not heard of it yet counts as dead for the
// moment; with two instances at most one does.
void sim_check_deaths(struct sim *sim, const struct store_announce *announce, const struct store_announce_reply *reply) {
  if (reply->deaths < 2) return;
  int dead = 0;
  vec_foreach(row, &sim->db.announcements) {
    int number, life;
    if (row->home != announce->home || strcmp(row->input, announce->input) != 0) continue;
    if (sscanf(row->instance, "instance-%d-%d", &number, &life) != 2) continue;
    dead += !sim->instances[number].alive || sim->instances[number].life != life;
  }
  sim->set_aside++;
  if (!dead) sim_fail(sim, "%s is set aside, and nobody died of it", announce->input);
}
