// SPDX-License-Identifier: Apache-2.0
// What an input of the batch under way turned out to be, decoded. Lives as long as the
// batch; its texts are in the batch's arena.
#pragma once

#include "job/item.h"
#include "job/message.h"
#include "job/registry.h"
#include "job/store.h"

enum work_kind { WORK_REFUSED, WORK_GAP, WORK_TRIGGER, WORK_FANOUT, WORK_COMMAND, WORK_ORDER, WORK_RESULT, WORK_HEARTBEAT, WORK_TIMER, WORK_SLOT, WORK_EVENT, WORK_JUDGE };

// A workflow that a trigger event starts.
struct work_start {
  const struct registry_entry *entry;
  bool asked;                      // whether its key is taken
  struct store_loaded_claim claim; // the answer
};

// A workflow that starts on all of several events, of which this is one.
struct work_gather {
  const struct registry_entry *entry;
  int filter_no, filter_count; // as of struct store_gathering
  bool asks;
  struct text keys; // JSON
  struct text shared; // of these the values that all filters of the workflow correlate by, as text
};

struct work {
  struct item *item;
  enum work_kind kind;
  struct refusal refusal;
  union {
    struct trigger_event trigger; // also of a piece of a fan-out
    struct run_command command;
    struct action_result result;
    struct action_heartbeat heartbeat;
  };
  struct work_start *starts; // of a trigger, in the order of their ordinals
  size_t start_count;
  struct slot_plan *plan; // of a slot; NULL = nothing is to be done. Private to slots.c
  struct work_gather *gathers;
  size_t gather_count;
  struct text event_data; // of one that names no workflow: its data, which its runs get inside an array
  bool missing;       // the run it is about does not exist, or
  const char *damage; // its events are no history, for this reason; NULL = they are
  // Of a trigger with a cancellation key: tombstones that may hold for it.
  bool asked_tombstones;
  const struct store_loaded_tombstone *tombstones;
  size_t tombstone_count;
  // Of a command by key: the open runs that match, a bounded number.
  bool asked_matches, more_match; // there may be more
  struct uuid *matches;
  size_t match_count;
};

// The run that the work is about, if it is about one that may have to be loaded.
bool work_run(const struct work *work, struct uuid *ret_run_id);
