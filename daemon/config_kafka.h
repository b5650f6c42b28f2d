// SPDX-License-Identifier: Apache-2.0
// The properties of librdkafka that a config gives, asked of librdkafka itself, so that
// a wrong one is found by `workflowd --check` and not by the first start.
//
// The arguments of a request, at most bounds.value, must fit into a message of
// message.max.bytes, or its action could only end by its deadline.
//
// Looks at names and values alone: no broker is asked, no secret is read. What only the
// whole of the properties shows (a mechanism without its user name) is found by the start.
#pragma once

#include "base/error.h"
#include "config.h"

// Bytes of a request beside its arguments: reference, ids, names.
enum { CONFIG_KAFKA_ENVELOPE = 16 << 10 };

// Adds one problem for each property that is unknown, has a value that is refused, or
// contradicts what the daemon needs, and one when bounds.value does not fit. Returns 0, or -WF_EINVAL when there is any.
int config_kafka_check(const struct config *config, struct config_problems *problems) WF_MUST_CHECK;
