// SPDX-License-Identifier: Apache-2.0
#include "api/bucket.h"

#include <math.h>

int bucket_burst(int per_minute) { return per_minute < 4 ? 1 : per_minute / 4; }

bool bucket_take(struct bucket *bucket, int per_minute, usec_t now) {
  if (per_minute <= 0) return true;
  double refilled = (double)(now - bucket->at) * per_minute / (double)USEC_PER_MIN;
  bucket->used = refilled < bucket->used ? bucket->used - refilled : 0;
  bucket->at = now;
  if (bucket->used + 1 > bucket_burst(per_minute)) return false;
  bucket->used += 1;
  return true;
}

int bucket_left(const struct bucket *bucket, int per_minute) { return (int)floor(bucket_burst(per_minute) - bucket->used); }

int bucket_wait(const struct bucket *bucket, int per_minute) {
  double missing = bucket->used + 1 - bucket_burst(per_minute);
  double seconds = ceil(missing * 60 / (per_minute > 0 ? per_minute : 1));
  return seconds < 1 ? 1 : (int)seconds;
}
