// SPDX-License-Identifier: Apache-2.0
// A model of what the batch needs PostgreSQL for, by the promises of job/store.h: each
// request is one atomic step under the fence. It keeps what was committed, so that the
// checkers can look at it.
#pragma once

#include <stdbool.h>

#include "base/vec.h"
#include "engine/definition.h"
#include "job/store.h"

// What a broken build would leave out; each must be found by the checkers.
struct sim_breakage {
  bool fence, dedupe;
};

struct sim_batch {
  int64_t batch_no, epoch, next_offset, last_offset, outbox_acked, guard_low;
  usec_t timer_low;
  char *requests;
  size_t requests_size;
};

struct sim_home {
  char *topic;
  int32_t partition;
  int64_t epoch;
  const char *instance;
  VEC(struct sim_batch) batches;
};

struct sim_trigger {
  struct uuid trigger_id;
  char *event_id, *data, *source_type;
  char *workflow, *workflow_version;
  int32_t definition_id, recipient_count;
};

struct sim_event {
  struct wf_event event; // its texts are owned
};

struct sim_run {
  struct uuid run_id;
  const struct sim_trigger *trigger;
  VEC(struct sim_event) events;
};

struct sim_db {
  struct sim_breakage broken;
  VEC(struct sim_home) homes; // home number = index + 1
  VEC(struct sim_trigger *) triggers;
  VEC(struct sim_run *) runs;
  VEC(struct store_timer) timers;
  size_t duplicates, quarantined;
  int64_t generation;
  VEC(struct store_definition) definitions;
  struct arena *reply_arena; // of the reply that was made last
};

void sim_db_init(struct sim_db *db);
void sim_db_free(struct sim_db *db);
void sim_db_publish(struct sim_db *db, const char *namespace, const char *name, const char *version, const char *document);

// Does the request at the instant `clock`. The reply is valid until the next call.
void sim_db_execute(struct sim_db *db, const struct store_request *request, usec_t clock, struct store_reply *reply);

// Releases what a reply holds that nobody will see.
void sim_db_discard(struct store_reply *reply, const struct store_request *request);

const struct sim_run *sim_db_run(const struct sim_db *db, const struct uuid *run_id);
// The fold of the run's events; the caller frees it.
struct wf_run *sim_db_fold(const struct sim_run *run);
