// SPDX-License-Identifier: Apache-2.0
// The configuration of one librdkafka client, from the properties that the config file
// gives and those that the protocols need.
#pragma once

#include <librdkafka/rdkafka.h>

#include "io/kafka.h"

struct kafka_conf_list {
  const struct kafka_property *properties;
  size_t count;
};

// `ours` hold unless `given` says otherwise; `law` holds always, and a given property
// that contradicts it is refused. Returns 0, or -WF_EINVAL with an owned text.
int kafka_conf_new(struct kafka_conf_list given, struct kafka_conf_list ours, struct kafka_conf_list law,
                   rd_kafka_conf_t **ret_conf, char **ret_error);

// Another password for a client that there is, from its next connection on (SASL PLAIN
// and SCRAM only). Returns 0, or -WF_EINVAL with an owned text.
int kafka_conf_set_credentials(rd_kafka_t *client, const char *username, const char *password, char **ret_error);

// librdkafka's log line to ours. What the adapters report themselves (brokers that
// cannot be reached) is debug here, so that it is said once.
void kafka_conf_log(int level, const char *facility, const char *text);
