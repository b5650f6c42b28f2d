// SPDX-License-Identifier: Apache-2.0
// A lane: some of the instance's homes, one database connection, one stream of batches.
// It takes what is ready, lets the engine decide, has the whole outcome committed, and
// only then acts: load → decide → commit → act → acknowledge. While a batch commits,
// the next one gathers. A run belongs to one lane, so nothing here is shared.
//
// For the job alone; the parts of a lane are lane.c (what to do next), taking.c (what
// comes into a batch), intake.c
// (inputs to decisions), commit.c (the transaction and what follows it), recovery.c
// (taking homes over) and caution.c (after unclean ends).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "job/batch.h"
#include "job/calls.h"
#include "job/home.h"
#include "job/item.h"
#include "job/job.h"
#include "job/outbox.h"
#include "job/queue.h"
#include "job/registry.h"
#include "job/relay.h"
#include "job/run_cache.h"
#include "job/tell.h"
#include "job/timers.h"
#include "job/world.h"

enum lane_state {
  LANE_IDLE,
  LANE_TAKING,      // take-over under way
  LANE_RECOVERING,  // loading runs whose requests were out when the last owner ended
  LANE_SCANNING,    // reading due timers
  LANE_DEFINITIONS, // reading the table of definitions
  LANE_PUBLISHING,  // writing one to it
  LANE_LOADING,     // reading the runs that the batch needs
  LANE_COMMITTING,
  LANE_LOOKING,     // reading the inboxes, with nothing to commit
  LANE_NOTIFYING,   // waking the owners of other homes
  LANE_ANNOUNCING,  // saying which input is tried next
  LANE_SCHEDULING,  // reading the schedules
  LANE_SETTLING,    // saying that all is well, or giving the homes back
};

enum lane_phase {
  LANE_AWAY,    // the homes are not mine (yet)
  LANE_TAKEN,   // mine; what the last owner left open is being found
  LANE_WORKING,
};

// What the inputs of the batch under way turned out to be.
struct work;
struct slots;
struct children;

struct recovered_request {
  struct home *home;
  int64_t batch_no;
  bool undelivered; // the broker may not have it
  struct outbox_request request;
};

struct lane {
  struct job *job;
  int number;
  enum lane_state state;
  struct store_request request; // under way unless idle
  usec_t asked_at;              // boottime

  // The homes, in the order of `sources`. Pointers to them are kept: it never grows
  // while they are mine.
  struct home *homes;
  size_t home_count;
  enum lane_phase phase;
  // The assignment that is wanted next, applied when idle; NULL = keep.
  struct store_source *wanted;
  size_t wanted_count;
  bool wanted_set;

  struct queue queue;       // arrived, not taken in yet
  struct item_list taken;   // inputs of the batch under way, kept until it is committed
  size_t taken_count, taken_bytes;
  struct item_list orders;  // rows of `workflow.command`: before everything else
  int32_t order_runs;       // runs that the order in the batch under way changes
  struct fanout_list fanouts;
  size_t fanout_count;
  size_t batch_limit;       // inputs at most; shrinks while bisecting
  // See caution.h.
  size_t careful;           // inputs still to be taken one by one
  bool is_announced;        // the input taken is
  bool is_given_back;
  usec_t settle_at;         // boottime; 0 = nothing to say
  VEC(struct work) work;    // decoded `taken`, in its order

  struct batch batch;
  struct store_commit commit; // what the request points to
  VEC(struct store_fence) fences;
  VEC(int) handing;    // homes whose events the batch under way hands on, piece by piece
  VEC(struct uuid) load_runs;
  VEC(struct store_claim) load_claims;
  VEC(struct store_key) load_tombstones, load_matches;
  bool look;           // the inboxes may hold something
  usec_t looked_at;    // boottime of the last look, alone or with a commit
  VEC(int) notify;     // homes of others that have something since the last notice
  bool notify_all;

  struct run_cache *runs;
  struct timers *timers;
  struct outbox *outbox;
  struct calls *calls;
  struct relay *relay;
  struct slots *slots;
  struct children *children;
  usec_t full_since; // boottime: the outbox has been full; 0 = it is not
  bool is_held;      // for so long that it is told

  // Recovery: requests of batches whose answers may not be in.
  VEC(struct recovered_request) recovered;
  struct arena *recovery_arena;
  size_t recovered_done;
  VEC(struct store_source) sources;

  struct home *scanned;      // the home whose timers are being read
  usec_t retry_at;           // boottime; nothing before it
  unsigned failures;         // in a row
  unsigned conflicts;        // STORE_CONFLICT in a row
  unsigned slow_alone;       // times that the one input of the batch took too long
  bool complained;           // of them, in the log
  struct tell_bound told;    // of records set aside
  usec_t refused_told;       // boottime: that events are refused; 0 = never
  usec_t claim_first_until;  // boottime: a repeated trigger id was met lately
  usec_t committed_at;       // boottime of the last batch
  bool acks_open;            // deliveries that no batch row records yet
  bool resolve_unknown;      // a commit's outcome is to be learnt by the take-over
};

struct lane *lane_new(struct job *job, int number);
void lane_free(struct lane *lane);

// Does the next thing, if there is one and nothing is under way.
void lane_run(struct lane *lane);
void lane_on_reply(struct lane *lane, const struct store_reply *reply);
// The homes it shall have from now on; none = give all back.
void lane_assign(struct lane *lane, const struct store_source *sources, size_t count);
// The instant (boottime) at which lane_run() will have something to do, or USEC_NEVER.
usec_t lane_next(const struct lane *lane);

// Whether a fence has said lately that its homes are its own, so that what leaves may leave.
bool lane_may_send(const struct lane *lane);
// NULL when it is not among the lane's.
struct home *lane_home(const struct lane *lane, int number);
struct home *lane_source(const struct lane *lane, const char *topic, int32_t partition);
// Into the batch under way.
void lane_take(struct lane *lane, struct item *item);
void lane_enqueue(struct lane *lane, struct item *item);

// ---- between the parts of a lane --------------------------------------------

// The run is asked for with the next load, unless it is in memory or asked for already.
void lane_want_run(struct lane *lane, const struct uuid *run_id);
void lane_submit(struct lane *lane, enum lane_state state, enum store_request_kind kind);
// Nothing of the batch under way has happened: forget what was decided, keep the inputs,
// and decide them again (after `delay`).
void lane_redo(struct lane *lane, usec_t delay);
void lane_backoff(struct lane *lane, const char *what, const struct store_error *error);

// intake.c
void intake_decode(struct lane *lane);                  // taken → work
bool intake_wants(struct lane *lane);                   // fills the load; whether anything is missing
void intake_loaded(struct lane *lane, const struct store_load_reply *reply);
void intake_decide(struct lane *lane);                  // work → batch
// NULL when it was not found, or when its events are no history: *ret_damage then says, and
// the log, what is wrong; it lives as long as the batch. Else *ret_damage is NULL.
struct wf_run *intake_fold(struct lane *lane, const struct store_loaded_run *loaded, const char **ret_damage);

// commit.c
int64_t commit_outbox_acked(const struct lane *lane, const struct home *home);
void commit_submit(struct lane *lane);
void commit_replied(struct lane *lane, const struct store_reply *reply);
// It is in: act. `reply`: what it said; NULL = nobody heard it.
void commit_done(struct lane *lane, const struct store_commit_reply *reply);
// What the inputs taken need takes longer than a statement may: fewer are taken next time. True
// when it was one, too often: it is set aside, which is decided at once.
bool commit_too_slow(struct lane *lane, const struct store_error *error);
void commit_fenced(struct lane *lane, const struct store_error *error); // it is another's home

// recovery.c
void recovery_begin(struct lane *lane);
void recovery_taken(struct lane *lane, const struct store_reply *reply);
void recovery_loaded(struct lane *lane, const struct store_reply *reply);
void recovery_scanned(struct lane *lane, const struct store_reply *reply);
// Asks for what is still missing; false when nothing is.
bool recovery_continue(struct lane *lane);
// Boottime at which timers must be read further ahead.
usec_t recovery_next_scan(const struct lane *lane);
