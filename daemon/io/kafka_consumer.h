// SPDX-License-Identifier: Apache-2.0
// librdkafka's consumer as a source needs it: our defaults, the operator's properties over
// them, and what nobody may change.
#pragma once

#include <librdkafka/rdkafka.h>
#include <stddef.h>

#include "base/error.h"
#include "io/kafka.h"

// Called on the thread that polls, from within a poll; `opaque` is the context.
struct kafka_consumer_handler {
  void *context;
  void (*rebalance)(rd_kafka_t *client, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t *partitions, void *opaque);
  void (*error)(rd_kafka_t *client, int error, const char *reason, void *opaque);
  void (*log)(const rd_kafka_t *client, int level, const char *facility, const char *text);
};

// The caller destroys the client. -WF_EINVAL with an owned text that names the property
// that is wrong.
int kafka_consumer_new(const struct kafka_property *properties, size_t count, const struct kafka_consumer_handler *handler,
                       rd_kafka_t **ret_client, char **ret_error) WF_MUST_CHECK;

// Whether librdkafka and we take this property: by name and value alone, without a
// client. -WF_EINVAL with an owned text that names it.
int kafka_consumer_check(const struct kafka_property *property, char **ret_error) WF_MUST_CHECK;
