// SPDX-License-Identifier: Apache-2.0
#include "job/home.h"

#include <uthash.h>

uint64_t home_record_hash(const struct record *record) {
  unsigned key = 0, value = 0;
  if (record->key_size) HASH_JEN(record->key, record->key_size, key);
  if (record->value_size) HASH_JEN(record->value, record->value_size, value);
  return (uint64_t)key << 32 | value;
}

bool home_holds_timer(const struct home *home, const struct store_timer *row) {
  const struct store_timer *edge = &home->horizon;
  if (row->due_at != edge->due_at) return row->due_at < edge->due_at;
  int runs = uuid_compare(&row->run_id, &edge->run_id);
  return runs ? runs < 0 : row->timer_no <= edge->timer_no;
}

usec_t home_row_instant(const struct home *home, usec_t due_at, usec_t now) {
  usec_t low = home->timer_low > now ? home->timer_low : now;
  return due_at > low ? due_at : low;
}
