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
  usec_t timer_low, last_timestamp;
  uint64_t last_hash;
  char *requests;
  size_t requests_size;
  int64_t *acks; // pairs (source home, position)
  size_t ack_count;
};

struct sim_home {
  char *topic;
  int32_t partition;
  int64_t epoch;
  char *instance; // NULL = given back
  int unclean_ends;
  VEC(struct sim_batch) batches;
};

struct sim_announcement {
  int home;
  int64_t epoch, batch_no;
  char *input, *instance;
};

struct sim_trigger {
  struct uuid trigger_id;
  char *event_id, *data, *source_type, *key, *traceparent;
  int home;
  char *workflow, *workflow_version;
  int32_t definition_id, recipient_count;
};

struct sim_inbox {
  int dst_home, src_home;
  int64_t src_pos;
  const char *kind;
  struct uuid run_id;
  char *payload;
  size_t size;
  int64_t quarantine_id; // of kind "replay": which, from 1
};

struct sim_command { // a row of `workflow.command`; applied: it is gone from there
  int64_t command_id;
  int home;
  enum wf_control kind;
  bool has_run_id, applied;
  struct uuid run_id;
  char *key;
  usec_t time;
};

struct sim_tombstone {
  int home;
  char *key;
  usec_t cancel_time;
};

struct sim_fanout {
  struct uuid trigger_id;
  int home;
  int32_t definition_id, cursor, total;
  int64_t offset;
  char *value;
  size_t value_size;
  bool done, given_up; // given up: what is left of it is in quarantine
};

struct sim_quarantine {
  char *topic, *code, *value;
  int32_t partition;
  int64_t offset, replay_position; // 0 = not to be taken again
  size_t value_size;
};

struct sim_event {
  struct wf_event event; // its texts are owned
};

struct sim_run {
  struct uuid run_id;
  const struct sim_trigger *trigger;
  VEC(struct sim_event) events;
  char *snapshot; // NULL = none yet
  size_t snapshot_size;
  int32_t snapshot_seq;
};

struct sim_db {
  struct sim_breakage broken;
  VEC(struct sim_home) homes; // home number = index + 1
  VEC(struct sim_trigger *) triggers;
  VEC(struct sim_run *) runs;
  VEC(struct store_timer) timers;
  VEC(struct sim_inbox) inbox;
  VEC(struct sim_command) commands;
  VEC(struct sim_tombstone) tombstones;
  VEC(struct sim_fanout) fanouts;
  VEC(struct sim_announcement) announcements;
  VEC(struct sim_quarantine) quarantine;
  size_t duplicates;
  int64_t replays;
  int64_t generation;
  VEC(struct store_definition) definitions;
  struct arena *reply_arena; // of the reply that was made last
};

void sim_db_init(struct sim_db *db);
void sim_db_free(struct sim_db *db);
void sim_db_publish(struct sim_db *db, const char *namespace, const char *name, const char *version, const char *document);

// Does the request at the instant `clock`. The reply is valid until the next call.
void sim_db_execute(struct sim_db *db, const struct store_request *request, usec_t clock, struct store_reply *reply);

// A user's SQL: a command to one run.
void sim_db_command(struct sim_db *db, enum wf_control kind, const struct uuid *run_id, usec_t clock);

// An operator's workflow.replay_quarantine().
void sim_db_replay(struct sim_db *db, size_t quarantined);

// Releases what a reply holds that nobody will see.
void sim_db_discard(struct store_reply *reply, const struct store_request *request);

bool sim_db_is_open(const struct sim_run *run);
const struct sim_run *sim_db_run(const struct sim_db *db, const struct uuid *run_id);
// The fold of the run's events; the caller frees it.
struct wf_run *sim_db_fold(const struct sim_run *run);
// What its newest snapshot holds, owned; NULL when there is none.
struct wf_run *sim_db_snapshot(const struct sim_run *run);

// ---- parts of the model (sim_db_caution.c) ----------------------------------

void sim_caution_free(struct sim_db *db);
enum store_status sim_caution_announce(struct sim_db *db, const struct store_announce *request, struct store_reply *reply);
void sim_caution_settle(struct sim_db *db, const struct store_settle *request);

// ---- parts of the model (sim_db_control.c) ----------------------------------

void sim_control_free(struct sim_db *db);
void sim_control_takeover(struct sim_db *db, struct store_takeover_reply *out);
void sim_control_load(struct sim_db *db, const struct store_load *request, struct store_load_reply *out);
enum store_status sim_control_check(const struct sim_db *db, const struct store_commit *commit);
void sim_control_write(struct sim_db *db, const struct store_commit *commit, usec_t clock);
void sim_control_read(struct sim_db *db, struct store_commit_reply *out);
