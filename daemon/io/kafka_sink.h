// SPDX-License-Identifier: Apache-2.0
// Produces messages with an idempotent producer: each is delivered once and in order as
// long as this producer lives, and the owner hears of each what became of it. Never
// waits, except in kafka_sink_flush().
//
// Refuses to decide about a resend: what is not delivered in time
// (`message.timeout.ms`), or was under way when the producer broke, is reported as
// failed, and the owner sends it again or not. After a fatal error a new producer takes
// over by itself once all of the old one's messages are reported.
#pragma once

#include <event2/event.h>
#include <stdbool.h>

#include "base/error.h"
#include "io/kafka.h"
#include "job/message.h"

struct kafka_sink;

// Borrowed for the call.
struct kafka_message {
  const char *topic;
  int32_t partition; // -1 = by key (murmur2 as in the Java client; without a key any)
  const void *key, *value;
  size_t key_size, value_size;
  const struct message_header *headers;
  size_t header_count;
};

// Called from the loop. Each may call kafka_sink_send().
struct kafka_sink_events {
  // Once for each message taken, in no order between partitions. `error` says why it
  // was not delivered. A message reported as failed may still have arrived.
  void (*delivered)(void *context, uint64_t cookie, bool delivered, const char *error);
  // Instead of it, for what no broker of this topic will ever take: it is too large.
  void (*refused)(void *context, uint64_t cookie, const char *topic, const char *error);
  // After KAFKA_SINK_FULL: there is room again.
  void (*room)(void *context);
  // For the log. A fatal error is handled here already. Not told: that brokers are away,
  // which the source tells.
  void (*failed)(void *context, const char *text);
};

enum kafka_sink_result {
  KAFKA_SINK_TAKEN,   // `delivered` or `refused` will follow
  KAFKA_SINK_FULL,    // not now; `room` will follow
  KAFKA_SINK_REFUSED, // never: too large, or no such partition
};

// Borrows `events` and `context`; copies the properties. Returns 0, or -WF_EINVAL with
// an owned text about the property that is wrong.
int kafka_sink_new(struct event_base *base, const struct kafka_property *properties, size_t property_count,
                   const struct kafka_sink_events *events, void *context, struct kafka_sink **ret_sink,
                   char **ret_error) WF_MUST_CHECK;
// Drops what is not delivered; no event is called. Takes NULL.
void kafka_sink_free(struct kafka_sink *sink);

// Copies the message. With KAFKA_SINK_REFUSED, `ret_error` says why (static).
enum kafka_sink_result kafka_sink_send(struct kafka_sink *sink, const struct kafka_message *message, uint64_t cookie,
                                       const char **ret_error) WF_MUST_CHECK;
// Says this from the next connection on (SASL PLAIN and SCRAM only). Returns 0, or
// -WF_EINVAL with an owned text.
int kafka_sink_set_credentials(struct kafka_sink *sink, const char *username, const char *password, char **ret_error)
    WF_MUST_CHECK;
// Taken and not reported yet.
size_t kafka_sink_pending(const struct kafka_sink *sink);
// At the end: waits until nothing is pending, `timeout` at most; reports as it goes.
// Returns whether nothing is pending.
bool kafka_sink_flush(struct kafka_sink *sink, usec_t timeout);
