// SPDX-License-Identifier: Apache-2.0
#include "worker/progress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/xalloc.h"

TAILQ_HEAD(items, progress_item);

struct partition {
  UT_hash_handle hh;
  int32_t number;
  int64_t newest, next; // newest offset taken; where to go on from
  bool moved;
  struct items open; // in the order of their offsets, also those ended behind an open one
};

struct progress_item {
  TAILQ_ENTRY(progress_item) link;
  struct partition *partition; // NULL: no longer counts
  int64_t offset;
  bool ended;
};

struct progress {
  struct partition *partitions;
  struct items detached; // open, and no longer counting
};

struct progress *progress_new(void) {
  struct progress *progress = xcalloc(1, sizeof *progress);
  TAILQ_INIT(&progress->detached);
  return progress;
}

static void free_items(struct items *items) {
  struct progress_item *item;
  while ((item = TAILQ_FIRST(items))) {
    TAILQ_REMOVE(items, item, link);
    free(item);
  }
}

void progress_free(struct progress *progress) {
  if (!progress) return;
  struct partition *partition, *next;
  HASH_ITER(hh, progress->partitions, partition, next) {
    HASH_DEL(progress->partitions, partition);
    free_items(&partition->open);
    free(partition);
  }
  free_items(&progress->detached);
  free(progress);
}

static struct partition *find(struct progress *progress, int32_t number) {
  struct partition *partition;
  HASH_FIND(hh, progress->partitions, &number, sizeof number, partition);
  if (partition) return partition;
  partition = xcalloc(1, sizeof *partition);
  partition->number = number;
  partition->newest = -1;
  TAILQ_INIT(&partition->open);
  HASH_ADD(hh, progress->partitions, number, sizeof partition->number, partition);
  return partition;
}

static void start_anew(struct progress *progress, struct partition *partition) {
  struct progress_item *item;
  while ((item = TAILQ_FIRST(&partition->open))) {
    TAILQ_REMOVE(&partition->open, item, link);
    item->partition = NULL;
    if (item->ended) {
      free(item);
    } else {
      TAILQ_INSERT_TAIL(&progress->detached, item, link);
    }
  }
}

struct progress_item *progress_begin(struct progress *progress, int32_t partition_number, int64_t offset) {
  struct partition *partition = find(progress, partition_number);
  if (offset <= partition->newest) start_anew(progress, partition);
  partition->newest = offset;
  struct progress_item *item = xcalloc(1, sizeof *item);
  *item = (struct progress_item){.partition = partition, .offset = offset};
  TAILQ_INSERT_TAIL(&partition->open, item, link);
  return item;
}

void progress_end(struct progress *progress, struct progress_item *item) {
  struct partition *partition = item->partition;
  if (!partition) {
    TAILQ_REMOVE(&progress->detached, item, link);
    free(item);
    return;
  }
  item->ended = true;
  while ((item = TAILQ_FIRST(&partition->open)) && item->ended) {
    TAILQ_REMOVE(&partition->open, item, link);
    partition->next = item->offset + 1;
    partition->moved = true;
    free(item);
  }
}

void progress_report(struct progress *progress, void (*store)(int32_t partition, int64_t next_offset, void *context),
                     void *context) {
  for (struct partition *partition = progress->partitions; partition; partition = partition->hh.next) {
    if (partition->moved) store(partition->number, partition->next, context);
    partition->moved = false;
  }
}
