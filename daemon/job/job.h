// SPDX-License-Identifier: Apache-2.0
// The one place where work goes through: what Kafka, the clock and SQL bring becomes
// batches; a batch is loaded, decided, committed, acted upon and acknowledged, in this
// order. Knows no library of the outside world, only the seam (world.h).
//
// Single-threaded: every call comes from the loop, none blocks.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/decide.h"
#include "job/message.h"
#include "job/store.h"
#include "job/world.h"

struct job;

struct job_topics {
  const char *triggers, *commands, *results;
  const char *events;    // where `emit` sends to
  const char *lifecycle; // told when bounds.run.lifecycle says so
};

struct job_bounds {
  size_t record_bytes;       // of a record's value
  size_t recipients;         // of one trigger
  size_t recipients_per_batch; // a trigger with more is spread over several transactions
  size_t fanouts;            // triggers spread so at the same time, per lane
  size_t batch_inputs, batch_bytes; // of one transaction; the bytes taken, and those decided
  size_t queue_bytes;        // waiting in memory, per lane; beyond it Kafka is not read
  size_t cached_run_bytes;   // per lane
  size_t undelivered_messages, undelivered_bytes; // per lane; at one of them only control is taken
  size_t timers_in_memory;   // read ahead per home
  int32_t child_depth;       // runs above a run
  struct wf_bounds run;
};

// What to do when records are gone before they were read, or others stand in their place.
enum job_gap_policy { JOB_GAP_STOP, JOB_GAP_CONTINUE };

// How a schedule goes on that has had slots while nobody was there; see slots.h.
enum slots_catchup { SLOTS_LATEST, SLOTS_ALL };
struct job_slots {
  enum slots_catchup catchup;
  usec_t window; // at most 7 days: a run's id says when its slot was
};

struct job_config {
  int lanes;
  struct job_slots slots;
  enum job_gap_policy gap_policy;
  const char *instance;   // random, of this process start
  struct job_topics topics;
  struct job_bounds bounds;
  usec_t timer_horizon;   // how far ahead timers are held in memory
  usec_t guard_spill;     // a deadline older than this gets a row
  usec_t inbox_fallback;  // how often an idle lane looks for messages from other homes
  int event_gatherings;   // sets of events that lack some, of one workflow
  usec_t event_gathering; // how long events are kept of a workflow that starts on several
  usec_t event_lookback;  // how long before it began a listener hears
  usec_t tombstone_ttl;   // how long a cancel by key holds for triggers that come later
  usec_t settle_after;    // how long homes must be held for an unclean end not to count
  size_t careful_inputs;  // taken one by one after two such ends; twice as many with each further one
  usec_t claim_first;     // how long to look for repeated triggers first after one was met
};

struct job_stats {
  uint64_t records, triggers, runs_created, runs_ended, events, duplicates, quarantined;
  uint64_t gaps, unmatched, timers_fired, requests, batches, redone, fenced;
  usec_t commit_since;    // boottime since when the oldest transaction is under way, 0 = none
  usec_t oldest_queued;   // boottime of the arrival of the oldest waiting record, 0 = none
  usec_t oldest_due_age;  // how long the earliest timer has been due, 0 = none is
  size_t queued, queued_bytes, runs_cached, runs_cached_bytes, timers, undelivered, undelivered_bytes;
  size_t calls, calls_in_flight; // actions that the daemon does itself, waiting ones too; under way
  size_t held;            // lanes that have waited for seconds until messages are delivered
  size_t stopped;         // partitions that the gap policy lets nobody read further
  bool consuming;         // all homes are taken over
  bool is_intake_paused;  // no trigger is taken, as operators wish
  usec_t clock;           // the database's, as estimated now; 0 = not known yet
};

// Where a partition taken over stands.
struct job_offset {
  const char *topic;
  int32_t partition;
  int64_t next_offset;   // of the next record to be taken in; -1 = nothing was read yet
  usec_t last_timestamp; // of the last record taken in; 0 = none
};

// Everything given is borrowed and must outlive the job.
struct job *job_new(const struct job_config *config, const struct world *world, const struct wf_catalog *catalog,
                    const struct wf_evaluator *evaluator);
void job_free(struct job *job);

// Kafka's word on who should work. An assignment replaces the one before; the cluster id
// says which cluster the offsets belong to.
void job_on_assigned(struct job *job, const char *cluster_id, const struct world_partition *partitions, size_t count);
void job_on_revoked(struct job *job);
// Kafka no longer answers, or gave up on us: nobody says who should work. Goes on with
// what it holds (timers, messages from SQL) until PostgreSQL says that another has it, or
// until the next assignment.
void job_on_lost(struct job *job);
// A record of a partition assigned. It is copied.
void job_on_record(struct job *job, const struct record *record);
// The broker does not have the offset wanted; it has `low` to `high` - 1. Whether
// anything is lost, and what to do then, is the job's to say.
void job_on_gap(struct job *job, const char *topic, int32_t partition, int64_t low, int64_t high);
void job_on_delivered(struct job *job, uint64_t cookie, bool delivered);
// What became of an action that world.call was given.
void job_on_called(struct job *job, uint64_t cookie, const struct world_answer *answer);
void job_on_reply(struct job *job, int lane, const struct store_reply *reply);
// Another connection heard that some home has messages waiting.
void job_on_notified(struct job *job);
// Of this home, whoever owns it.
void job_on_notified_of(struct job *job, int home);
// The instant that world.wake_at asked for has come.
void job_on_timer(struct job *job);

// Publishes a definition that was loaded from a file: the table is the truth, and says
// no when the version is there with other content; the log then names `where`, the place
// of the version: "file:line:column". Copied; done when a lane is free.
void job_publish(struct job *job, const struct store_publish *definition, const char *where);
// How many of them are not in the table yet.
size_t job_unpublished(const struct job *job);

// How long the next cancels by key hold for triggers that come later.
void job_set_tombstone_ttl(struct job *job, usec_t ttl);

// Takes in no more records; what is under way is finished.
void job_drain(struct job *job);
// Nothing under way, nothing undelivered.
bool job_is_drained(const struct job *job);

void job_stats(const struct job *job, struct job_stats *ret);
// Visits each partition taken over.
void job_offsets(const struct job *job, void (*visit)(void *context, const struct job_offset *at), void *context);
