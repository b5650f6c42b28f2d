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

// Which of the sources of what is put off, or -1.
static int step_of(int64_t source) {
  return source < STORE_PUT_OFF_SOURCE ? -1 : (int)(source - STORE_PUT_OFF_SOURCE) / STORE_PUT_OFF_STEP;
}

void pg_inbox_read(struct pg_inbox *inbox, const struct store_commit_reply *reply) {
  for (size_t i = 0; i < reply->inbox_count; i++) {
    const struct store_inbox_row *row = &reply->inbox[i];
    int step = step_of(row->src_home);
    for (size_t h = 0; step >= 0 && h < inbox->home_count; h++) {
      int64_t *seen = &inbox->homes[h].put_off[step];
      if (inbox->homes[h].home == row->dst_home && row->src_pos > *seen) *seen = row->src_pos;
    }
  }
}

// Nothing lies behind this that is to be read now.
static int64_t read_behind(const struct pg_inbox_home *home, int64_t source, int64_t acknowledged) {
  int step = step_of(source);
  return step >= 0 && home->put_off[step] > acknowledged ? INT64_MAX : acknowledged;
}

static void put_ack(struct buf *lists[3], const struct pg_inbox_home *home, int64_t source, int64_t acknowledged) {
  pg_put_int2(lists[0], home->home);
  pg_put_int2(lists[1], (int)source);
  pg_put_int8(lists[2], read_behind(home, source, acknowledged));
}

// What is put off for the first time has a source that was never acknowledged.
static bool is_new(const struct pg_inbox_home *home, const int64_t *acks, size_t count, int step) {
  for (size_t a = 0; a < count; a++)
    if (step_of(acks[2 * a]) == step) return false;
  return home->put_off[step] > 0;
}

static size_t new_count(const struct pg_inbox_home *home, const int64_t *acks, size_t count) {
  size_t found = 0;
  for (int step = 0; step < STORE_PUT_OFF_STEPS; step++) found += is_new(home, acks, count, step);
  return found;
}

size_t pg_inbox_put(const struct pg_inbox *inbox, const struct store_commit *commit, int row_limit,
                    struct pg_parameters *parameters) {
  size_t total = 0, count;
  for (size_t i = 0; i < inbox->home_count; i++) {
    const int64_t *acks = acks_of(&inbox->homes[i], commit, &count);
    total += count + new_count(&inbox->homes[i], acks, count);
  }
  struct buf *homes = pg_array(parameters, PG_INT2, inbox->home_count);
  struct buf *lists[3];
  for (int i = 0; i < 3; i++) lists[i] = pg_array(parameters, i < 2 ? PG_INT2 : PG_INT8, total);
  for (size_t i = 0; i < inbox->home_count; i++) {
    const int64_t *acks = acks_of(&inbox->homes[i], commit, &count);
    const struct pg_inbox_home *home = &inbox->homes[i];
    pg_put_int2(homes, home->home);
    for (size_t a = 0; a < count; a++) put_ack(lists, home, acks[2 * a], acks[2 * a + 1]);
    for (int step = 0; step < STORE_PUT_OFF_STEPS; step++)
      if (is_new(home, acks, count, step)) put_ack(lists, home, STORE_PUT_OFF_SOURCE + STORE_PUT_OFF_STEP * step + home->home, -1);
  }
  pg_parameter_int4(parameters, row_limit);
  pg_parameter_int8(parameters, PG_INBOX_BYTES);
  return inbox->home_count;
}

size_t pg_inbox_put_homes(const struct pg_inbox *inbox, struct pg_parameters *parameters) {
  struct buf *homes = pg_array(parameters, PG_INT2, inbox->home_count);
  for (size_t i = 0; i < inbox->home_count; i++) pg_put_int2(homes, inbox->homes[i].home);
  return inbox->home_count;
}
