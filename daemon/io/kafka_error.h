// SPDX-License-Identifier: Apache-2.0
// What librdkafka says of a broker that cannot be used, as one line that stays the same
// while the reason does, with what to do about it.
#pragma once

#include <stdbool.h>

// The reason without librdkafka's times and counters, and advice where there is some.
// The caller frees it.
char *kafka_error_text(const char *reason);
// When the broker is there and one side refuses the other (a certificate, a password),
// which does not pass by itself: the advice; else NULL.
const char *kafka_error_refusal(const char *reason);

// What is to be told of brokers that cannot be reached: each time once, and once more
// when it turns out that they refuse us, since then somebody has to do something.
// Zero-initialised; it begins with nothing told.
struct kafka_complaint {
  char *cause; // the last that says more than that nobody answers; NULL = none
  bool is_lost, told_refusal;
};

void kafka_complaint_free(struct kafka_complaint *complaint);
// Of one connection of many; to be told if it turns out that nobody answers.
void kafka_complaint_heard(struct kafka_complaint *complaint, const char *reason);
// Nobody answers. Returns the text to be told, which the caller frees, or NULL.
char *kafka_complaint_lost(struct kafka_complaint *complaint, const char *reason);
// Somebody answers. Returns whether that is to be told.
bool kafka_complaint_found(struct kafka_complaint *complaint);
