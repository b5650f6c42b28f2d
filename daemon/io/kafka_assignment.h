// SPDX-License-Identifier: Apache-2.0
// The partitions that a source reads, and how far it is in each. Zero-initialise it.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "io/kafka.h"

struct kafka_assignment {
  struct kafka_partition *partitions; // offset = the next to read
  bool *stopped;                      // at a gap, until a seek
  size_t count, capacity, last;       // last: index found last, most often found next
};

// Copies the topic's name.
void kafka_assignment_add(struct kafka_assignment *assignment, const char *topic, int32_t partition, int64_t offset);
// Forgets all and frees the memory.
void kafka_assignment_clear(struct kafka_assignment *assignment);
// NULL when it is not one of them. `ret_stopped` may be NULL.
struct kafka_partition *kafka_assignment_find(struct kafka_assignment *assignment, const char *topic, int32_t partition,
                                              bool **ret_stopped);
// For librdkafka; the caller destroys it.
rd_kafka_topic_partition_list_t *kafka_assignment_list(const struct kafka_assignment *assignment);
