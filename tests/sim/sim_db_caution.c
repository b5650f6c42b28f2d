// SPDX-License-Identifier: Apache-2.0
// What the model keeps of unclean ends: workflow.announce() and workflow.settle().
#include <stdlib.h>
#include <string.h>

#include "sim/sim_db.h"

void sim_caution_free(struct sim_db *db) {
  vec_foreach(row, &db->announcements) {
    free(row->input);
    free(row->instance);
  }
  vec_free(&db->announcements);
}

static bool is_committed(const struct sim_db *db, const struct sim_announcement *row) {
  vec_foreach(batch, &db->homes.items[row->home - 1].batches) {
    if (batch->batch_no == row->batch_no && batch->epoch == row->epoch) return true;
  }
  return false;
}

enum store_status sim_caution_announce(struct sim_db *db, const struct store_announce *request, struct store_reply *reply) {
  if (db->homes.items[request->home - 1].epoch != request->epoch) {
    reply->error = (struct store_error){"WF001", "fenced", request->home};
    return STORE_FENCED;
  }
  struct sim_announcement *mine = NULL;
  int deaths = 0;
  vec_foreach(row, &db->announcements) {
    if (row->home != request->home || strcmp(row->input, request->input) != 0) continue;
    if (strcmp(row->instance, request->instance) == 0) mine = row;
    else deaths += !is_committed(db, row);
  }
  if (!mine) {
    vec_push(&db->announcements, (struct sim_announcement){.home = request->home, .input = xstrdup(request->input), .instance = xstrdup(request->instance)});
    mine = &db->announcements.items[db->announcements.count - 1];
  }
  mine->epoch = request->epoch;
  mine->batch_no = request->batch_no;
  reply->announce.deaths = deaths;
  return STORE_OK;
}

static void withdraw(struct sim_db *db, int home, const char *instance) {
  size_t kept = 0;
  vec_foreach(row, &db->announcements) {
    if (row->home == home && strcmp(row->instance, instance) == 0) {
      free(row->input);
      free(row->instance);
    } else {
      db->announcements.items[kept++] = *row;
    }
  }
  db->announcements.count = kept;
}

void sim_caution_settle(struct sim_db *db, const struct store_settle *request) {
  for (size_t i = 0; i < request->home_count; i++) {
    struct sim_home *home = &db->homes.items[request->homes[i] - 1];
    withdraw(db, request->homes[i], request->instance);
    if (home->epoch != request->epochs[i] || !home->instance || strcmp(home->instance, request->instance) != 0) continue;
    if (!request->gives_back) {
      home->unclean_ends = 0;
      continue;
    }
    free(home->instance);
    home->instance = NULL;
  }
}
