// SPDX-License-Identifier: Apache-2.0
// What the model keeps of the quarantine, and how records come back from it.
#include <stdlib.h>
#include <string.h>

#include "sim/sim_db.h"

void sim_replay_free(struct sim_db *db) {
  vec_foreach(row, &db->quarantine) {
    free(row->topic);
    free(row->code);
    free(row->key);
    free(row->value);
  }
  vec_free(&db->quarantine);
}

void sim_replay_set_aside(struct sim_db *db, const struct record *record, const char *code) {
  vec_push(&db->quarantine, (struct sim_quarantine){.topic = xstrdup(record->topic),
                                                    .code = xstrdup(code),
                                                    .key = sim_db_copy((struct text){record->key, record->key_size}),
                                                    .value = sim_db_copy((struct text){record->value, record->value_size}),
                                                    .partition = record->partition,
                                                    .offset = record->offset,
                                                    .timestamp = record->timestamp,
                                                    .key_size = record->key_size,
                                                    .value_size = record->value_size});
}

// What came from no partition says whose it is.
static bool is_of(const struct sim_quarantine *row, const struct sim_home *home, int number) {
  if (strncmp(row->topic, "inbox/", 6) == 0) return row->partition == number;
  return home->partition == row->partition && strcmp(home->topic, row->topic) == 0;
}

void sim_db_replay(struct sim_db *db, size_t quarantined) {
  struct sim_quarantine *row = &db->quarantine.items[quarantined];
  for (size_t i = 0; i < db->homes.count; i++) {
    if (!is_of(row, &db->homes.items[i], (int)i + 1)) continue;
    row->replay_position = ++db->replays;
    vec_push(&db->inbox, (struct sim_inbox){.dst_home = (int)i + 1, .src_pos = row->replay_position, .kind = "replay", .quarantine_id = (int64_t)quarantined + 1});
  }
}

struct store_inbox_row sim_replay_row(const struct sim_db *db, const struct sim_inbox *row) {
  const struct sim_quarantine *from = &db->quarantine.items[row->quarantine_id - 1];
  struct record record = {.topic = from->topic,
                          .partition = from->partition,
                          .offset = from->offset,
                          .timestamp = from->timestamp,
                          .key = from->key,
                          .key_size = from->key_size,
                          .value = from->value,
                          .value_size = from->value_size};
  return (struct store_inbox_row){.dst_home = row->dst_home,
                                  .src_home = row->src_home,
                                  .src_pos = row->src_pos,
                                  .kind = "replay",
                                  .quarantine_id = row->quarantine_id,
                                  .record = record};
}
