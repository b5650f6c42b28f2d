// SPDX-License-Identifier: Apache-2.0
#include "job/fanout.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct fanout *fanout_new(const struct uuid *trigger_id, struct home *home, int32_t definition_id, int32_t cursor, const struct record *record) {
  struct fanout *fanout = xcalloc(1, sizeof *fanout);
  *fanout = (struct fanout){.trigger_id = *trigger_id, .home = home, .definition_id = definition_id, .cursor = cursor};
  fanout->record = item_from_record(ITEM_TRIGGER, home, record);
  return fanout;
}

void fanout_free(struct fanout *fanout) {
  if (!fanout) return;
  item_free(fanout->record);
  free(fanout);
}

struct fanout *fanout_ready(const struct fanout_list *list, usec_t boottime) {
  struct fanout *fanout;
  TAILQ_FOREACH(fanout, list, link) {
    if (fanout->not_before <= boottime) return fanout;
  }
  return NULL;
}

usec_t fanout_next(const struct fanout_list *list) {
  const struct fanout *fanout;
  usec_t next = USEC_NEVER;
  TAILQ_FOREACH(fanout, list, link) {
    if (fanout->not_before < next) next = fanout->not_before;
  }
  return next;
}

void fanout_list_free(struct fanout_list *list) {
  struct fanout *fanout;
  while ((fanout = TAILQ_FIRST(list))) {
    TAILQ_REMOVE(list, fanout, link);
    fanout_free(fanout);
  }
}
