// SPDX-License-Identifier: Apache-2.0
// A message of librdkafka as a record.
#pragma once

#include <librdkafka/rdkafka.h>

#include "job/message.h"

// Room for headers, kept from record to record. Zero-initialise it.
struct kafka_record {
  struct message_header *headers;
  size_t capacity;
};

// Borrows from the message and from `room`, until the next call with either.
struct record kafka_record_of(struct kafka_record *room, const rd_kafka_message_t *message);
void kafka_record_free(struct kafka_record *room);
