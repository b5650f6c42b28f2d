// SPDX-License-Identifier: Apache-2.0
// One instance of the daemon: the job behind a world whose every answer comes later, or
// not at all.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/codec_outbox.h"
#include "sim/sim.h"

#define RESTART_MAX (2 * USEC_PER_SEC)
#define SESSION_TIMEOUT (USEC_PER_SEC / 2)

static const struct job_config config_template = {
    .lanes = SIM_LANES,
    .topics = {"triggers", "commands", "results"},
    .bounds = {.record_bytes = 1 << 20,
               .recipients = 1000,
               .recipients_per_batch = 4,
               .fanouts = 3,
               .batch_inputs = 8,
               .batch_bytes = 2000,
               .queue_bytes = 4096,
               .cached_run_bytes = 20000,
               .timers_in_memory = 16,
               .run = {.steps_max = 1000, .value_bytes_max = 1 << 20}},
    .timer_horizon = 60 * USEC_PER_SEC,
    .guard_spill = 2 * USEC_PER_SEC,
    .inbox_fallback = USEC_PER_SEC,
    .tombstone_ttl = USEC_PER_DAY,
    .claim_first = USEC_PER_SEC,
    .settle_after = 3 * USEC_PER_SEC,
    .careful_inputs = 10,
};

static const struct wf_function functions[] = {{"act", "requests", 5 * USEC_PER_SEC, 0}};
static const struct wf_catalog catalog = {functions, 1};

static bool chance(struct sim *sim, unsigned per_mille) { return sim->faults && sim_random_chance(&sim->random, per_mille); }

static usec_t delay(struct sim *sim, usec_t most) { return 50 + (usec_t)sim_random_below(&sim->random, (uint64_t)most); }

static struct sim_event_entry event_of(struct sim_instance *instance, void (*run)(struct sim *, struct sim_event_entry *)) {
  return (struct sim_event_entry){.run = run, .instance = instance, .life = instance->life};
}

// ---- the database -----------------------------------------------------------

static void store_answered(struct sim *sim, struct sim_event_entry *entry);

// A broken build: what the batch wants sent leaves while its commit is under way.
static void send_early(struct sim *sim, const struct store_request *request) {
  struct arena *arena = arena_new();
  for (size_t i = 0; request->kind == STORE_COMMIT && i < request->commit.fence_count; i++) {
    struct outbox_request *requests;
    size_t count;
    struct text packed = request->commit.fences[i].requests;
    if (!packed.data || codec_outbox_unpack(packed, arena, &requests, &count) < 0) continue;
    for (size_t j = 0; j < count; j++) {
      const struct world_message *m = &requests[j].message;
      sim_append(sim, sim_topic(sim, m->topic), 0, m->key, m->key_size, m->value, m->value_size);
    }
  }
  arena_free(arena);
}

// Whether a poison's deadly task was decided: then the process has died before this was asked.
static bool is_deadly(const struct store_request *request) {
  for (size_t i = 0; request->kind == STORE_COMMIT && i < request->commit.event_count; i++) {
    const char *reference = request->commit.events[i].event->reference;
    if (reference && strstr(reference, "/boom")) return true;
  }
  return false;
}

static void world_store(void *context, int lane, const struct store_request *request) {
  struct sim_instance *instance = context;
  instance->pending[lane] = (struct store_request *)request;
  instance->doomed |= is_deadly(request);
  if (instance->doomed) return;
  if (instance->sim->options.send_before_commit) send_early(instance->sim, request);
  struct sim_event_entry entry = event_of(instance, store_answered);
  entry.lane = lane;
  sim_schedule(instance->sim, delay(instance->sim, 5000), &entry);
}

// Executes the request and answers it, unless something happens before, between or after.
static void store_answered(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  const struct store_request *request = instance->pending[entry->lane];
  if (chance(sim, 3)) {
    sim_instance_crash(instance, SIM_CRASH_BEFORE_STORE);
    return;
  }
  struct store_reply reply;
  bool lost = chance(sim, 15), executed = !lost || sim_random_chance(&sim->random, 500);
  if (executed) sim_db_execute(&sim->db, request, sim_db_clock(sim), &reply);
  if (executed && request->kind == STORE_ANNOUNCE && reply.status == STORE_OK) sim_check_deaths(sim, &request->announce, &reply.announce);
  bool crash = chance(sim, 3);
  if (executed && (crash || lost)) sim_db_discard(&reply, request);
  if (crash) {
    sim_instance_crash(instance, SIM_CRASH_AFTER_STORE);
    return;
  }
  if (lost) {
    // After COMMIT was sent nobody knows; before it, nothing happened.
    bool unknown = executed || sim_random_chance(&sim->random, 500);
    reply = (struct store_reply){.status = unknown ? STORE_UNKNOWN : STORE_DOWN, .error = {"08006", "connection lost", -1}};
    sim->unknowns += unknown;
  }
  int life = instance->life;
  job_on_reply(instance->job, entry->lane, &reply);
  if (instance->life == life && !instance->doomed && chance(sim, 3)) sim_instance_crash(instance, SIM_CRASH_AFTER_REPLY);
}

// ---- the broker -------------------------------------------------------------

static unsigned hash(const char *key, size_t size) {
  unsigned h = 2166136261u;
  for (size_t i = 0; i < size; i++) h = (h ^ (unsigned char)key[i]) * 16777619u;
  return h;
}

static void delivered(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  bool reach = !chance(sim, 30), report = reach && !chance(sim, 30);
  struct sim_message *m = &entry->message;
  if (reach) sim_append(sim, &sim->topics[entry->topic], entry->partition, m->key, m->key_size, m->value, m->value_size);
  free(m->key);
  free(m->value);
  if (chance(sim, 2)) {
    sim_instance_crash(instance, SIM_CRASH_BEFORE_DELIVERY);
    outbox_delivered(entry->cookie, false);
    return;
  }
  job_on_delivered(instance->job, entry->cookie, report);
}

void sim_instance_forget(struct sim_event_entry *entry) {
  free(entry->message.key);
  free(entry->message.value);
  if (entry->run == delivered) outbox_delivered(entry->cookie, false); // as a producer that is torn down reports
}

static bool world_produce(void *context, const struct world_message *message, uint64_t cookie) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  if (instance->doomed || chance(sim, 20)) return false;
  struct sim_event_entry entry = event_of(instance, delivered);
  entry.cookie = cookie;
  entry.topic = (int)(sim_topic(sim, message->topic) - sim->topics);
  entry.partition = message->partition >= 0 ? message->partition : (int)(hash(message->key, message->key_size) % SIM_PARTITIONS);
  entry.message = (struct sim_message){xstrndup(message->key, message->key_size), xstrndup(message->value, message->value_size), message->key_size, message->value_size};
  sim_schedule(sim, delay(sim, 3000), &entry);
  return true;
}

static void poll(struct sim *sim, struct sim_event_entry *entry);

static void poll_soon(struct sim_instance *instance) {
  if (instance->polling) return;
  instance->polling = true;
  struct sim_event_entry entry = event_of(instance, poll);
  sim_schedule(instance->sim, delay(instance->sim, 3000), &entry);
}

// Hands over a few records of each partition, then looks again.
static void poll(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  instance->polling = false;
  for (size_t i = 0; i < instance->position_count; i++) {
    struct world_partition *at = &instance->positions[i];
    const struct sim_topic *topic = sim_topic(sim, at->topic);
    const bool *unwanted = &instance->unwanted[topic - sim->topics];
    for (int n = (int)sim_random_below(&sim->random, 5); n > 0 && !*unwanted; n--) {
      if ((size_t)at->offset >= topic->partitions[at->partition].count) break;
      const struct sim_message *m = &topic->partitions[at->partition].items[at->offset];
      struct record record = {topic->name, at->partition, at->offset, 0, m->key, m->value, m->key_size, m->value_size, NULL, 0};
      at->offset++;
      job_on_record(instance->job, &record);
    }
  }
  if (instance->position_count) poll_soon(instance);
}

static void world_consume(void *context, const struct world_partition *partitions, size_t count) {
  struct sim_instance *instance = context;
  instance->position_count = count;
  for (size_t i = 0; i < count; i++) {
    instance->positions[i] = partitions[i];
    instance->positions[i].topic = sim_topic(instance->sim, partitions[i].topic)->name;
    if (partitions[i].offset < 0) instance->positions[i].offset = 0;
  }
  poll_soon(instance);
}

// The simulated broker loses nothing.
static void world_seek(void *context, const char *topic, int32_t partition, int64_t offset) {
  struct sim_instance *instance = context;
  sim_fail(instance->sim, "a gap in %s/%d at %lld that is none", topic, partition, (long long)offset);
}

static void world_want_records(void *context, const char *topic, bool wanted) {
  struct sim_instance *instance = context;
  instance->unwanted[sim_topic(instance->sim, topic) - instance->sim->topics] = !wanted;
}

// ---- time and chance --------------------------------------------------------

static usec_t world_boottime(void *context) { return ((struct sim_instance *)context)->sim->now; }

static uint64_t world_random(void *context) { return sim_random_next(&((struct sim_instance *)context)->sim->random); }

static void woken(struct sim *sim, struct sim_event_entry *entry) {
  (void)sim;
  if (entry->cookie != entry->instance->wake_order) return; // a later call replaced it
  job_on_timer(entry->instance->job);
}

static void world_wake_at(void *context, usec_t boottime) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  struct sim_event_entry entry = event_of(instance, woken);
  entry.cookie = ++instance->wake_order;
  sim_schedule(sim, boottime > sim->now ? boottime - sim->now : 0, &entry);
}

// ---- life and death ---------------------------------------------------------

void sim_instance_start(struct sim_instance *instance) {
  instance->life++;
  instance->alive = true;
  instance->paused = instance->polling = instance->doomed = false;
  instance->position_count = 0;
  memset(instance->unwanted, 0, sizeof instance->unwanted);
  snprintf(instance->name, sizeof instance->name, "instance-%d-%d", instance->number, instance->life);
  instance->world = (struct world){instance, world_boottime, world_store, world_consume, world_seek, world_want_records, world_produce, world_wake_at, NULL, world_random};
  struct job_config config = config_template;
  config.instance = instance->name;
  if (instance->sim->options.careless) config.careful_inputs = 0;
  instance->job = job_new(&config, &instance->world, &catalog, NULL);
  instance->member = true;
  sim_rebalance(instance->sim);
}

static void restarted(struct sim *sim, struct sim_event_entry *entry) {
  (void)sim;
  sim_instance_start(entry->instance);
}

static void restart_due(struct sim *sim, struct sim_event_entry *entry) {
  entry->instance = &sim->instances[entry->lane];
  if (!entry->instance->alive) restarted(sim, entry);
}

static void session_expired(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = &sim->instances[entry->lane];
  if (instance->alive || !instance->member) return;
  instance->member = false;
  sim_rebalance(sim);
}

void sim_instance_crash(struct sim_instance *instance, enum sim_crash_point point) {
  struct sim *sim = instance->sim;
  sim->crashes[point]++;
  instance->alive = false;
  instance->position_count = 0;
  // job_free() runs at once, or at the end of what the job is doing now: here only the
  // simulator calls, so nothing of it is on the stack.
  job_free(instance->job);
  instance->job = NULL;
  sim_schedule(sim, SESSION_TIMEOUT, &(struct sim_event_entry){.run = session_expired, .lane = instance->number});
  sim_schedule(sim, delay(sim, RESTART_MAX), &(struct sim_event_entry){.run = restart_due, .lane = instance->number});
}

// ---- the group --------------------------------------------------------------

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
  job_on_assigned(instance->job, "simulated", partitions, count);
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
    struct sim_event_entry entry = event_of(members[i], assigned);
    entry.cookie = shares[i];
    entry.assignment = sim->assignments;
    sim_schedule(sim, delay(sim, sim->faults ? 300000 : 1000), &entry);
  }
}
