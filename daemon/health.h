// SPDX-License-Identifier: Apache-2.0
// Whether work is done in time, and why not: what /readyz says. Down is a state: a
// process that is not ready may be in perfect order and wait for PostgreSQL.
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config.h"

// What is seen now. Ages are 0 when there is nothing to be old.
struct health {
  bool postgres_up; // all lanes are connected
  bool kafka_up;    // a broker answers
  bool consuming;   // all homes that were assigned are taken over
  bool draining;    // the stop has begun
  size_t held;      // lanes that take no work because too much is not delivered
  size_t stopped;   // partitions that are read no further, by gap.policy
  bool is_intake_paused; // operators want no trigger taken: said, but no reason not to be ready
  // One line each, "" or NULL = none: why PostgreSQL or Kafka cannot be reached, and what
  // batches wait for although it can.
  const char *postgres_away, *kafka_away, *batches_wait;
  usec_t timer_age;  // since the oldest due timer fell due
  usec_t record_age; // since the oldest record that was not taken was written
  usec_t commit_age; // since the oldest transaction under way, or tried again and again, began
};

// Writes "ready", or "not ready" and each reason, one a line. Returns the HTTP status,
// 200 or 503.
int health_write(const struct health *health, const struct config *config, struct buf *out);

// The same reasons in one line, for the log and the service manager's status; "" when
// ready. At most `size` bytes with the NUL.
void health_summary(const struct health *health, const struct config *config, char *out, size_t size);
