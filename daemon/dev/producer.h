// SPDX-License-Identifier: Apache-2.0
// Publishes records to one topic, and knows when the broker has them.
#pragma once

#include <stddef.h>

#include "base/error.h"

struct producer;

// Returns 0, or -WF_EINVAL when `brokers` is no list of brokers (said on standard error).
int producer_new(const char *brokers, const char *topic, struct producer **ret_producer) WF_MUST_CHECK;
void producer_free(struct producer *producer); // drops what is not delivered; takes NULL

// Hands a copy over; waits while the client's queue is full. `content_type` may be NULL.
int producer_publish(struct producer *producer, const char *key, const void *value, size_t size,
                     const char *content_type) WF_MUST_CHECK;

// Waits until all is delivered, at most `limit_ms`. Returns 0 when every record since the
// start was taken by the broker, else -WF_EDOWN.
int producer_flush(struct producer *producer, int limit_ms) WF_MUST_CHECK;

size_t producer_delivered(const struct producer *producer);
