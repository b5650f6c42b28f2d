// SPDX-License-Identifier: Apache-2.0
// Publishes one record and waits until the broker has it: for tools. It has no place in
// the daemon's loop, where a call that waits stops everything (kafka_sink.h).
#pragma once

#include "base/error.h"
#include "io/kafka.h"
#include "job/message.h"

// Where a record is.
struct kafka_place {
  int32_t partition;
  int64_t offset;
};

// Borrows everything. `record` says topic, key, value and headers; its partition -1 =
// by key, as every client does it (murmur2). Waits at most `timeout`. Returns 0;
// -WF_EINVAL when a property is wrong, -WF_ETOOBIG when the record is too large,
// -WF_EDOWN when it was not delivered; then *ret_error is an owned text that says why.
int kafka_publish(const struct kafka_property *properties, size_t property_count, const struct record *record,
                  usec_t timeout, struct kafka_place *ret_place, char **ret_error) WF_MUST_CHECK;
