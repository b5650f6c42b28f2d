// SPDX-License-Identifier: Apache-2.0
// The world as an instance sees it: every answer comes later, or not at all.
#include <stdlib.h>
#include <string.h>

#include "io/codec_outbox.h"
#include "sim/sim.h"

#define MESSAGE_TIMEOUT (2 * USEC_PER_SEC)

// ---- the database -----------------------------------------------------------

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
      struct sim_message message = {.key = (char *)m->key, .key_size = m->key_size, .value = (char *)m->value, .value_size = m->value_size};
      sim_append(sim, sim_topic(sim, m->topic), 0, &message);
    }
  }
  arena_free(arena);
}

static void notified(struct sim *sim, struct sim_event_entry *entry) {
  (void)sim;
  job_on_notified(entry->instance->job);
}

// A notice reaches who is listening, or not: then the fallback must do.
static void tell_others(struct sim *sim) {
  for (int i = 0; i < SIM_INSTANCES; i++) {
    struct sim_instance *other = &sim->instances[i];
    if (!other->alive || sim_chance(sim, 300)) continue;
    struct sim_event_entry entry = sim_event_of(other, notified);
    sim_schedule(sim, sim_delay(sim, 2000), &entry);
  }
}

// What went wrong between us and the database, if anything: STORE_OK = nothing.
static enum store_status trouble(struct sim *sim, const struct store_request *request, bool *ret_executed) {
  *ret_executed = false;
  if (sim->db_away_until > sim->now) return STORE_DOWN;
  if (request->kind == STORE_COMMIT && request->commit.fence_count && sim_chance(sim, 10)) return STORE_REDO; // 40001, 40P01
  *ret_executed = true;
  if (!sim_chance(sim, 15)) return STORE_OK;
  // After COMMIT was sent nobody knows; before it, nothing happened.
  *ret_executed = sim_random_chance(&sim->random, 500);
  bool asked = request->kind == STORE_COMMIT && (*ret_executed || sim_random_chance(&sim->random, 500));
  return asked ? STORE_UNKNOWN : STORE_DOWN;
}

// A take-over that asks for the outcome of a commit leaves memory as it is.
static bool takes_anew(const struct store_request *request) { return request->kind == STORE_TAKEOVER && request->takeover.source_count && !request->takeover.sources[0].mine_epoch; }

static void count_reply(struct sim *sim, struct sim_event_entry *entry, const struct store_reply *reply) {
  const struct store_request *request = entry->request;
  sim->sights.unknown_outcomes += reply->status == STORE_UNKNOWN;
  sim->sights.redone += reply->status == STORE_REDO;
  sim->sights.database_away += sim->db_away_until > sim->now;
  if (reply->status != STORE_OK) return;
  entry->instance->takings[entry->lane] += takes_anew(request);
  if (request->kind == STORE_SCAN) sim->sights.portions += reply->scan.timer_count == (size_t)request->scan.limit;
}

static struct store_reply failed_reply(enum store_status status) {
  if (status == STORE_REDO) return (struct store_reply){.status = status, .error = {"40001", "could not serialize access", -1}};
  return (struct store_reply){.status = status, .error = {"08006", "connection lost", -1}};
}

// Executes the request and answers it, unless something happens before, between or after.
static void store_answered(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  const struct store_request *request = entry->request;
  // What happens rarely is cut off more often, so that each point is met.
  unsigned crash = request->kind == STORE_COMMIT ? 2 : request->kind == STORE_PUBLISH || request->kind == STORE_SETTLE ? 15 : 5;
  if (sim_chance(sim, crash)) {
    sim_instance_crash(instance, sim_crash_store(request->kind, SIM_STORE_ASKED));
    return;
  }
  struct store_reply reply;
  bool executed;
  enum store_status status = trouble(sim, request, &executed);
  if (executed) sim_db_execute(&sim->db, request, sim_db_clock(sim), &reply);
  if (executed && request->kind == STORE_NOTIFY) tell_others(sim);
  if (executed && request->kind == STORE_ANNOUNCE && reply.status == STORE_OK) sim_deadly_deaths(sim, &request->announce, &reply.announce);
  if (sim_chance(sim, crash)) {
    if (executed) sim_db_discard(&reply, request);
    sim_instance_crash(instance, sim_crash_store(request->kind, SIM_STORE_EXECUTED));
    return;
  }
  if (status != STORE_OK) {
    if (executed) sim_db_discard(&reply, request);
    reply = failed_reply(status);
  }
  count_reply(sim, entry, &reply);
  enum store_request_kind kind = request->kind; // the job may ask the next thing at once
  job_on_reply(instance->job, entry->lane, &reply);
  if (kind == STORE_COMMIT && reply.status == STORE_OK) sim_call_check(sim, instance, entry->lane);
  if (!instance->doomed && sim_chance(sim, crash)) sim_instance_crash(instance, sim_crash_store(kind, SIM_STORE_ANSWERED));
}

static void world_store(void *context, int lane, const struct store_request *request) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  if (sim_deadly_kills(request)) instance->doomed = instance->met_deadly = true;
  if (instance->doomed) return;
  if (sim->options.send_before_commit) send_early(sim, request);
  struct sim_event_entry entry = sim_event_of(instance, store_answered);
  entry.lane = lane;
  entry.request = request;
  usec_t delay = sim_delay(sim, 5000);
  if (sim->now + delay < instance->answered_at[lane]) delay = instance->answered_at[lane] - sim->now;
  instance->answered_at[lane] = sim->now + delay;
  sim_schedule(sim, delay, &entry);
}

// ---- the producer -----------------------------------------------------------

static unsigned hash(const char *key, size_t size) {
  unsigned h = 2166136261u;
  for (size_t i = 0; i < size; i++) h = (h ^ (unsigned char)key[i]) * 16777619u;
  return h;
}

// Some lane takes nothing that asks for more.
static bool is_held(const struct sim_instance *instance) {
  struct job_stats stats;
  job_stats(instance->job, &stats);
  return stats.undelivered > SIM_LANES * (SIM_UNDELIVERED - 1);
}

static void delivered(struct sim *sim, struct sim_event_entry *entry) {
  if (sim->kafka_away_until > sim->now && sim->now < entry->since + MESSAGE_TIMEOUT) {
    sim_schedule(sim, USEC_PER_SEC / 5, entry);
    return;
  }
  bool reach = sim->kafka_away_until <= sim->now && !sim_chance(sim, 30), seen = reach && !sim_chance(sim, 30);
  struct sim_message *m = &entry->message;
  if (reach) sim_append(sim, &sim->topics[entry->topic], entry->partition, m);
  free(m->key);
  free(m->value);
  if (sim_chance(sim, 2)) {
    sim_instance_crash(entry->instance, SIM_CRASH_BEFORE_DELIVERY);
    outbox_delivered(entry->cookie, false);
    return;
  }
  sim->sights.expired_messages += !seen;
  sim->sights.held += is_held(entry->instance);
  job_on_delivered(entry->instance->job, entry->cookie, seen);
}

void sim_world_forget(struct sim_event_entry *entry) {
  free(entry->message.key);
  free(entry->message.value);
  if (entry->run == delivered) outbox_delivered(entry->cookie, false); // as a producer that is torn down reports
}

// Messages of one partition arrive in their order, each late or not at all.
static bool world_produce(void *context, const struct world_message *message, uint64_t cookie) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  if (instance->doomed) return false;
  if (sim_chance(sim, 3)) instance->doomed = true;
  if (sim_chance(sim, 20) || instance->doomed) return false;
  sim_out_offered(sim, instance, message);
  struct sim_event_entry entry = sim_event_of(instance, delivered);
  entry.cookie = cookie;
  entry.since = sim->now;
  entry.topic = (int)(sim_topic(sim, message->topic) - sim->topics);
  entry.partition = message->partition >= 0 ? message->partition : (int)(hash(message->key, message->key_size) % SIM_PARTITIONS);
  entry.message = (struct sim_message){.key = xstrndup(message->key, message->key_size), .key_size = message->key_size, .value = xstrndup(message->value, message->value_size), .value_size = message->value_size};
  usec_t delay = sim_delay(sim, 3000), *last = &instance->delivered_at[entry.partition];
  if (sim->now + delay < *last) delay = *last - sim->now;
  *last = sim->now + delay;
  sim_schedule(sim, delay, &entry);
  return true;
}

// ---- the consumer -----------------------------------------------------------

static bool is_behind(const struct sim_instance *instance) {
  for (size_t i = 0; i < instance->position_count; i++) {
    const struct world_partition *at = &instance->positions[i];
    const struct sim_topic *topic = sim_topic(instance->sim, at->topic);
    if (!instance->unwanted[topic - instance->sim->topics] && (size_t)at->offset < topic->partitions[at->partition].count) return true;
  }
  return false;
}

// Hands over a few records of each partition.
static void poll(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  instance->polling = false;
  for (size_t i = 0; i < instance->position_count && sim->kafka_away_until <= sim->now; i++) {
    struct world_partition *at = &instance->positions[i];
    const struct sim_topic *topic = sim_topic(sim, at->topic);
    for (int n = 1 + (int)sim_random_below(&sim->random, 4); n > 0 && !instance->unwanted[topic - sim->topics]; n--) {
      if ((size_t)at->offset >= topic->partitions[at->partition].count) break;
      const struct sim_message *m = &topic->partitions[at->partition].items[at->offset];
      struct record record = {.topic = topic->name, .partition = at->partition, .offset = at->offset, .timestamp = m->timestamp, .value = m->value, .value_size = m->value_size};
      at->offset++;
      job_on_record(instance->job, &record);
    }
  }
  sim_poll_soon(instance);
}

void sim_poll_soon(struct sim_instance *instance) {
  struct sim *sim = instance->sim;
  if (instance->polling || !instance->alive || !is_behind(instance)) return;
  instance->polling = true;
  struct sim_event_entry entry = sim_event_of(instance, poll);
  usec_t delay = sim_delay(sim, 3000);
  if (sim->kafka_away_until > sim->now) delay += sim->kafka_away_until - sim->now;
  sim_schedule(sim, delay, &entry);
}

static void world_consume(void *context, const struct world_partition *partitions, size_t count) {
  struct sim_instance *instance = context;
  instance->position_count = count;
  for (size_t i = 0; i < count; i++) {
    instance->positions[i] = partitions[i];
    instance->positions[i].topic = sim_topic(instance->sim, partitions[i].topic)->name;
    if (partitions[i].offset < 0) instance->positions[i].offset = 0;
  }
  sim_poll_soon(instance);
}

// The simulated broker loses nothing.
static void world_seek(void *context, const char *topic, int32_t partition, int64_t offset) {
  struct sim_instance *instance = context;
  sim_fail(instance->sim, "a gap in %s/%d at %lld that is none", topic, partition, (long long)offset);
}

static void world_want_records(void *context, const char *topic, bool wanted) {
  struct sim_instance *instance = context;
  instance->unwanted[sim_topic(instance->sim, topic) - instance->sim->topics] = !wanted;
  sim_poll_soon(instance);
}

// ---- time and chance --------------------------------------------------------

static usec_t world_boottime(void *context) { return ((struct sim_instance *)context)->sim->now; }

static uint64_t world_random(void *context) { return sim_random_next(&((struct sim_instance *)context)->sim->random); }

static void woken(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  (void)sim;
  if (entry->cookie != instance->wake_order) return; // a later call replaced it
  job_on_timer(instance->job);
}

static void world_wake_at(void *context, usec_t boottime) {
  struct sim_instance *instance = context;
  struct sim *sim = instance->sim;
  struct sim_event_entry entry = sim_event_of(instance, woken);
  entry.cookie = ++instance->wake_order;
  sim_schedule(sim, boottime > sim->now ? boottime - sim->now : 0, &entry);
}

static void world_observe(void *context, enum world_observation what, const char *label, double value) {
  struct sim_sights *sights = &((struct sim_instance *)context)->sim->sights;
  (void)label, (void)value;
  sights->timers_fired += what == WORLD_TIMER_LATE;
}

struct world sim_world(struct sim_instance *instance) {
  return (struct world){.context = instance,
                        .boottime = world_boottime,
                        .store = world_store,
                        .consume = world_consume,
                        .seek = world_seek,
                        .want_records = world_want_records,
                        .produce = world_produce,
                        .call = sim_call,
                        .hang_up = sim_call_hang_up,
                        .wake_at = world_wake_at,
                        .observe = world_observe,
                        .random = world_random};
}
