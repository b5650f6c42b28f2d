// SPDX-License-Identifier: Apache-2.0
// A seeded simulation of the batch and the engine in a fake world: instances that crash
// between any two steps, pause past their session, lose the database's answer after
// COMMIT, and are assigned the same partitions; a broker that fails and repeats; workers
// that answer late, twice or never. Then the faults stop, and everything must converge.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "job/job.h"
#include "sim/sim_db.h"
#include "sim/sim_random.h"

enum { SIM_PARTITIONS = 3, SIM_INSTANCES = 2, SIM_LANES = 2, SIM_KEYS = 4 };

// Where an instance can die, counted over all seeds so that a run can say which it met.
enum sim_crash_point {
  SIM_CRASH_BEFORE_STORE,  // asked, not executed
  SIM_CRASH_AFTER_STORE,   // executed, answer not seen
  SIM_CRASH_AFTER_REPLY,   // answer handled, messages perhaps with the producer
  SIM_CRASH_BEFORE_DELIVERY, // message perhaps appended, report not seen
  SIM_CRASH_IDLE,
  SIM_CRASH_POISON,        // of an input that kills whoever decides it
  SIM_CRASH_POINTS,
};
extern const char *const sim_crash_names[SIM_CRASH_POINTS];

struct sim_options {
  uint64_t seed;
  int triggers;
  struct sim_breakage broken;
  bool send_before_commit; // a broken build: messages leave before the commit
  bool careless;           // a broken build: no caution after unclean ends
  bool verbose;
};

struct sim_message { // a record of a topic
  char *key, *value;
  size_t key_size, value_size;
};

struct sim_topic {
  const char *name;
  VEC(struct sim_message) partitions[SIM_PARTITIONS];
};

enum { SIM_TRIGGERS, SIM_COMMANDS, SIM_RESULTS, SIM_REQUESTS, SIM_TOPICS };

struct sim;

struct sim_instance {
  struct sim *sim;
  int number;
  int life;               // counts starts: what belongs to an earlier life is ignored
  bool alive, paused;
  bool doomed;            // it has met a poison, and dies before anything of it gets out
  char name[32];
  struct job *job;
  struct world world;
  bool member;            // of the consumer group, as the group sees it
  struct world_partition positions[3 * SIM_PARTITIONS];
  size_t position_count;
  int assignment; // the newest it was told of
  bool unwanted[SIM_TOPICS]; // back-pressure
  bool polling;
  usec_t wake_at;
  uint64_t wake_order;
  struct store_request *pending[SIM_LANES];
};

struct sim_event_entry {
  usec_t at;
  uint64_t order;
  void (*run)(struct sim *sim, struct sim_event_entry *entry);
  struct sim_instance *instance; // NULL = the world's
  int life;
  int lane, topic, partition;
  int assignment; // of the consumer group
  uint64_t cookie;
  bool flag;
  struct sim_message message;
};

struct sim {
  struct sim_options options;
  struct sim_random random;
  usec_t now;      // boottime of the whole world
  usec_t db_ahead; // the database's clock less `now`
  uint64_t last_order;
  VEC(struct sim_event_entry *) queue; // binary heap
  struct sim_db db;
  struct sim_topic topics[SIM_TOPICS];
  struct sim_instance instances[SIM_INSTANCES];
  bool faults, settled; // settled: every run has ended and nothing is owed
  size_t worker_read[SIM_PARTITIONS];
  int assignments; // that the group has made
  int published;
  size_t runs_wanted; // one per trigger and different recipient
  size_t repeated; // triggers that a producer published twice
  const struct sim_workflow *poison; // of a trigger "poison"; NULL = none in this seed
  size_t set_aside; // inputs that were set aside since instances had died of them
  char failure[512]; // empty = none
  uint64_t crashes[SIM_CRASH_POINTS];
  uint64_t zombies, unknowns;
};

// Runs one seed; false and sim->failure when a promise was broken. Free it either way.
bool sim_run(struct sim *sim, const struct sim_options *options);
void sim_free(struct sim *sim);

// Schedules `run` after `delay`; the entry is a copy.
void sim_schedule(struct sim *sim, usec_t delay, const struct sim_event_entry *entry);
void sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
usec_t sim_db_clock(const struct sim *sim);
struct sim_topic *sim_topic(struct sim *sim, const char *name);
void sim_append(struct sim *sim, struct sim_topic *topic, int partition, const void *key, size_t key_size, const void *value, size_t value_size);

// sim_instance.c
void sim_instance_start(struct sim_instance *instance);
void sim_instance_crash(struct sim_instance *instance, enum sim_crash_point point);
void sim_rebalance(struct sim *sim);
// Lets go of an event that its instance did not live to see.
void sim_instance_forget(struct sim_event_entry *entry);
// sim_worker.c
void sim_worker_step(struct sim *sim, struct sim_event_entry *entry);
void sim_operator_step(struct sim *sim, struct sim_event_entry *entry);
void sim_publish(struct sim *sim);
// sim_check.c
void sim_check_request(struct sim *sim, const struct sim_message *message);
bool sim_is_settled(const struct sim *sim);
// sim_poison.c
bool sim_is_poison(const struct sim_run *run);
bool sim_is_resumed(const struct sim *sim, const struct sim_run *run); // by an operator
// Set aside without being a poison, and not taken again yet.
bool sim_may_come_again(const struct sim *sim, const struct sim_quarantine *row);
// The poison harms nobody any more.
bool sim_is_harmless(const struct sim *sim);
void sim_check_poison(struct sim *sim);
void sim_check_deaths(struct sim *sim, const struct store_announce *announce, const struct store_announce_reply *reply);
void sim_check_end(struct sim *sim);
