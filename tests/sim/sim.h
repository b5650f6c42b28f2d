// SPDX-License-Identifier: Apache-2.0
// A seeded simulation of the batch and the engine in a fake world: instances that crash
// between any two steps, pause past their session, are stopped, lose the database's answer
// after COMMIT, and are assigned the same partitions; a database and a broker that go away,
// refuse, fail and repeat; workers that answer late, twice, wrongly or never, and servers that
// are called; events before, while and after somebody listens for them, some twice, some for
// others; operators who cancel, suspend, wake and retry, and pause the intake; an input that
// kills whoever decides it. Each commit and each message is checked (sim_watch.c, sim_home.c,
// sim_out.c, sim_hear.c, sim_call.c). Then the faults stop, and everything must converge
// (sim_end.c).
//
// Half of the seeds are patient: no deadline comes within the simulated time, and every
// message that reaches a worker is answered. There nothing makes up for a message, a timer
// or a deadline that was lost. In the other half some workers stay silent for ever, and
// only deadlines help.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "job/job.h"
#include "sim/sim_db.h"
#include "sim/sim_random.h"

#define SIM_LOOKBACK (8 * USEC_PER_SEC) // of listeners

enum { SIM_PARTITIONS = 3, SIM_INSTANCES = 3, SIM_LANES = 2, SIM_KEYS = 4, SIM_PIECE = 4, SIM_UNDELIVERED = 2 };

// What an instance was doing when it died, counted over all seeds so that a run can say
// which points it met. The database's are three for each kind of request.
enum sim_crash_point {
  SIM_CRASH_IDLE,
  SIM_CRASH_AMONG_MESSAGES,  // some of a batch's messages are with the producer
  SIM_CRASH_BEFORE_DELIVERY, // message perhaps appended, report not seen
  SIM_CRASH_DEADLY,          // of an input that kills whoever decides it
  SIM_CRASH_CALLING,         // the server has done what it was called for, its answer is not seen
  SIM_CRASH_STORE,           // + 3 * kind + 0 asked, 1 executed, 2 answered
  SIM_CRASH_POINTS = SIM_CRASH_STORE + 3 * (STORE_SCHEDULES + 1),
};
enum { SIM_STORE_ASKED, SIM_STORE_EXECUTED, SIM_STORE_ANSWERED };
// The point's name in a buffer of 64 bytes.
char *sim_crash_name(int point, char *out);
int sim_crash_store(enum store_request_kind kind, int step);

// Other things that a run must have met to have proved anything.
#define SIM_SIGHTS(X)                                                                                                                               \
  X(zombies) X(unknown_outcomes) X(stops) X(database_away) X(kafka_away) X(clock_set_back) X(expired_messages) X(redone) X(refused) X(late_answers) \
  X(wrong_partitions) X(duplicates) X(quarantined) X(pieces) X(tombstones_met) X(timers_fired) X(portions) X(retries) X(deadlines) X(suspended)      \
  X(cancelled) X(woken) X(retried_runs) X(definitions_changed) X(heartbeats) X(inbox_rows) X(partitions_made) X(key_cancels) X(set_aside) X(pauses) X(rehearsed) X(held)                                                      \
  X(branches) X(losers) X(siblings_ended) X(turns)                                                                                                  \
  X(heard) X(looked_back) X(heard_elsewhere) X(passed_over) X(gathered) X(judged) X(closed) X(listeners_ended) X(handed_later)                                                          \
  X(calls) X(calls_refused) X(calls_failed) X(calls_repeated) X(hung_up)
struct sim_sights {
#define X(name) uint64_t name;
  SIM_SIGHTS(X)
#undef X
};

struct sim_options {
  uint64_t seed;
  int triggers;
  struct sim_breakage broken;
  bool send_before_commit; // a broken build: messages leave before the commit
  bool careless;           // a broken build: no caution after unclean ends
  bool verbose;
};

// What must become of a record.
enum sim_fate { SIM_TAKEN, SIM_SET_ASIDE, SIM_EITHER };

struct sim_message { // a record of a topic
  char *key, *value;
  size_t key_size, value_size;
  usec_t timestamp;
  enum sim_fate fate;
};

struct sim_topic {
  const char *name;
  VEC(struct sim_message) partitions[SIM_PARTITIONS];
};

enum { SIM_TRIGGERS, SIM_COMMANDS, SIM_RESULTS, SIM_REQUESTS, SIM_TOPICS };

// What a trigger event must lead to, once for however often it was published.
struct sim_expected {
  char *event_id;
  int triggers; // one for each workflow
  int runs;     // of each trigger
  int copies;   // published, so far
};

// An event that workflows listen for; its id is "event-" and its index.
struct sim_publication {
  const char *type;
  int key; // of the trigger that it means, -1 = nobody's
};

struct sim_heard {
  size_t publication;
  int32_t seq;
};

// A task that began to listen.
struct sim_listener {
  struct sim_run *run;
  const struct sim_listen *wants;
  int32_t no; // of its subscription
  usec_t begun;
  bool is_new, is_over;
  VEC(struct sim_heard) heard;
};

// A call that an instance has under way.
struct sim_call {
  struct sim_instance *instance;
  uint64_t cookie;
  struct uuid run_id;
  int32_t action_no, attempt;
  usec_t number; // of all calls
};

struct sim;

struct sim_instance {
  struct sim *sim;
  int number;
  int life; // counts starts: what belongs to an earlier life is ignored
  bool alive, paused, stopping;
  bool doomed; // dies when what it does now is done: nothing of it reaches the world any more
  bool met_deadly; // of that
  char name[32];
  struct job *job;
  struct world world;
  bool member; // of the consumer group, as the group sees it
  struct world_partition positions[3 * SIM_PARTITIONS];
  size_t position_count;
  int assignment; // the newest it was told of
  bool unwanted[SIM_TOPICS]; // back-pressure
  bool polling;
  uint64_t wake_order;
  uint64_t takings[SIM_LANES]; // take-overs: after each one messages are offered anew
  usec_t answered_at[SIM_LANES];  // a lane's requests are answered in their order
  usec_t delivered_at[SIM_PARTITIONS];
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
  usec_t since;
  const struct store_request *request;
  struct sim_message message;
};

struct sim {
  struct sim_options options;
  struct sim_random random;
  bool patient;
  usec_t now;      // boottime of the whole world
  usec_t db_ahead; // the database's clock less `now`
  usec_t db_set_back; // by how much in all it was set back
  usec_t db_away_until, kafka_away_until, kafka_away_since;
  uint64_t last_order;
  VEC(struct sim_event_entry *) queue; // binary heap
  struct sim_db db;
  struct sim_topic topics[SIM_TOPICS];
  struct sim_instance instances[SIM_INSTANCES];
  bool faults, settled; // settled: every run has ended and nothing is owed
  bool worker_busy[SIM_PARTITIONS];
  size_t worker_read[SIM_PARTITIONS];
  int assignments; // that the group has made
  VEC(struct sim_expected) expected;
  size_t unpublished;  // records that producers still hold
  VEC(struct sim_publication) publications;
  VEC(struct sim_listener) listeners;
  size_t arrivals_seen, inbox_seen; // by whoever looks at listeners
  VEC(struct sim_call) calls; // under way
  VEC(struct action_id) called; // ever
  const struct sim_workflow *deadly; // of a trigger of this seed; NULL = none
  uint64_t commit_count;
  struct arena *scratch;
  char failure[512];  // empty = none
  uint64_t crashes[SIM_CRASH_POINTS];
  struct sim_sights sights;
};

// Runs one seed; false and sim->failure when a promise was broken. Free it either way.
bool sim_run(struct sim *sim, const struct sim_options *options);
void sim_free(struct sim *sim);

// Schedules `run` after `delay`; the entry is a copy.
void sim_schedule(struct sim *sim, usec_t delay, const struct sim_event_entry *entry);
void sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
usec_t sim_db_clock(const struct sim *sim);
struct sim_topic *sim_topic(struct sim *sim, const char *name);
// Appends a copy and tells whoever reads the partition.
void sim_append(struct sim *sim, struct sim_topic *topic, int partition, const struct sim_message *message);
// True now and then while there are faults.
bool sim_chance(struct sim *sim, unsigned per_mille);
usec_t sim_delay(struct sim *sim, usec_t most);

// sim_instance.c
struct sim_event_entry sim_event_of(struct sim_instance *instance, void (*run)(struct sim *, struct sim_event_entry *));
void sim_instance_start(struct sim_instance *instance);
void sim_instance_crash(struct sim_instance *instance, int point);
// An orderly stop: drains, ends, and starts again.
void sim_instance_stop(struct sim_instance *instance);
void sim_rebalance(struct sim *sim);
// sim_world.c
struct world sim_world(struct sim_instance *instance);
// Something may be there to read.
void sim_poll_soon(struct sim_instance *instance);
// Lets go of an event that its instance did not live to see.
void sim_world_forget(struct sim_event_entry *entry);
// sim_faults.c
void sim_faults_begin(struct sim *sim);
// Whether the event waits because its process is stopped.
bool sim_is_frozen(const struct sim_event_entry *entry);
// sim_worker.c
void sim_worker_look(struct sim *sim, int partition);
// sim_producer.c
void sim_publish(struct sim *sim);
// An event for who listens under the key, -1 = for nobody.
void sim_publish_event(struct sim *sim, const char *type, int key, usec_t delay);
// sim_operator.c
void sim_operator_begin(struct sim *sim);
// sim_watch.c, and sim_tables.c for the read tables
void sim_tables_check(struct sim *sim, const struct store_commit *commit);
struct sim_watcher sim_watcher(struct sim *sim);
void sim_describe(const struct sim *sim, const struct sim_run *run);
// sim_home.c
void sim_home_check(struct sim *sim, const struct store_commit *commit, const struct store_fence *fence, usec_t clock);
// sim_out.c
void sim_out_committed(struct sim *sim, const struct store_fence *fence);
void sim_out_events(struct sim *sim, const struct store_commit *commit);
void sim_out_offered(struct sim *sim, struct sim_instance *instance, const struct world_message *message);
void sim_out_left(struct sim *sim, const struct sim_message *message);
// Whether the message needs not leave any more: nobody waits for its answer.
bool sim_out_is_void(const struct sim_run *run, const struct sim_request *request);
// sim_schedule.c
void sim_schedules_stop(struct sim *sim, struct sim_event_entry *entry);
bool sim_schedules_rest(const struct sim *sim);
size_t sim_schedules_triggers(const struct sim *sim);
void sim_schedules_check(struct sim *sim);
// sim_child.c
// Whether the action is a child: no worker is asked for it.
bool sim_child_is_action(const struct sim_run *run, int32_t action_no);
size_t sim_children_triggers(const struct sim *sim);
void sim_children_check(struct sim *sim);
// sim_hear.c
void sim_hear_event(struct sim *sim, struct sim_run *run, const struct wf_event *event);
void sim_hear_commit(struct sim *sim, const struct store_commit *commit, usec_t clock);
// Whoever still listens, and for whom nothing is on its way, is told what it wants.
void sim_hear_feed(struct sim *sim);
// Of the workflows that start on several events.
bool sim_hear_is_gathered(const char *workflow);
size_t sim_hear_gathered(const struct sim *sim);
void sim_hear_check(struct sim *sim);
void sim_hear_free(struct sim *sim);
// sim_call.c: the servers that are called
bool sim_call(void *context, const struct world_call *call, uint64_t cookie);
void sim_call_hang_up(void *context, uint64_t cookie);
bool sim_call_is_native(const struct sim_run *run, int32_t action_no);
// Behind a commit of a lane that the instance knows of.
void sim_call_check(struct sim *sim, const struct sim_instance *instance, int lane);
// sim_deadly.c
#define SIM_LONG_ENOUGH "it was long enough" // says an operator who lets go
bool sim_deadly_kills(const struct store_request *request);
bool sim_deadly_is(const struct sim_trigger *trigger);
// What an operator has tried once more is left as it is.
bool sim_deadly_is_left(const struct sim *sim, const struct sim_run *run);
bool sim_is_crash_loop(const struct sim_quarantine *row);
// The trigger's fan-out was given up since instances had died of a piece.
bool sim_deadly_is_rest(const struct sim *sim, const struct sim_trigger *trigger);
void sim_deadly_replay(struct sim *sim);
bool sim_deadly_is_passed_over(const struct sim *sim, const struct sim_run *run);
// It harms nobody any more, and nothing else is set aside because of it.
bool sim_deadly_is_harmless(const struct sim *sim);
void sim_deadly_check(struct sim *sim);
void sim_deadly_deaths(struct sim *sim, const struct store_announce *announce, const struct store_announce_reply *reply);
// sim_end.c
bool sim_is_settled(const struct sim *sim);
void sim_describe_open(const struct sim *sim);
void sim_check_end(struct sim *sim);
