// SPDX-License-Identifier: Apache-2.0
#include "job/home.h"

bool home_holds_timer(const struct home *home, const struct store_timer *row) {
  const struct store_timer *edge = &home->horizon;
  if (row->due_at != edge->due_at) return row->due_at < edge->due_at;
  int runs = uuid_compare(&row->run_id, &edge->run_id);
  return runs ? runs < 0 : row->timer_no <= edge->timer_no;
}
