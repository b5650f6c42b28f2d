// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_record.h"

#include <stdlib.h>

#include "base/xalloc.h"

static size_t take_headers(struct kafka_record *room, const rd_kafka_message_t *message) {
  rd_kafka_headers_t *headers;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  size_t count = rd_kafka_header_cnt(headers);
  if (count > room->capacity) {
    room->capacity = count * 2;
    room->headers = xrealloc(room->headers, room->capacity * sizeof *room->headers);
  }
  for (size_t i = 0; i < count; i++) {
    struct message_header *header = &room->headers[i];
    rd_kafka_header_get_all(headers, i, &header->name, &header->value, &header->size);
  }
  return count;
}

struct record kafka_record_of(struct kafka_record *room, const rd_kafka_message_t *message) {
  rd_kafka_timestamp_type_t type;
  int64_t timestamp = rd_kafka_message_timestamp(message, &type); // milliseconds
  size_t header_count = take_headers(room, message);
  return (struct record){
      .topic = rd_kafka_topic_name(message->rkt),
      .partition = message->partition,
      .offset = message->offset,
      .timestamp = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp < 0 ? 0 : timestamp * USEC_PER_MSEC,
      .key = message->key,
      .value = message->payload,
      .key_size = message->key_len,
      .value_size = message->len,
      .headers = room->headers,
      .header_count = header_count,
  };
}

void kafka_record_free(struct kafka_record *room) {
  free(room->headers);
  *room = (struct kafka_record){0};
}
