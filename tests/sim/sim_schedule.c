// SPDX-License-Identifier: Apache-2.0
// Workflows that start by themselves: what must be true of their slots.
#include <string.h>

#include "sim/sim.h"

// Else nothing would ever be settled.
void sim_schedules_stop(struct sim *sim, struct sim_event_entry *entry) {
  (void)entry;
  vec_foreach(definition, &sim->db.definitions) {
    if (strcmp(definition->name, "tick") == 0 || strcmp(definition->name, "again") == 0) definition->active = false;
  }
  sim->db.generation++;
}

bool sim_schedules_rest(const struct sim *sim) {
  vec_foreach(schedule, &sim->db.schedules) {
    if (schedule->text) return false;
  }
  return true;
}

size_t sim_schedules_triggers(const struct sim *sim) {
  size_t started = 0;
  vec_foreach(slot, &sim->db.slots) started += slot->started;
  return started;
}

static const struct sim_run *run_of(const struct sim *sim, const struct sim_slot *slot) {
  struct uuid run_id = uuid_with_recipient(&slot->trigger_id, 1);
  return sim_db_run(&sim->db, &run_id);
}

// In order, none twice, none before its time, each with its run.
static void check_slot(struct sim *sim, const struct sim_slot *slot, const struct sim_slot *before) {
  if (slot->decided_at < slot->until) sim_fail(sim, "a slot was decided before its time");
  if (before && slot->slot_at <= before->until) sim_fail(sim, "a slot was decided twice");
  if (slot->started && !run_of(sim, slot)) sim_fail(sim, "a slot was started and has no run");
}

// `again` restarts a second after its last run has ended; `tick` misses no slot of its two
// seconds without a row, as long as that schedule was in force.
static void check_distance(struct sim *sim, const struct sim_schedule *schedule, const struct sim_slot *slot, const struct sim_slot *before) {
  if (strcmp(schedule->workflow, "sim/again") == 0) {
    const struct sim_run *run = before->started ? run_of(sim, before) : NULL;
    if (run && slot->slot_at < run->state->created_at + USEC_PER_SEC) sim_fail(sim, "a run was started again before the last had ended");
    return;
  }
  usec_t passed = slot->slot_at - before->until;
  if (slot->anchor == before->anchor && passed > 3 * USEC_PER_SEC) sim_fail(sim, "%d milliseconds between two slots, and nothing says why", (int)(passed / USEC_PER_MSEC));
}

void sim_schedules_check(struct sim *sim) {
  for (size_t i = 0; i < sim->db.schedules.count; i++) {
    const struct sim_slot *before = NULL;
    size_t started = 0;
    vec_foreach(slot, &sim->db.slots) {
      if (slot->schedule_no != (int32_t)i + 1) continue;
      check_slot(sim, slot, before);
      if (before) check_distance(sim, &sim->db.schedules.items[i], slot, before);
      started += slot->started;
      before = slot;
    }
    if (!started) sim_fail(sim, "%s has never started", sim->db.schedules.items[i].workflow);
  }
}
