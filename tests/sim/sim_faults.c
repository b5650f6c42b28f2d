// SPDX-License-Identifier: Apache-2.0
// What goes wrong while there are faults, and their end.
#include "sim/sim.h"

#define FAULTS_FOR (20 * USEC_PER_SEC)

static bool is_well(const struct sim_instance *instance) { return instance->alive && !instance->paused && !instance->stopping; }

// ---- a process stopped for longer than its session --------------------------

static void resume(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = &sim->instances[entry->lane];
  if (instance->life == entry->assignment) instance->paused = false;
}

static void leave_group(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = &sim->instances[entry->lane];
  if (instance->life != entry->assignment || !instance->alive || !instance->paused) return;
  instance->member = false;
  sim->sights.zombies++;
  sim_rebalance(sim);
}

static void rejoin(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = &sim->instances[entry->lane];
  if (instance->life != entry->assignment || instance->member || !instance->alive || sim->kafka_away_until > sim->now) return;
  instance->member = true;
  sim_rebalance(sim);
}

// Then it goes on as if nothing had been. Its life stands in `assignment`.
static void pause(struct sim *sim, struct sim_instance *instance) {
  instance->paused = true;
  usec_t stopped = USEC_PER_SEC * (usec_t)(1 + sim_random_below(&sim->random, 4));
  struct sim_event_entry entry = {.lane = instance->number, .assignment = instance->life};
  entry.run = leave_group;
  sim_schedule(sim, USEC_PER_SEC / 2, &entry);
  entry.run = resume;
  sim_schedule(sim, stopped, &entry);
  entry.run = rejoin;
  sim_schedule(sim, stopped + USEC_PER_SEC, &entry);
}

bool sim_is_frozen(const struct sim_event_entry *entry) { return entry->instance && entry->instance->paused; }

// ---- Kafka and PostgreSQL away ----------------------------------------------

static void kafka_gives_up(struct sim *sim, struct sim_event_entry *entry) {
  (void)entry;
  if (sim->kafka_away_until <= sim->now) return;
  for (int i = 0; i < SIM_INSTANCES; i++) {
    struct sim_instance *instance = &sim->instances[i];
    instance->member = false;
    if (instance->alive && !instance->paused) job_on_lost(instance->job);
  }
}

static void kafka_is_back(struct sim *sim, struct sim_event_entry *entry) {
  (void)entry;
  if (sim->kafka_away_until > sim->now) return; // away again
  for (int i = 0; i < SIM_INSTANCES; i++) sim->instances[i].member = sim->instances[i].alive && !sim->instances[i].stopping;
  sim_rebalance(sim);
}

static void kafka_goes(struct sim *sim) {
  usec_t away = USEC_PER_SEC / 10 * (usec_t)(1 + sim_random_below(&sim->random, 40));
  sim->kafka_away_until = sim->now + away;
  sim->sights.kafka_away++;
  sim_schedule(sim, USEC_PER_SEC, &(struct sim_event_entry){.run = kafka_gives_up});
  sim_schedule(sim, away, &(struct sim_event_entry){.run = kafka_is_back});
}

// ---- the course of faults ---------------------------------------------------

static void step_clock(struct sim *sim) {
  bool back = sim_random_chance(&sim->random, 500);
  usec_t by = (usec_t)sim_random_below(&sim->random, back ? 300 : 1000) * USEC_PER_MSEC;
  sim->db_ahead += back ? -by : by;
  sim->db_set_back += back ? by : 0;
  sim->sights.clock_set_back += back;
}

static void fault(struct sim *sim, struct sim_event_entry *entry) {
  if (!sim->faults) return;
  struct sim_instance *instance = &sim->instances[sim_random_below(&sim->random, SIM_INSTANCES)];
  switch (sim_random_below(&sim->random, 8)) {
  case 0:
    if (is_well(instance)) sim_instance_crash(instance, SIM_CRASH_IDLE);
    break;
  case 1:
    if (is_well(instance)) pause(sim, instance);
    break;
  case 2:
    if (is_well(instance)) sim_instance_stop(instance);
    break;
  case 3: kafka_goes(sim); break;
  case 4: sim->db_away_until = sim->now + sim_delay(sim, 2 * USEC_PER_SEC); break;
  case 5: step_clock(sim); break;
  default: sim_rebalance(sim); break;
  }
  sim_schedule(sim, sim_delay(sim, 2500 * USEC_PER_MSEC), entry);
}

static void faults_end(struct sim *sim, struct sim_event_entry *entry) {
  (void)entry;
  sim->faults = false;
  sim->db_away_until = sim->kafka_away_until = 0;
  for (int i = 0; i < SIM_INSTANCES; i++) {
    sim->instances[i].paused = false;
    if (sim->instances[i].alive && !sim->instances[i].stopping) sim->instances[i].member = true;
  }
  sim_rebalance(sim);
}

void sim_faults_begin(struct sim *sim) {
  sim_schedule(sim, USEC_PER_SEC, &(struct sim_event_entry){.run = fault});
  sim_schedule(sim, FAULTS_FOR, &(struct sim_event_entry){.run = faults_end});
}
