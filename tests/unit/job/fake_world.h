// SPDX-License-Identifier: Apache-2.0
// The world of a test (job/world.h): a database that does what it is asked when the test
// says so, a broker that keeps what is produced, and a clock that stands still until it
// is moved. The database is the simulation's model of PostgreSQL (sim/sim_db.h).
//
//   struct fake_world *fake = fake_new();      a database with the workflows below
//   fake->config.bounds.batch_inputs = 2;      change what the story needs
//   fake_start(fake);                          an instance that owns every partition
//   fake_trigger(fake, "{…}");                 publish; then let it come to rest
//   fake_settle(fake);
//   assert_string_equal(fake_events(fake, 0), "run.created …");
//
// Whatever cannot happen in a right world ends the test case.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vec.h"
#include "job/job.h"
#include "job/job_internal.h"
#include "job/lane.h"
#include "sim/sim_db.h"

enum { FAKE_LANES_MAX = 2, FAKE_PARTITIONS_MAX = 4, FAKE_KINDS = STORE_SCHEDULES + 1 };
enum fake_topic { FAKE_TRIGGERS, FAKE_COMMANDS, FAKE_RESULTS, FAKE_TOPICS };

// What a worker finds.
struct fake_message {
  struct uuid run_id;
  int32_t action_no, attempt, answer_partition;
  bool is_cancel;
  usec_t deadline;
  char topic[24], key[40], function[24];
  char arguments[128], traceparent[16];
  const char *event; // a CloudEvent, as sent: then it is for no worker; else NULL
  uint64_t cookie;
  bool reported; // the broker has said whether it has it
};

// One of the daemon's own calls.
struct fake_call {
  uint64_t cookie;
  int home; // of its run
  bool ended, hung_up;
};

struct fake_quarantine {
  char *code, *text, *id;
  int64_t offset;
};

struct fake_duplicate {
  struct uuid first_trigger_id;
  char *workflow, *id;
};

struct fake_applied {
  int64_t command_id;
  int32_t run_count;
  char *result;
};

struct fake_tombstone {
  char *key, *workflow, *recipient; // "" = absent
  usec_t cancel_time, expires_at;
};

struct fake_world {
  struct job_config config; // change it before fake_start()
  int partitions;           // of each topic, 1 unless changed
  struct sim_db db;
  struct job *job;
  struct world world;
  int life;
  char instance[24];
  usec_t now, ahead; // boottime; the database's clock is now + ahead

  const struct store_request *asked[FAKE_LANES_MAX]; // not answered yet
  int asks[FAKE_KINDS];
  VEC(struct fake_message) messages; // in the order they were produced
  size_t room;  // messages the producer still takes
  bool deliver; // the broker reports each at once
  bool records_wanted, answers_wanted; // triggers; commands and results
  int flow_changes, consume_calls;
  VEC(struct world_partition) consumed, seeks;
  VEC(struct fake_call) calls; // in the order they began
  size_t calls_at_once;        // as many as wanted, unless changed
  usec_t wake_at;
  int64_t next_offset[FAKE_TOPICS][FAKE_PARTITIONS_MAX];

  // What committed batches wrote beyond what the model keeps.
  VEC(struct fake_quarantine) quarantine;
  VEC(struct fake_duplicate) duplicates;
  VEC(struct fake_applied) applied;
  VEC(struct fake_tombstone) tombstones;
  VEC(int) notified; // homes; -1 = all

  // Commits for which it says true are answered by `refusal`. NULL = none.
  bool (*refuses)(const struct store_commit *commit);
  enum store_status refusal; // STORE_REFUSED unless changed
  // Changes a reply before it is handed over. NULL = as it is.
  void (*edit)(struct fake_world *fake, const struct store_request *request, struct store_reply *reply);
  struct arena *arena; // of the texts handed out here
};

// Workflows of every database, namespace "test": `one` has one action, `beat` one whose
// worker gives signs of life every 10 s, `nap` waits an hour, `long` waits 60 days, `two`
// has two actions, `say` emits an event, `hear` listens for one of
// type t.wanted, `fetch` has the daemon make a call, `done` ends at once.
struct fake_world *fake_new(void);
void fake_free(struct fake_world *fake);
// For cmocka: a world in *state, not started.
int fake_setup(void **state);
int fake_teardown(void **state);

// A process start: a new instance, everything assigned to it, and at rest.
void fake_start(struct fake_world *fake);
// As fake_start(), up to the first thing it asks for.
void fake_boot(struct fake_world *fake);
// The process dies: what was asked and produced and not answered never is.
void fake_crash(struct fake_world *fake);
// Another instance takes the home over.
void fake_steal(struct fake_world *fake, int home);
void fake_define(struct fake_world *fake, const char *name, const char *version, const char *rest);

// ---- what comes ------------------------------------------------------------

void fake_record(struct fake_world *fake, enum fake_topic topic, int partition, const char *value);
void fake_trigger(struct fake_world *fake, const char *json); // partition 0
// A trigger of test/<workflow> with recipient "lead-1".
void fake_start_run(struct fake_world *fake, const char *workflow, const char *id);
// The worker's answer to a message: it goes to partition 0 unless said.
void fake_complete(struct fake_world *fake, const struct fake_message *message);
void fake_complete_at(struct fake_world *fake, int partition, const struct fake_message *message);
// A call has come to its end: so, or with {} as its output.
void fake_end_call(struct fake_world *fake, size_t call, const struct world_answer *answer);
static inline void fake_answer_call(struct fake_world *fake, size_t call) {
  fake_end_call(fake, call, &(struct world_answer){.completed = true, .output = TEXT("{}")});
}
void fake_heartbeat(struct fake_world *fake, const struct fake_message *message);
// A command by Kafka to the index-th run: "cancel", "suspend", …
void fake_command(struct fake_world *fake, const char *kind, size_t run);
// A row of `workflow.command` by cancellation key, for one home.
void fake_order_by_key(struct fake_world *fake, int home, const char *key);

// ---- time and answers --------------------------------------------------------

// The request under way; the test fails when there is none.
const struct store_request *fake_asked(const struct fake_world *fake, int lane);
// Does what the lane asked, and says so.
void fake_answer(struct fake_world *fake, int lane);
// Does nothing, and answers `status`.
void fake_refuse(struct fake_world *fake, int lane, enum store_status status);
// Does it, but the answer is lost.
void fake_lose(struct fake_world *fake, int lane);
// Answers what is asked until lane 0 asks for that; returns the request.
const struct store_request *fake_until(struct fake_world *fake, enum store_request_kind kind);
// Answers all that is asked, until nothing happens any more at this instant.
void fake_settle(struct fake_world *fake);
// Moves the clock on; what falls due on the way happens at its instant.
void fake_advance(struct fake_world *fake, usec_t by);
void fake_report(struct fake_world *fake, size_t message, bool delivered);

// ---- what there is -----------------------------------------------------------

usec_t fake_clock(const struct fake_world *fake); // the database's
struct home *fake_home(const struct fake_world *fake, int number);
const struct sim_batch *fake_batch(const struct fake_world *fake, int home); // the newest
// Types of the index-th run's events: "run.created run.started".
const char *fake_events(const struct fake_world *fake, size_t run);
int fake_count_events(const struct fake_world *fake, size_t run, enum wf_event_type type);
const struct uuid *fake_run_id(const struct fake_world *fake, size_t run);
bool fake_is_open(const struct fake_world *fake, size_t run);
struct job_stats fake_stats(const struct fake_world *fake);
