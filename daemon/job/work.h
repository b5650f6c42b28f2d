// SPDX-License-Identifier: Apache-2.0
// What an input of the batch under way turned out to be, decoded. Lives as long as the
// batch; its texts are in the batch's arena.
#pragma once

#include "job/item.h"
#include "job/message.h"
#include "job/store.h"

enum work_kind { WORK_REFUSED, WORK_TRIGGER, WORK_COMMAND, WORK_RESULT, WORK_HEARTBEAT, WORK_TIMER };

struct work {
  struct item *item;
  enum work_kind kind;
  struct refusal refusal;
  union {
    struct trigger_event trigger;
    struct run_command command;
    struct action_result result;
    struct action_heartbeat heartbeat;
  };
  bool asked_claim;                // the load asks whether the trigger's key is taken
  struct store_loaded_claim claim; // its answer
};

// The run that the work is about, if it is about one.
static inline bool work_run(const struct work *work, struct uuid *ret_run_id) {
  switch (work->kind) {
  case WORK_RESULT: *ret_run_id = work->result.action.run_id; return true;
  case WORK_TIMER: *ret_run_id = work->item->timer.run_id; return true;
  default: return false;
  }
}
