// SPDX-License-Identifier: Apache-2.0
#include "sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_workflow.h"

#define FAULTS_FOR (20 * USEC_PER_SEC)
#define QUIET_BY (30 * USEC_PER_MIN)

const char *const sim_crash_names[SIM_CRASH_POINTS] = {"before the database was asked", "before its answer was seen", "after its answer",
                                                       "before a delivery report", "idle", "of a poison"};

void sim_fail(struct sim *sim, const char *format, ...) {
  if (sim->failure[0]) return; // the first one counts
  va_list args;
  va_start(args, format);
  vsnprintf(sim->failure, sizeof sim->failure, format, args);
  va_end(args);
}

usec_t sim_db_clock(const struct sim *sim) { return sim->now + sim->db_ahead; }

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

static char *duplicate(const void *data, size_t size) { return data ? xstrndup(data, size) : NULL; }

void sim_append(struct sim *sim, struct sim_topic *topic, int partition, const void *key, size_t key_size, const void *value, size_t value_size) {
  struct sim_message message = {duplicate(key, key_size), duplicate(value, value_size), key_size, value_size};
  vec_push(&topic->partitions[partition], message);
  if (topic == &sim->topics[SIM_REQUESTS]) sim_check_request(sim, &message);
}

// ---- faults -----------------------------------------------------------------

static void resume(struct sim *sim, struct sim_event_entry *entry) {
  (void)sim;
  entry->instance->paused = false;
}

static void leave_group(struct sim *sim, struct sim_event_entry *entry) {
  if (!entry->instance->paused) return;
  entry->instance->member = false;
  sim->zombies++;
  sim_rebalance(sim);
}

static void rejoin(struct sim *sim, struct sim_event_entry *entry) {
  if (entry->instance->member || !entry->instance->alive) return;
  entry->instance->member = true;
  sim_rebalance(sim);
}

// The process is stopped for longer than its session, then goes on as if nothing had been.
static void pause(struct sim *sim, struct sim_instance *instance) {
  instance->paused = true;
  usec_t stopped = USEC_PER_SEC * (usec_t)(1 + sim_random_below(&sim->random, 4));
  sim_schedule(sim, USEC_PER_SEC / 2, &(struct sim_event_entry){.run = leave_group, .instance = instance, .life = instance->life});
  sim_schedule(sim, stopped, &(struct sim_event_entry){.run = resume, .instance = NULL, .lane = instance->number, .life = instance->life});
  sim_schedule(sim, stopped + USEC_PER_SEC, &(struct sim_event_entry){.run = rejoin, .instance = instance, .life = instance->life});
}

static void fault(struct sim *sim, struct sim_event_entry *entry) {
  if (!sim->faults) return;
  struct sim_instance *instance = &sim->instances[sim_random_below(&sim->random, SIM_INSTANCES)];
  switch (sim_random_below(&sim->random, 4)) {
  case 0:
    if (instance->alive && !instance->paused) sim_instance_crash(instance, SIM_CRASH_IDLE);
    break;
  case 1:
    if (instance->alive && !instance->paused) pause(sim, instance);
    break;
  case 2: sim_rebalance(sim); break;
  case 3: sim->db_ahead += (usec_t)sim_random_below(&sim->random, 200) * USEC_PER_MSEC; break;
  }
  sim_schedule(sim, (usec_t)sim_random_below(&sim->random, 3000) * USEC_PER_MSEC, entry);
}

static void faults_end(struct sim *sim, struct sim_event_entry *entry) {
  (void)entry;
  sim->faults = false;
  for (int i = 0; i < SIM_INSTANCES; i++) {
    sim->instances[i].paused = false;
    if (sim->instances[i].alive) sim->instances[i].member = true;
  }
  sim_rebalance(sim);
}

static void settle(struct sim *sim, struct sim_event_entry *entry) {
  sim->settled = !sim->faults && sim_is_settled(sim);
  sim_schedule(sim, USEC_PER_SEC, entry);
}

static void bury_doomed(struct sim *sim) {
  for (int i = 0; i < SIM_INSTANCES; i++)
    if (sim->instances[i].alive && sim->instances[i].doomed) sim_instance_crash(&sim->instances[i], SIM_CRASH_POISON);
}

// ---- one seed ---------------------------------------------------------------

static void setup(struct sim *sim, const struct sim_options *options) {
  static const char *const names[SIM_TOPICS] = {"triggers", "commands", "results", "requests"};
  *sim = (struct sim){.options = *options, .random = {options->seed}, .faults = true, .now = USEC_PER_SEC};
  sim->db_ahead = INT64_C(1700000000) * USEC_PER_SEC;
  for (int i = 0; i < SIM_TOPICS; i++) sim->topics[i].name = names[i];
  sim_db_init(&sim->db);
  sim->db.broken = options->broken;
  for (int i = 0; i < sim_workflow_count; i++) sim_db_publish(&sim->db, "sim", sim_workflows[i].name, "1.0.0", sim_workflows[i].document);
  for (int i = 0; i < SIM_POISONS; i++) sim_db_publish(&sim->db, "sim", sim_poisons[i].name, "1.0.0", sim_poisons[i].document);
  for (int i = 0; i < SIM_INSTANCES; i++) {
    sim->instances[i].sim = sim;
    sim->instances[i].number = i;
  }
}

bool sim_run(struct sim *sim, const struct sim_options *options) {
  setup(sim, options);
  for (int i = 0; i < SIM_INSTANCES; i++) sim_instance_start(&sim->instances[i]);
  sim_publish(sim);
  sim_schedule(sim, USEC_PER_SEC, &(struct sim_event_entry){.run = sim_operator_step});
  for (int p = 0; p < SIM_PARTITIONS; p++) sim_schedule(sim, USEC_PER_MSEC, &(struct sim_event_entry){.run = sim_worker_step, .partition = p});
  sim_schedule(sim, USEC_PER_SEC, &(struct sim_event_entry){.run = fault});
  sim_schedule(sim, FAULTS_FOR, &(struct sim_event_entry){.run = faults_end});
  sim_schedule(sim, FAULTS_FOR, &(struct sim_event_entry){.run = settle});
  while (!sim->failure[0] && !sim->settled) {
    if (sim->now >= QUIET_BY) {
      sim_fail(sim, "not everything has ended %d virtual minutes after the last fault", (int)(QUIET_BY / USEC_PER_MIN));
      break;
    }
    struct sim_event_entry *entry = pop(sim);
    sim->now = entry->at;
    struct sim_instance *instance = entry->instance;
    bool stale = instance && (instance->life != entry->life || !instance->alive);
    if (instance && !stale && instance->paused && entry->run != leave_group) {
      sim_schedule(sim, USEC_PER_SEC / 10, entry); // a stopped process sees it later
    } else if (!stale) {
      if (entry->run == resume) entry->instance = &sim->instances[entry->lane];
      entry->run(sim, entry);
      bury_doomed(sim);
    } else {
      sim_instance_forget(entry);
    }
    free(entry);
  }
  if (!sim->failure[0]) sim_check_end(sim);
  return !sim->failure[0];
}

void sim_free(struct sim *sim) {
  for (int i = 0; i < SIM_INSTANCES; i++) job_free(sim->instances[i].job);
  vec_foreach(entry, &sim->queue) {
    sim_instance_forget(*entry);
    free(*entry);
  }
  vec_free(&sim->queue);
  for (int t = 0; t < SIM_TOPICS; t++) {
    for (int p = 0; p < SIM_PARTITIONS; p++) {
      vec_foreach(message, &sim->topics[t].partitions[p]) {
        free(message->key);
        free(message->value);
      }
      vec_free(&sim->topics[t].partitions[p]);
    }
  }
  sim_db_free(&sim->db);
}
