// SPDX-License-Identifier: Apache-2.0
// Instances of the daemon and their consumer group: life, death, stops, assignments.
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"
#include "sim/sim_workflow.h"

#define RESTART_MAX (2 * USEC_PER_SEC)
#define SESSION_TIMEOUT (USEC_PER_SEC / 2)
#define DRAIN_TIMEOUT (2 * USEC_PER_SEC)

static const struct job_config config_template = {
    .lanes = SIM_LANES,
    .topics = {"triggers", "commands", "results", "triggers", ""},
    .slots = {.catchup = SLOTS_LATEST, .window = 3 * USEC_PER_SEC},
    .bounds = {.record_bytes = 1 << 20,
               .recipients = 1000,
               .recipients_per_batch = SIM_PIECE,
               .fanouts = 3,
               .batch_inputs = 8,
               .batch_bytes = 2000,
               .queue_bytes = 4096,
               .cached_run_bytes = 20000,
               .undelivered_messages = SIM_UNDELIVERED,
               .undelivered_bytes = 6000,
               .timers_in_memory = 8,
               .child_depth = 4,
               .run = {.steps_max = 1000, .value_bytes_max = 1 << 20}},
    .timer_horizon = 8 * USEC_PER_SEC,
    .guard_spill = 2 * USEC_PER_SEC,
    .settle_after = 3 * USEC_PER_SEC,
    .inbox_fallback = 2 * USEC_PER_SEC,
    .event_gathering = USEC_PER_DAY,
    .event_lookback = SIM_LOOKBACK,
    .tombstone_ttl = USEC_PER_DAY,
    .claim_first = USEC_PER_SEC,
    .careful_inputs = 10,
};

struct sim_event_entry sim_event_of(struct sim_instance *instance, void (*run)(struct sim *, struct sim_event_entry *)) {
  return (struct sim_event_entry){.run = run, .instance = instance, .life = instance->life};
}

// ---- life -------------------------------------------------------------------

void sim_instance_start(struct sim_instance *instance) {
  struct sim *sim = instance->sim;
  instance->life++;
  instance->alive = true;
  memset(instance->unwanted, 0, sizeof instance->unwanted);
  instance->paused = instance->polling = instance->stopping = instance->doomed = instance->met_deadly = false;
  instance->position_count = 0;
  memset(instance->answered_at, 0, sizeof instance->answered_at);
  memset(instance->delivered_at, 0, sizeof instance->delivered_at);
  snprintf(instance->name, sizeof instance->name, "instance-%d-%d", instance->number, instance->life);
  instance->world = sim_world(instance);
  struct job_config config = config_template;
  config.instance = instance->name;
  if (sim->options.careless) config.careful_inputs = 0;
  instance->job = job_new(&config, &instance->world, sim_catalog(sim->patient), NULL);
  const char *document = sim_workflows[0].document; // from its file, as at each start
  job_publish(instance->job, &(struct store_publish){"sim", sim_workflows[0].name, sim_workflows[0].version, {document, strlen(document)}, {"{}", 2}}, "sim.yaml:1:1");
  if (sim->kafka_away_until > sim->now) return; // joins when Kafka is back
  instance->member = true;
  sim_rebalance(sim);
}

static void restart_due(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = &sim->instances[entry->lane];
  if (!instance->alive) sim_instance_start(instance);
}

static void session_expired(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = &sim->instances[entry->lane];
  if (instance->alive || !instance->member) return;
  instance->member = false;
  sim_rebalance(sim);
}

// Here only the simulator calls: nothing of the job is on the stack.
static void end(struct sim_instance *instance) {
  struct sim *sim = instance->sim;
  instance->alive = false;
  instance->position_count = 0;
  job_free(instance->job);
  instance->job = NULL;
  sim_schedule(sim, sim_delay(sim, RESTART_MAX), &(struct sim_event_entry){.run = restart_due, .lane = instance->number});
}

void sim_instance_crash(struct sim_instance *instance, int point) {
  struct sim *sim = instance->sim;
  sim->crashes[point]++;
  end(instance);
  sim_schedule(sim, SESSION_TIMEOUT, &(struct sim_event_entry){.run = session_expired, .lane = instance->number});
}

static void stop_if_drained(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  if (!job_is_drained(instance->job) && sim->now < entry->since + DRAIN_TIMEOUT) {
    sim_schedule(sim, USEC_PER_SEC / 20, entry);
    return;
  }
  sim->sights.stops++;
  instance->member = false;
  end(instance);
  sim_rebalance(sim);
}

void sim_instance_stop(struct sim_instance *instance) {
  struct sim *sim = instance->sim;
  instance->stopping = true;
  job_drain(instance->job);
  struct sim_event_entry entry = sim_event_of(instance, stop_if_drained);
  entry.since = sim->now;
  sim_schedule(sim, USEC_PER_SEC / 20, &entry);
}

// ---- the consumer group -----------------------------------------------------

static void assigned(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  if (entry->assignment < instance->assignment) return; // it has heard of a later one
  instance->assignment = entry->assignment;
  struct world_partition partitions[3 * SIM_PARTITIONS];
  size_t count = 0;
  for (int t = SIM_TRIGGERS; t <= SIM_RESULTS; t++)
    for (int p = 0; p < SIM_PARTITIONS; p++)
      if (entry->cookie & UINT64_C(1) << p) partitions[count++] = (struct world_partition){sim->topics[t].name, p, -1};
  instance->position_count = 0;
  if (count || sim_random_chance(&sim->random, 500))
    job_on_assigned(instance->job, "simulated", partitions, count);
  else
    job_on_revoked(instance->job);
}

// Deals the partitions out anew. The members hear of it at different times, so for a
// while two of them believe that they own the same.
void sim_rebalance(struct sim *sim) {
  struct sim_instance *members[SIM_INSTANCES];
  uint64_t shares[SIM_INSTANCES] = {0};
  size_t count = 0;
  for (int i = 0; i < SIM_INSTANCES; i++)
    if (sim->instances[i].member && sim->instances[i].alive) members[count++] = &sim->instances[i];
  if (!count) return;
  sim->assignments++;
  for (int p = 0; p < SIM_PARTITIONS; p++) shares[sim_random_below(&sim->random, count)] |= UINT64_C(1) << p;
  for (size_t i = 0; i < count; i++) {
    struct sim_event_entry entry = sim_event_of(members[i], assigned);
    entry.cookie = shares[i];
    entry.assignment = sim->assignments;
    sim_schedule(sim, sim_delay(sim, sim->faults ? 300000 : 1000), &entry);
  }
}
