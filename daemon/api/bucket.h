// SPDX-License-Identifier: Apache-2.0
// A token bucket: so many requests a minute on average, and at most a quarter of them (at
// least one) at once. Pure: the caller says what time it is.
#pragma once

#include <stdbool.h>

#include "base/clock.h"

// Zero-initialised it is full.
struct bucket {
  double used; // tokens taken and not refilled
  usec_t at;   // when that was so
};

// How many requests may come at once.
int bucket_burst(int per_minute);
// Takes one; `per_minute` 0 = without a bound. False when there is none.
bool bucket_take(struct bucket *bucket, int per_minute, usec_t now);
// Tokens left, whole ones.
int bucket_left(const struct bucket *bucket, int per_minute);
// Whole seconds until there is one, at least 1.
int bucket_wait(const struct bucket *bucket, int per_minute);
