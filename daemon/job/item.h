// SPDX-License-Identifier: Apache-2.0
// One input of a batch, from its arrival until the commit that takes it in. It keeps
// the bytes as received, so that a batch that failed is decoded and decided again from
// the same input.
#pragma once

#include <sys/queue.h>

#include "job/message.h"
#include "job/timers.h"

enum item_kind { ITEM_TRIGGER, ITEM_COMMAND, ITEM_RESULT, ITEM_TIMER };

struct item {
  TAILQ_ENTRY(item) link;
  enum item_kind kind;
  struct home *source; // of a record: the partition it was read from
  struct record record;
  struct timer timer;
  usec_t arrived_at; // boottime
  size_t bytes; // what it counts against the queue's bound
  // Why it cannot be taken in as it is: found by bisecting a batch that PostgreSQL
  // refused. Owned; NULL = nothing known.
  char *rejected;
};

TAILQ_HEAD(item_list, item);

// Copies the record and all it points to.
struct item *item_from_record(enum item_kind kind, struct home *source, const struct record *record);
struct item *item_from_timer(const struct timer *timer);
void item_free(struct item *item); // takes NULL
void item_list_free(struct item_list *list);
