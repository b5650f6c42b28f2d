// SPDX-License-Identifier: Apache-2.0
// What the Kafka adapters share in their headers. librdkafka's own names stay in
// kafka_*.c. Both adapters run on one libevent loop: librdkafka's threads only write to
// an eventfd, so that no function of ours is ever called from them, and nothing waits.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

// Any property of librdkafka by its own name.
struct kafka_property {
  const char *name, *value;
};

struct kafka_partition {
  const char *topic;
  int32_t partition;
  int64_t offset; // the next to read; negative = the beginning
};
