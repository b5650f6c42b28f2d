// SPDX-License-Identifier: Apache-2.0
// The seam between the batch and the world: one struct of functions. Adapters in io/
// stand behind it in the daemon, a simulated world in tests; nothing else is faked.
// No function blocks, and none calls back before it has returned: answers come as
// calls of job_on_…() (job.h) from the loop.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "engine/definition.h"
#include "job/message.h"
#include "job/store.h"

struct world_partition {
  const char *topic;
  int32_t partition;
  int64_t offset; // where to start; -1 = the beginning
};

// A message to produce. Borrowed for the call.
struct world_message {
  const char *topic;
  int32_t partition; // -1 = by key
  const void *key, *value;
  size_t key_size, value_size;
  const struct message_header *headers;
  size_t header_count;
};

// An action that the daemon does itself. Borrowed for the call.
struct world_call {
  enum wf_native native;       // WF_NATIVE_HTTP, WF_NATIVE_OPENAPI
  jv arguments;                // what the task's `with` came to; secrets are placeholders
  const char *idempotency_key; // "action id/attempt": the same whoever does it
  const char *traceparent;     // NULL = none
  usec_t timeout;              // from now; > 0
};

// What became of it: 1:1 to an action's result. Borrowed for the call.
struct world_answer {
  bool completed;
  struct text output; // completed: JSON that can be stored
  struct text error_type, error_title, error_detail, detail_internal; // failed; absent = none
  int32_t error_status;
  bool retryable;
  usec_t retry_after;
};

// What is worth a metric; the label is static text or NULL.
enum world_observation {
  WORLD_BATCH_COMMITTED,  // seconds from asking to the answer
  WORLD_BATCH_INPUTS,     // of a committed batch
  WORLD_EVENT_WRITTEN,    // label: its type
  WORLD_REHEARSED,        // a run in a sandbox; label: "created", or the status it ended in
  WORLD_QUARANTINED,      // label: reason code
  WORLD_EVENT_REFUSED,    // that a workflow wanted; label: reason
  WORLD_TIMER_LATE,       // seconds from its instant to the decision
};

struct world {
  void *context;
  // CLOCK_BOOTTIME in the daemon: intervals only.
  usec_t (*boottime)(void *context);
  // Asks the database on the lane's connection; answered by job_on_reply(). While
  // the database is away the adapter answers STORE_DOWN and reconnects by itself.
  void (*store)(void *context, int lane, const struct store_request *request);
  // Begins consuming after the take-over.
  void (*consume)(void *context, const struct world_partition *partitions, size_t count);
  // Goes on elsewhere in one partition that is being consumed.
  void (*seek)(void *context, const char *topic, int32_t partition, int64_t offset);
  // Back-pressure: whether more records of the topic are wanted now. All are, at first.
  void (*want_records)(void *context, const char *topic, bool wanted);
  // Produces; answered by job_on_delivered(cookie, …). Returns false when the queue is
  // full: offer it again later.
  bool (*produce)(void *context, const struct world_message *message, uint64_t cookie);
  // Does it; answered by job_on_called(cookie, …), once. Returns false when as many as may be
  // are under way: offer it again when one of them has ended.
  bool (*call)(void *context, const struct world_call *call, uint64_t cookie);
  // Ends it: no answer follows.
  void (*hang_up)(void *context, uint64_t cookie);
  // Wants job_on_timer() at that boottime, once; a later call replaces it.
  void (*wake_at)(void *context, usec_t boottime);
  // Only counts; may be NULL.
  void (*observe)(void *context, enum world_observation what, const char *label, double value);
  // 64 random bits for jitter.
  uint64_t (*random)(void *context);
};
