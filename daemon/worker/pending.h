// SPDX-License-Identifier: Apache-2.0
// Work that takes time: what is under way, when each is due, when each must next give a
// sign of life. A few thousand at most; the example does not optimise for more.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "job/message.h"

struct pending;

struct pending_work {
  struct action_id action;
  int32_t attempt;
  char *reply_topic; // owned
  int32_t reply_partition;
  usec_t due_at, heartbeat_at; // clock_boottime(); heartbeat_at USEC_NEVER = none
  usec_t heartbeat_every;
  char *result; // the reply's bytes, owned
  size_t result_size;
  void *context; // the caller's
};

struct pending *pending_new(void);
void pending_free(struct pending *pending); // takes NULL

// Copies `work` with its texts.
void pending_put(struct pending *pending, const struct pending_work *work);

// Whether it is under way.
struct pending_work *pending_find(struct pending *pending, const struct action_id *action, int32_t attempt);

// What is due at `now`, or NULL; and what must give a sign of life.
struct pending_work *pending_due(struct pending *pending, usec_t now);
struct pending_work *pending_silent(struct pending *pending, usec_t now);

// It is over: removes and frees it.
void pending_remove(struct pending *pending, struct pending_work *work);

// The next instant at which one of the two has something, or USEC_NEVER.
usec_t pending_next(const struct pending *pending);
