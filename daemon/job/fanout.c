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

void fanout_list_free(struct fanout_list *list) {
  struct fanout *fanout;
  while ((fanout = TAILQ_FIRST(list))) {
    TAILQ_REMOVE(list, fanout, link);
    fanout_free(fanout);
  }
}
