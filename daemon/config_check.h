// SPDX-License-Identifier: Apache-2.0
// Checks of single values that a type and two bounds do not express. Each returns
// NULL when the value is good, else what was wrong and what was expected (static).
#pragma once

#include <stdint.h>

#include "base/text.h"

typedef const char *config_check(struct text value);

// No password in libpq's connection string or URI.
config_check config_check_conninfo;
// A legal name of a Kafka topic.
config_check config_check_topic;
// host:port, the host a loopback address; or empty.
config_check config_check_listen;

enum { CONFIG_HOST_SIZE = 64 };

// Splits a checked value of http.listen: "127.0.0.1:9464" or "[::1]:9464" ("localhost"
// counts as 127.0.0.1). Returns 0, or -WF_EINVAL.
int config_listen_split(struct text listen, char ret_host[CONFIG_HOST_SIZE], uint16_t *ret_port);
