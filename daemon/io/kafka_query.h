// SPDX-License-Identifier: Apache-2.0
// librdkafka's questions that wait for a broker (cluster id, partitions of topics, low
// and high offsets), asked on a thread of their own, answered on the loop.
#pragma once

#include <event2/event.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "io/kafka.h"

struct kafka_query;

struct kafka_query_answer {
  bool answered;     // false: `error` says why; ask again later
  const char *error; // names the topic or partition
  const char *cluster_id;
  const int32_t *partition_counts; // of the topics, in the order asked; 0 = no such topic
  const char *topic;               // the first one asked about
  int32_t partition;
  int64_t low, high; // oldest offset there is, and the next one to come
};

// The answer is valid during the call.
typedef void kafka_query_done(void *context, const struct kafka_query_answer *answer);

// Borrows both until it is freed.
struct kafka_query *kafka_query_new(struct event_base *base, rd_kafka_t *client);
// Drops what is not answered; waits for the question under way, a second at most.
// Takes NULL.
void kafka_query_free(struct kafka_query *query);

// `topics` are copied. An answer whose topics do not all exist is not answered.
void kafka_query_describe(struct kafka_query *query, const char *const *topics, size_t count, kafka_query_done *done,
                          void *context);
void kafka_query_offsets(struct kafka_query *query, const char *topic, int32_t partition, kafka_query_done *done,
                         void *context);
