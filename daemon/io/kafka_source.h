// SPDX-License-Identifier: Apache-2.0
// Reads records of some topics, as one member of a consumer group or with partitions
// assigned by hand. Kafka says which partitions this instance should read; where to
// start is the owner's word, from PostgreSQL: nothing is read between `assigned` and
// kafka_source_start(), and no offset is ever taken from Kafka.
//
// Refuses to reset an offset by itself: records that are gone are a `gap`. Never waits:
// librdkafka is polled when its eventfd says so, and once a second in any case, which
// keeps the membership.
#pragma once

#include <event2/event.h>
#include <stdbool.h>

#include "base/error.h"
#include "io/kafka.h"
#include "job/message.h"

struct kafka_source;

struct kafka_source_config {
  const struct kafka_property *properties; // librdkafka's, for the consumer
  size_t property_count;
  const char *const *topics;
  size_t topic_count;
  // True: this instance reads every partition of the topics, without a group. Looks for
  // new partitions by itself. For the embedded broker and tools.
  bool by_hand;
};

struct kafka_gap {
  const char *topic;
  int32_t partition;
  int64_t wanted;    // the offset that is not there
  int64_t low, high; // what is: the oldest, and the next one to come
};

// Called from the loop, never from within a call of the owner. Each may call any
// function below except kafka_source_free().
struct kafka_source_events {
  // Read these, all of them and no others. `cluster_id` says which cluster it is. The
  // owner takes them over and then calls kafka_source_start() with `generation`.
  void (*assigned)(void *context, int generation, const char *cluster_id, const struct kafka_partition *partitions,
                   size_t count);
  // Stop: they are others' now, or nobody's. `lost`: it has happened already (session
  // timed out). True: done, let go at once; false: kafka_source_release() will follow.
  bool (*revoked)(void *context, bool lost);
  // Borrowed for the call. Partitions take turns.
  void (*record)(void *context, int generation, const struct record *record);
  // Reading of this partition has stopped; go on with kafka_source_seek().
  void (*gap)(void *context, const struct kafka_gap *gap);
  // Brokers can be reached and the topics exist, or no longer (`text` says why): once
  // per change, and once more when it turns out that we are refused. It begins with
  // neither being said.
  void (*reachable)(void *context, bool reachable, const char *text);
  // Anything else that went wrong, for the log. `fatal`: this source is of no use any
  // more (another instance has taken its group.instance.id): free it.
  void (*failed)(void *context, bool fatal, const char *text);
};

// Starts at once. Borrows `events` and `context`; copies the config. Returns 0, or
// -WF_EINVAL with an owned text about the property that is wrong.
int kafka_source_new(struct event_base *base, const struct kafka_source_config *config,
                     const struct kafka_source_events *events, void *context, struct kafka_source **ret_source,
                     char **ret_error) WF_MUST_CHECK;
// Leaves the group (a static member stays one) within `timeout`, then abandons what
// does not end. No event is called. Takes NULL.
void kafka_source_free(struct kafka_source *source, usec_t timeout);

// Begins to read, or begins anew, from these offsets. -WF_ECONFLICT when `generation` is
// not the present assignment (it was revoked meanwhile): forget it.
int kafka_source_start(struct kafka_source *source, int generation, const struct kafka_partition *partitions,
                       size_t count) WF_MUST_CHECK;
// The answer to a revocation that `revoked` did not give at once.
void kafka_source_release(struct kafka_source *source);
// Back-pressure: records of a topic that is not wanted wait in librdkafka's queues, which
// are bounded, and then at the broker; the others go on, and membership is kept. All are
// wanted from the start, and a new assignment changes nothing.
void kafka_source_want(struct kafka_source *source, const char *topic, bool wanted);
// Goes on elsewhere in one partition that is being read.
void kafka_source_seek(struct kafka_source *source, const char *topic, int32_t partition, int64_t offset);
// Says this from the next connection on (SASL PLAIN and SCRAM only). Returns 0, or
// -WF_EINVAL with an owned text.
int kafka_source_set_credentials(struct kafka_source *source, const char *username, const char *password, char **ret_error)
    WF_MUST_CHECK;
// The offset behind the newest record of a partition that is being read, as the broker
// said with the last fetch; -1 = not known. Behind records of transactions lie marks that
// count here and are never read.
int64_t kafka_source_end(const struct kafka_source *source, const char *topic, int32_t partition);
// Tells Kafka how far we are, for lag dashboards; what comes of it is ignored.
void kafka_source_commit(struct kafka_source *source, const struct kafka_partition *partitions, size_t count);
