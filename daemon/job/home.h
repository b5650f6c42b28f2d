// SPDX-License-Identifier: Apache-2.0
// A home as its owner holds it: one consumed (topic, partition) under an epoch that
// PostgreSQL issued. Runs live at the home of their trigger's partition. What stands
// here is what the last committed batch says; a batch under way carries its own values
// and they come here when it is committed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "job/item.h"
#include "job/store.h"

// Pairs (source home, position), flat.
struct home_acks {
  int64_t *items;
  size_t count, capacity;
};

struct home {
  int number; // from 1; 0 = not taken yet
  enum item_kind input; // what its records are
  char *topic;
  int32_t partition;
  int64_t epoch, batch_no; // 0 = not mine
  int64_t taken_at; // batch_no of the take-over
  int64_t next_offset, last_offset; // -1 = none
  usec_t last_timestamp;
  uint64_t last_hash;
  // Reading began at the last record consumed, to see whether it is still the same.
  bool verifying;
  bool stopped; // by the gap policy: its records are not taken in
  usec_t timer_low;
  // All timer rows up to this key are in memory; those behind it are not. due_at 0:
  // nothing was read yet.
  struct store_timer horizon;
  struct home_acks inbox_acks;   // taken in by committed batches
  struct home_acks inbox_queued; // arrived in memory
  bool hands_over;        // events wait to be handed to listeners, piece by piece
  int64_t requested_in;   // the newest batch with messages, 0 = none
  int64_t recorded_acked; // outbox_acked as the last batch recorded it
};

// Tells records apart, so that a topic made anew is noticed; not for security.
uint64_t home_record_hash(const struct record *record);
// Where the row of a timer due at `due_at` lies when it is written at `now`: nobody looks
// below timer_low, and the database's clock may have been set back since that was put there.
usec_t home_row_instant(const struct home *home, usec_t due_at, usec_t now);
// Whether a timer row lies within the part that is in memory.
bool home_holds_timer(const struct home *home, const struct store_timer *row);
