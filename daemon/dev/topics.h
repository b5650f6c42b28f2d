// SPDX-License-Identifier: Apache-2.0
// The topics that the development server needs, made on a Kafka that exists.
#pragma once

#include "base/error.h"

enum { TOPICS_COUNT = 5, TOPICS_PARTITIONS = 4 };
extern const char *const topics_names[TOPICS_COUNT];

// Makes those that are missing, with TOPICS_PARTITIONS partitions and the broker's own
// replication. Says on standard error what went wrong. Returns 0, or -WF_EDOWN.
int topics_create(const char *brokers) WF_MUST_CHECK;
