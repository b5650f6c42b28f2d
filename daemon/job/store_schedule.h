// SPDX-License-Identifier: Apache-2.0
// Of store.h: workflows that start by themselves (slots.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/uuid.h"

// A schedule as the batch leaves it; STORE_CONFLICT when its slots were not decided up to
// `previous`.
struct store_schedule {
  int32_t schedule_no;
  int home;
  const char *text; // NULL = none is in force
  usec_t anchor, previous, decided, next; // 0 = none
  bool has_run;     // `after`: it waits for this run to end
  struct uuid run_id;
};

// What became of a slot, or of several that were skipped. A slot that was decided before is
// a STORE_CONFLICT, or stays as it was when it is skipped now.
struct store_slot {
  int32_t schedule_no;
  const char *workflow;
  int32_t definition_id; // 0 = none
  usec_t slot_at, until; // the first and the last
  int32_t count;
  bool has_trigger;      // it was started; else skipped:
  struct uuid trigger_id;
  const char *reason;
};

// The schedules of these homes. Each of the workflows gets a row when it has none: its home
// is one of the trigger topic's, chosen once; and again when the topic is another by now.
struct store_schedules {
  const char *const *workflows;
  size_t workflow_count;
  const int *homes;
  size_t home_count;
  const char *trigger_topic;
};

struct store_schedule_row {
  int32_t schedule_no;
  int home;
  const char *workflow, *text; // text NULL = none is in force
  usec_t anchor, decided;      // 0 = never
  bool has_run, run_ended;     // it waits for this run, which is not there, or has ended
  struct uuid run_id;
  usec_t run_ended_at;
};

struct store_schedules_reply {
  const struct store_schedule_row *rows;
  size_t row_count;
};
