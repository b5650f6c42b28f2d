// SPDX-License-Identifier: Apache-2.0
// The embedded Kafka broker, for trying things out and for tests: librdkafka's mock
// cluster with one broker, on a loopback port that it picks. Any Kafka client can
// produce and consume, with groups, headers and idempotence.
//
// It keeps nothing: all is in memory, offsets start at 0 with every start, and of each
// partition only the newest 5 MiB or 100,000 records are there; older ones vanish, read
// or not. A topic that nobody created gets 4 partitions. Never for production.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct broker;

// Starts it in this process. Returns 0, or -WF_EIO when it cannot listen.
int broker_new(struct broker **ret_broker) WF_MUST_CHECK;
void broker_free(struct broker *broker); // takes NULL

// "127.0.0.1:PORT"; lives as long as the broker.
const char *broker_address(const struct broker *broker);

// Returns 0, or -WF_EINVAL when the topic exists already, or the name or the count
// (1 to 4095) is wrong.
int broker_create_topic(struct broker *broker, const char *name, int partitions) WF_MUST_CHECK;

// Takes the listener down (connections are closed) or up again: Kafka is away.
int broker_set_reachable(struct broker *broker, bool reachable) WF_MUST_CHECK;
