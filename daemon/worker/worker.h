// SPDX-License-Identifier: Apache-2.0
// The example worker's loop: takes requests from Kafka, has them done (functions.h),
// answers on the topic and partition that each names. Each request is done once, and
// an offset is committed only when all before it is answered.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

struct worker;

struct worker_property { // any property of librdkafka
  const char *name, *value;
};

struct worker_options {
  const char *brokers; // "host:port,…"
  const char *group;   // consumer group
  const char *topic;   // of the requests
  // Take all partitions without joining the group. For the embedded broker, where the
  // first join takes three seconds; then there may be only one worker.
  bool assign_all;
  const struct worker_property *properties; // come last, so they win
  size_t property_count;
};

// Returns 0, -WF_EINVAL when a property is wrong (said on standard error), or -WF_EDOWN
// when assign_all is set and the broker cannot be asked for the partitions.
int worker_new(const struct worker_options *options, struct worker **ret_worker) WF_MUST_CHECK;

// Takes what is there, waiting at most `limit` for the first, and does what is due.
void worker_turn(struct worker *worker, usec_t limit);

// Sends what is answered, commits, frees. Work under way is left for the next worker.
// Takes NULL.
void worker_free(struct worker *worker);

struct worker_counts {
  size_t requests, repeats, results, heartbeats, cancels, refused;
};
struct worker_counts worker_counts(const struct worker *worker);
