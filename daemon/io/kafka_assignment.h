// SPDX-License-Identifier: Apache-2.0
// The partitions that a source reads, and how far it is in each. Zero-initialise it.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "io/kafka.h"

struct kafka_assignment {
  struct kafka_partition *partitions; // offset = the next to read
  bool *stopped;                      // at a gap, until a seek
  rd_kafka_queue_t **queues;          // what was fetched of each; NULL until it is opened
  size_t count, capacity, last;       // last: index found last, most often found next
};

// Copies the topic's name.
void kafka_assignment_add(struct kafka_assignment *assignment, const char *topic, int32_t partition, int64_t offset);
// Gives each partition a queue of its own instead of the consumer's, and has `fd` (an
// eventfd) written when one of them gets its first record. Before rd_kafka_assign():
// what is fetched earlier goes to the consumer's queue.
void kafka_assignment_open(struct kafka_assignment *assignment, rd_kafka_t *client, int fd);
// Forgets all and frees the memory; before the client is destroyed, if it was opened.
void kafka_assignment_clear(struct kafka_assignment *assignment);
// NULL when it is not one of them. `ret_stopped` may be NULL.
struct kafka_partition *kafka_assignment_find(struct kafka_assignment *assignment, const char *topic, int32_t partition,
                                              bool **ret_stopped);
// For librdkafka; the caller destroys it.
rd_kafka_topic_partition_list_t *kafka_assignment_list(const struct kafka_assignment *assignment);
