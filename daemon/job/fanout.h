// SPDX-License-Identifier: Apache-2.0
// Triggers with more recipients than one transaction may carry. Accepting one stores the
// trigger and its record; the runs follow in pieces, as the owner's work between other
// input, with a cursor that every piece moves by compare-and-set.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "job/item.h"

struct fanout {
  TAILQ_ENTRY(fanout) link;
  struct uuid trigger_id;
  struct home *home;
  int32_t definition_id;
  int32_t cursor, total; // total 0: not known before the first piece is decoded
  struct item *record;   // the trigger's record, owned
  bool taken;            // a piece is in the batch under way
  usec_t not_before;     // boottime: its definition does not load here, it is tried again then
};

TAILQ_HEAD(fanout_list, fanout);

// Copies the record.
struct fanout *fanout_new(const struct uuid *trigger_id, struct home *home, int32_t definition_id, int32_t cursor, const struct record *record);
void fanout_free(struct fanout *fanout); // takes NULL
void fanout_list_free(struct fanout_list *list);
// The first of which a piece may be taken at `boottime`, or NULL.
struct fanout *fanout_ready(const struct fanout_list *list, usec_t boottime);
// When there is one, or USEC_NEVER.
usec_t fanout_next(const struct fanout_list *list);
