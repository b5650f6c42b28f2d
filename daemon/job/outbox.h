// SPDX-License-Identifier: Apache-2.0
// Messages that leave after the commit, and only then. All requests of a batch stand
// packed in its `batch` row; this keeps those of committed batches until the broker has
// them, so that the lowest batch not yet delivered is known. A message that the broker
// did not take is offered again: a delay, never a loss. Workers may see one twice,
// under the same id.
//
// It has bounds: what keeps more coming looks whether it is full. It never refuses what is
// committed, so it holds as much above them as one batch asks for, or a take-over finds.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "base/uuid.h"
#include "job/world.h"

// One message with what is needed to know later whether it still counts.
struct outbox_request {
  struct uuid run_id;
  int32_t seq; // of the event that asked for it
  int32_t action_no, attempt, timer_no;
  usec_t deadline;  // instant; 0 = a message that nobody answers (a cancel)
  usec_t heartbeat; // longest silence, 0 = none expected
  bool native; // no message: the daemon does it itself, whoever has the home
  // Topic "": nothing is to be sent; the worker is still to be watched.
  struct world_message message;
};

struct outbox;

// Of what is not delivered; each at least 1.
struct outbox_bounds {
  size_t messages, bytes;
};

struct outbox *outbox_new(const struct world *world, struct outbox_bounds bounds);
// Messages still with the producer are let go of as their answers come.
void outbox_free(struct outbox *outbox);

// Takes over the messages of a committed batch (copies them) and offers them in order.
void outbox_add(struct outbox *outbox, int home, int64_t batch_no, const struct outbox_request *requests, size_t count);
// The answer to a cookie that went with world.produce. Static: the cookie knows its outbox.
// Returns whether that outbox was full and is no longer.
bool outbox_delivered(uint64_t cookie, bool delivered);
// Offers again what the producer had no room for.
void outbox_offer(struct outbox *outbox);

// Lowest batch of the home with a message not delivered yet, or INT64_MAX.
int64_t outbox_low(const struct outbox *outbox, int home);
// Forgets what is not delivered yet: another owner will send it.
void outbox_drop(struct outbox *outbox);
// Whether a message waits to be offered (again).
bool outbox_is_waiting(const struct outbox *outbox);
// From the moment a bound is reached until half of each is free again, so that what waits
// goes on in whole batches.
bool outbox_is_full(const struct outbox *outbox);
// Twice a bound is reached: there is no room even for what may pass a full one.
bool outbox_is_overfull(const struct outbox *outbox);
size_t outbox_pending(const struct outbox *outbox);
// Of the messages not delivered, with what is kept about them.
size_t outbox_bytes(const struct outbox *outbox);
