// SPDX-License-Identifier: Apache-2.0
// Asks the brokers where partitions begin and end, and waits for the answer: for tools.
// It has no place in the daemon's loop (kafka_query.h).
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "io/kafka.h"

struct kafka_end {
  const char *topic;
  int32_t partition;
  int64_t low, high; // the oldest offset there is, and the next one to come; -1 = the partition is not there
};

// Fills low and high of each. Borrows everything; waits at most `timeout` in all. Returns
// 0; -WF_EINVAL when a property is wrong, -WF_EDOWN when no broker answers; then
// *ret_error is an owned text that says why.
int kafka_ends(const struct kafka_property *properties, size_t property_count, struct kafka_end *ends, size_t count,
               usec_t timeout, char **ret_error) WF_MUST_CHECK;
