// SPDX-License-Identifier: Apache-2.0
#include "io/pg_inbox.h"

#include <stdlib.h>

#include "base/xalloc.h"

void pg_inbox_free(struct pg_inbox *inbox) {
  for (size_t i = 0; i < inbox->home_count; i++) free(inbox->homes[i].acks);
  free(inbox->homes);
  *inbox = (struct pg_inbox){0};
}

static void acks_set(struct pg_inbox_home *home, const int64_t *acks, size_t count) {
  if (count > home->ack_count) home->acks = xrealloc(home->acks, 2 * count * sizeof *acks);
  if (count) memcpy(home->acks, acks, 2 * count * sizeof *acks);
  home->ack_count = count;
}

void pg_inbox_taken(struct pg_inbox *inbox, const struct store_takeover_reply *reply) {
  pg_inbox_free(inbox);
  inbox->homes = xcalloc(reply->home_count + 1, sizeof *inbox->homes);
  for (size_t i = 0; i < reply->home_count; i++) {
    if (!reply->homes[i].epoch) continue;
    struct pg_inbox_home *home = &inbox->homes[inbox->home_count++];
    home->home = reply->homes[i].home;
    acks_set(home, reply->homes[i].inbox_acks, reply->homes[i].inbox_ack_count);
  }
}

static const struct store_fence *fence_of(const struct store_commit *commit, int home) {
  for (size_t i = 0; i < commit->fence_count; i++)
    if (commit->fences[i].home == home) return &commit->fences[i];
  return NULL;
}

void pg_inbox_committed(struct pg_inbox *inbox, const struct store_commit *commit) {
  for (size_t i = 0; i < inbox->home_count; i++) {
    const struct store_fence *fence = fence_of(commit, inbox->homes[i].home);
    if (fence) acks_set(&inbox->homes[i], fence->inbox_acks, fence->inbox_ack_count);
  }
}

static const int64_t *acks_of(const struct pg_inbox_home *home, const struct store_commit *commit, size_t *ret_count) {
  const struct store_fence *fence = fence_of(commit, home->home);
  *ret_count = fence ? fence->inbox_ack_count : home->ack_count;
  return fence ? fence->inbox_acks : home->acks;
}

size_t pg_inbox_put(const struct pg_inbox *inbox, const struct store_commit *commit, int row_limit,
                    struct pg_parameters *parameters) {
  size_t total = 0, count;
  for (size_t i = 0; i < inbox->home_count; i++) {
    acks_of(&inbox->homes[i], commit, &count);
    total += count;
  }
  struct buf *homes = pg_array(parameters, PG_INT2, inbox->home_count);
  struct buf *ack_homes = pg_array(parameters, PG_INT2, total);
  struct buf *sources = pg_array(parameters, PG_INT2, total);
  struct buf *positions = pg_array(parameters, PG_INT8, total);
  for (size_t i = 0; i < inbox->home_count; i++) {
    const int64_t *acks = acks_of(&inbox->homes[i], commit, &count);
    pg_put_int2(homes, inbox->homes[i].home);
    for (size_t a = 0; a < count; a++) {
      pg_put_int2(ack_homes, inbox->homes[i].home);
      pg_put_int2(sources, (int)acks[2 * a]);
      pg_put_int8(positions, acks[2 * a + 1]);
    }
  }
  pg_parameter_int4(parameters, row_limit);
  return inbox->home_count;
}

size_t pg_inbox_put_homes(const struct pg_inbox *inbox, struct pg_parameters *parameters) {
  struct buf *homes = pg_array(parameters, PG_INT2, inbox->home_count);
  for (size_t i = 0; i < inbox->home_count; i++) pg_put_int2(homes, inbox->homes[i].home);
  return inbox->home_count;
}
