// SPDX-License-Identifier: Apache-2.0
#include "job/handover.h"

#include "job/job_internal.h"

bool handover_is_due(const struct lane *lane) {
  if (lane->job->draining) return false;
  for (size_t i = 0; i < lane->home_count; i++)
    if (lane->homes[i].hands_over) return true;
  return false;
}

void handover_begin(struct lane *lane) {
  vec_reset(&lane->handing);
  for (size_t i = 0; i < lane->home_count; i++) {
    if (!lane->homes[i].hands_over) continue;
    batch_touch(&lane->batch, &lane->homes[i]);
    vec_push(&lane->handing, lane->homes[i].number);
  }
}

static void set(struct lane *lane, int number, bool hands_over) {
  struct home *home = lane_home(lane, number);
  if (home) home->hands_over = hands_over;
}

void handover_moved(struct lane *lane, const struct store_commit_reply *reply) {
  if (reply) {
    vec_foreach(number, &lane->handing) set(lane, *number, false);
    for (size_t i = 0; i < reply->unfinished_count; i++) set(lane, reply->unfinished[i], true);
  }
  vec_reset(&lane->handing);
}
