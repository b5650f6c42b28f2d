// SPDX-License-Identifier: Apache-2.0
// The worker's half of proto/workflow/v1/worker.proto: reads requests and cancels,
// writes results and heartbeats. Generated names stop here.
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "worker/functions.h"

enum wire_kind { WIRE_REQUEST, WIRE_CANCEL };

// Lives in the arena that was given to wire_read().
struct wire_message {
  enum wire_kind kind;
  const char *action_id, *run_id;
  int32_t attempt;
  // Of a request:
  const char *function, *reply_topic;
  int32_t reply_partition;
  usec_t heartbeat_timeout; // 0 = none expected
  struct text arguments;
};

// Returns 0, or -WF_EINVAL when the bytes are no WorkerRequest or a part that an answer
// needs is missing.
int wire_read(const void *value, size_t size, struct arena *arena, struct wire_message *ret_message) WF_MUST_CHECK;

// The WorkerReply's bytes, in the arena.
struct text wire_write_result(const char *action_id, int32_t attempt, const struct work_result *result,
                              struct arena *arena);
struct text wire_write_heartbeat(const char *action_id, int32_t attempt, struct arena *arena);
