// SPDX-License-Identifier: Apache-2.0
#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_workflow.h"

#define FAULTS_FOR (20 * USEC_PER_SEC)
#define QUIET_BY (20 * USEC_PER_MIN)
#define LET_GO_AFTER (12 * USEC_PER_SEC)
#define LATER_AT (8 * USEC_PER_SEC)

int sim_crash_store(enum store_request_kind kind, int step) { return SIM_CRASH_STORE + 3 * (int)kind + step; }

char *sim_crash_name(int point, char *out) {
  static const char *const others[] = {"idle", "among messages", "before a delivery report", "of a deadly input", "before the answer of a call"};
  static const char *const kinds[] = {"a take-over", "a load", "a commit", "a scan", "the definitions", "a publication", "a notice", "an announcement", "a settlement", "the schedules"};
  static const char *const steps[] = {"before %s", "before the answer of %s", "after %s"};
  if (point < SIM_CRASH_STORE) {
    snprintf(out, 64, "%s", others[point]);
  } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(out, 64, steps[(point - SIM_CRASH_STORE) % 3], kinds[(point - SIM_CRASH_STORE) / 3]);
#pragma GCC diagnostic pop
  }
  return out;
}

void sim_fail(struct sim *sim, const char *format, ...) {
  if (sim->failure[0]) return; // the first one counts
  va_list args;
  va_start(args, format);
  vsnprintf(sim->failure, sizeof sim->failure, format, args);
  va_end(args);
}

usec_t sim_db_clock(const struct sim *sim) { return sim->now + sim->db_ahead; }

bool sim_chance(struct sim *sim, unsigned per_mille) { return sim->faults && sim_random_chance(&sim->random, per_mille); }

usec_t sim_delay(struct sim *sim, usec_t most) { return 50 + (usec_t)sim_random_below(&sim->random, (uint64_t)most); }

// ---- the queue of what happens next -----------------------------------------

static bool before(const struct sim_event_entry *a, const struct sim_event_entry *b) {
  return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct sim_event_entry **a, struct sim_event_entry **b) {
  struct sim_event_entry *t = *a;
  *a = *b;
  *b = t;
}

void sim_schedule(struct sim *sim, usec_t delay, const struct sim_event_entry *entry) {
  struct sim_event_entry *copy = xmalloc(sizeof *copy);
  *copy = *entry;
  copy->at = sim->now + delay;
  copy->order = ++sim->last_order;
  vec_push(&sim->queue, copy);
  struct sim_event_entry **heap = sim->queue.items;
  for (size_t i = sim->queue.count - 1; i && before(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2) swap(&heap[i], &heap[(i - 1) / 2]);
}

static struct sim_event_entry *pop(struct sim *sim) {
  struct sim_event_entry **heap = sim->queue.items, *first = heap[0];
  heap[0] = heap[--sim->queue.count];
  for (size_t i = 0, n = sim->queue.count;;) {
    size_t least = i, left = 2 * i + 1;
    if (left < n && before(heap[left], heap[least])) least = left;
    if (left + 1 < n && before(heap[left + 1], heap[least])) least = left + 1;
    if (least == i) break;
    swap(&heap[i], &heap[least]);
    i = least;
  }
  return first;
}

// ---- topics -----------------------------------------------------------------

struct sim_topic *sim_topic(struct sim *sim, const char *name) {
  for (int i = 0; i < SIM_TOPICS; i++)
    if (strcmp(sim->topics[i].name, name) == 0) return &sim->topics[i];
  return NULL;
}

static char *duplicate(const char *data, size_t size) { return data ? xstrndup(data, size) : NULL; }

void sim_append(struct sim *sim, struct sim_topic *topic, int partition, const struct sim_message *message) {
  struct sim_message copy = *message;
  copy.key = duplicate(message->key, message->key_size);
  copy.value = duplicate(message->value, message->value_size);
  copy.timestamp = sim_db_clock(sim);
  vec_push(&topic->partitions[partition], copy);
  if (topic == &sim->topics[SIM_REQUESTS]) {
    sim_out_left(sim, &copy);
    sim_worker_look(sim, partition);
    return;
  }
  for (int i = 0; i < SIM_INSTANCES; i++)
    if (sim->instances[i].position_count) sim_poll_soon(&sim->instances[i]);
}

static void topics_free(struct sim *sim) {
  for (int t = 0; t < SIM_TOPICS; t++) {
    for (int p = 0; p < SIM_PARTITIONS; p++) {
      vec_foreach(message, &sim->topics[t].partitions[p]) {
        free(message->key);
        free(message->value);
      }
      vec_free(&sim->topics[t].partitions[p]);
    }
  }
}

// ---- definitions ------------------------------------------------------------

static void publish_definitions(struct sim *sim, bool later) {
  for (int i = 0; i < sim_workflow_count; i++)
    if (sim_workflows[i].later == later) sim_db_publish(&sim->db, "sim", sim_workflows[i].name, sim_workflows[i].version, sim_workflows[i].document);
  for (int i = 0; i < SIM_DEADLY && !later; i++) sim_db_publish(&sim->db, "sim", sim_deadly[i].name, sim_deadly[i].version, sim_deadly[i].document);
}

static void publish_later(struct sim *sim, struct sim_event_entry *entry) {
  (void)entry;
  publish_definitions(sim, true);
  sim->sights.definitions_changed++;
}

// ---- one seed ---------------------------------------------------------------

// Nothing is owed, and there was time to let go of what memory held. (An instance that
// has lost its homes waits before it takes some again.)
static void settle(struct sim *sim, struct sim_event_entry *entry) {
  bool quiet = !sim->faults && sim_is_settled(sim);
  if (!quiet || !entry->since) entry->since = sim->now;
  sim->settled = quiet && sim->now >= entry->since + LET_GO_AFTER;
  sim_schedule(sim, USEC_PER_SEC, entry);
}

static void setup(struct sim *sim, const struct sim_options *options) {
  static const char *const names[SIM_TOPICS] = {"triggers", "commands", "results", "requests"};
  *sim = (struct sim){.options = *options, .random = {options->seed}, .faults = true, .now = USEC_PER_SEC, .patient = options->seed % 2 == 0};
  sim->db_ahead = INT64_C(1700000000) * USEC_PER_SEC;
  for (int i = 0; i < SIM_TOPICS; i++) sim->topics[i].name = names[i];
  sim->scratch = arena_new();
  sim_db_init(&sim->db);
  sim->db.broken = options->broken;
  sim->db.picky = true;
  sim->db.watcher = sim_watcher(sim);
  publish_definitions(sim, false);
  for (int i = 0; i < SIM_INSTANCES; i++) {
    sim->instances[i].sim = sim;
    sim->instances[i].number = i;
  }
}

static void step(struct sim *sim, struct sim_event_entry *entry) {
  struct sim_instance *instance = entry->instance;
  if (instance && (instance->life != entry->life || !instance->alive))
    sim_world_forget(entry);
  else if (sim_is_frozen(entry))
    sim_schedule(sim, USEC_PER_SEC / 10, entry); // a stopped process sees it later
  else
    entry->run(sim, entry);
  // What an instance did may have sealed its fate: nothing of it is on the stack now.
  for (int i = 0; i < SIM_INSTANCES; i++)
    if (sim->instances[i].alive && sim->instances[i].doomed) sim_instance_crash(&sim->instances[i], sim->instances[i].met_deadly ? SIM_CRASH_DEADLY : SIM_CRASH_AMONG_MESSAGES);
}

bool sim_run(struct sim *sim, const struct sim_options *options) {
  setup(sim, options);
  for (int i = 0; i < SIM_INSTANCES; i++) sim_instance_start(&sim->instances[i]);
  sim_publish(sim);
  sim_operator_begin(sim);
  sim_faults_begin(sim);
  sim_schedule(sim, LATER_AT, &(struct sim_event_entry){.run = publish_later});
  sim_schedule(sim, FAULTS_FOR, &(struct sim_event_entry){.run = settle});
  sim_schedule(sim, FAULTS_FOR, &(struct sim_event_entry){.run = sim_schedules_stop});
  while (!sim->failure[0] && !sim->settled) {
    if (sim->now >= QUIET_BY) {
      sim_fail(sim, "not everything has ended %d virtual minutes after the start", (int)(QUIET_BY / USEC_PER_MIN));
      sim_describe_open(sim);
      break;
    }
    struct sim_event_entry *entry = pop(sim);
    sim->now = entry->at;
    step(sim, entry);
    free(entry);
  }
  sim_check_end(sim);
  return !sim->failure[0];
}

void sim_free(struct sim *sim) {
  for (int i = 0; i < SIM_INSTANCES; i++) job_free(sim->instances[i].job);
  vec_foreach(entry, &sim->queue) {
    sim_world_forget(*entry);
    free(*entry);
  }
  vec_free(&sim->queue);
  vec_foreach(expected, &sim->expected) free(expected->event_id);
  vec_free(&sim->expected);
  sim_hear_free(sim);
  vec_free(&sim->calls);
  vec_free(&sim->called);
  topics_free(sim);
  arena_free(sim->scratch);
  sim_db_free(&sim->db);
}
