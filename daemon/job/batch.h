// SPDX-License-Identifier: Apache-2.0
// One transaction in the making: what the decisions of a batch's inputs add up to.
// It is emptied and filled again when the same inputs are decided anew.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/vec.h"
#include "engine/decide.h"
#include "job/calls.h"
#include "job/fanout.h"
#include "job/home.h"
#include "job/item.h"
#include "job/store.h"

struct batch_run; // a run touched
struct batch_claim; // a trigger id taken

struct batch_fence {
  struct home *home;
  int64_t next_offset, last_offset;
  usec_t last_timestamp;
  uint64_t last_hash;
  VEC(struct outbox_request) requests;
  VEC(struct outbox_request) watches; // of earlier requests, written down again: no messages
};

struct batch_ack { // an inbox row taken in
  struct home *home;
  int source;
  int64_t position;
};

struct batch {
  struct arena *arena; // everything that ends with the transaction
  usec_t now;          // the database's clock as the decisions saw it
  int64_t generation;  // of the definitions, as its inputs were decoded
  usec_t due_max;
  size_t bytes;        // of the values that its decisions took and gave
  VEC(struct batch_fence) fences;
  VEC(struct store_trigger) triggers;
  VEC(struct store_duplicate) duplicates;
  VEC(struct store_event) events;
  VEC(struct wf_run *) runs;
  VEC(int32_t) previous_seqs;
  VEC(struct store_timer) timer_rows;
  VEC(struct store_quarantine) quarantine;
  VEC(struct store_inbox) inbox;
  VEC(struct batch_ack) inbox_taken;
  VEC(struct store_applied) applied;
  VEC(struct store_tombstone) tombstones;
  VEC(struct store_key_command) key_commands;
  VEC(struct store_fanout) fanouts;
  VEC(struct store_schedule) schedules;
  VEC(struct store_slot) slots;
  VEC(struct store_unsubscription) unsubscriptions;
  VEC(struct store_arrival) arrivals;
  VEC(struct store_subscription) subscriptions;
  VEC(struct store_gathering) gatherings;
  VEC(struct store_verdict) verdicts;
  VEC(struct fanout *) fanouts_begun; // owned until the commit
  VEC(struct wf_decision) decisions; // whose values the events borrow
  // What happens to the timers in memory once it is committed.
  VEC(struct timer) timers_added;
  VEC(struct store_timer) timers_recorded;
  VEC(struct action_id) guards_removed;
  VEC(struct call_request) calls; // for the daemon itself; their values are the decisions'
  struct batch_run *touched;
  struct batch_claim *claims;
};

void batch_init(struct batch *batch);
void batch_free(struct batch *batch);
// Empties it, keeping its memory.
void batch_reset(struct batch *batch);
bool batch_is_empty(const struct batch *batch);

// The home takes part: its next batch row will be inserted. Valid until the next call.
struct batch_fence *batch_touch(struct batch *batch, struct home *home);
// The record is taken in by this batch: the home's offset moves behind it.
void batch_consumed(struct batch *batch, struct home *home, const struct record *record);
// The trigger of this batch that took the id first, or NULL; and a trigger takes it.
const struct uuid *batch_claimed(const struct batch *batch, struct text tenant, const char *workflow, struct text id);
void batch_claim(struct batch *batch, struct text tenant, const char *workflow, struct text id, const struct uuid *trigger_id);
// The run is written by this batch. Call before deciding: notes what the table holds.
void batch_run(struct batch *batch, struct home *home, struct wf_run *run);
// Adds the decision's events; takes the decision's references.
void batch_decision(struct batch *batch, const struct wf_run *run, const struct wf_decision *decision);
