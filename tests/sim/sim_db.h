// SPDX-License-Identifier: Apache-2.0
// A model of what the batch needs PostgreSQL for, by the promises of job/store.h: each
// request is one atomic step under the fence. It keeps what was committed, so that the
// checkers can look at it.
#pragma once

#include <stdbool.h>
#include <uthash.h>

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
  char *event_id, *data, *source_type, *source_name, *key, *traceparent;
  int home;
  char *workflow, *workflow_version;
  int32_t definition_id, recipient_count;
  usec_t time; // when its event happened, by its producer; 0 = by its record
  int32_t partition;
  int64_t offset;
  struct store_parent parent;
  UT_hash_handle hh;
};

struct sim_inbox {
  int dst_home, src_home;
  int64_t src_pos;
  const char *kind;
  struct uuid run_id;
  char *payload;
  size_t size;
  int64_t quarantine_id; // of kind "replay": which, from 1
  // Of kind "event":
  int32_t subscription_no;
  size_t arrival; // index
};

struct sim_arrival { // an event that some workflow listens for
  char *tenant, *type, *source, *id, *subject, *event;
  usec_t at;
  int home; // that took it in
};

struct sim_handover { // what waits to be handed over by its home, piece by piece
  int home;
  struct sim_inbox row;
};

struct sim_gathering { // of a workflow that starts on several events; definition 0 = it has
  int32_t definition_id;
  unsigned filled; // bits of filters
  int count;       // of these
  char *keys, *events; // "" before the first
  // Of one with a condition, which stays when it has no events:
  VEC(char *) held; // its events
  int64_t first;    // number of the first of them
  int32_t judged;
  bool asked;
};

struct sim_subscription {
  struct uuid run_id;
  int32_t subscription_no;
  int filter_no;
  char *tenant, *type, *source, *subject; // "" = any, or none
};

struct sim_recipients { // a subset by id; none = all
  char **ids;
  size_t count;
};

struct sim_command { // a row of `workflow.command`; applied: it is gone from there
  int64_t command_id;
  int home;
  enum wf_control kind;
  bool has_run_id, applied;
  struct uuid run_id;
  char *key, *workflow;
  struct sim_recipients recipients;
  const char *reason;
  usec_t time;
};

struct sim_tombstone {
  int home;
  char *key, *workflow, *recipient;
  usec_t cancel_time;
};

struct sim_fanout {
  struct uuid trigger_id;
  int home;
  int32_t definition_id, cursor, total, partition;
  int64_t offset;
  usec_t timestamp;
  char *value;
  size_t value_size;
  bool done, given_up; // given up: what is left of it is in quarantine
};

struct sim_schedule { // its number = index + 1
  char *workflow, *text;
  int home;
  usec_t anchor, decided;
  bool has_run;
  struct uuid run_id;
};

struct sim_slot {
  int32_t schedule_no, count;
  usec_t slot_at, until, decided_at, anchor;
  bool started;
  struct uuid trigger_id;
};

struct sim_quarantine {
  char *topic, *code, *key, *value;
  int32_t partition;
  int64_t offset, replay_position; // 0 = not to be taken again
  usec_t timestamp;
  size_t key_size, value_size;
};

struct sim_event {
  struct wf_event event; // its texts are owned
};

struct sim_timer { // a row of `workflow.timer`
  usec_t due_at, written_at;
  int32_t timer_no;
};

struct sim_row { // of a read table: the text of its columns, hashed
  char table; // 'r', 's', 'a'
  int32_t number;
  uint64_t hash;
};

struct sim_request { // a message of a committed batch
  int32_t action_no, attempt, seq;
  bool is_cancel, is_native; // native: no message, the batch row says that it is open
  int64_t batch_no;
  unsigned left;      // how often the broker has it
  uint64_t offered_by; // who offered it to the producer last
};

struct sim_run {
  struct uuid run_id;
  const struct sim_trigger *trigger;
  int home;
  VEC(struct sim_event) events;
  struct wf_run *state; // their fold
  char *snapshot;       // NULL = none yet
  size_t snapshot_size;
  int32_t snapshot_seq;
  VEC(struct sim_timer) timers;
  VEC(struct sim_row) rows;
  VEC(struct sim_request) requests;
  uint64_t offered_by;
  int32_t offered_seq;
  int32_t woken_step; // by a command of the batch that is being looked at
  bool was_retried;   // by hand
  UT_hash_handle hh;
};

struct sim_db;

// Looks at what is committed: at each event before it is folded into the run's state, and
// at the whole once it is written.
struct sim_watcher {
  void *context;
  void (*event)(void *context, struct sim_run *run, const struct wf_event *event, usec_t clock);
  void (*after)(void *context, const struct store_commit *commit, usec_t clock);
};

struct sim_db {
  struct sim_breakage broken;
  struct sim_watcher watcher; // its functions may be NULL
  // Refuses values that are called poison, and misses partitions for timers at first.
  bool picky;
  VEC(struct sim_home) homes; // home number = index + 1
  VEC(struct sim_trigger *) triggers; // in order of creation, as runs
  VEC(struct sim_run *) runs;
  struct sim_trigger *triggers_by_id;
  struct sim_run *runs_by_id;
  VEC(struct store_timer) timers;
  VEC(struct sim_inbox) inbox;
  VEC(struct sim_command) commands;
  size_t commands_done; // all before this one are applied
  VEC(struct sim_tombstone) tombstones;
  VEC(struct sim_arrival) arrivals;
  VEC(struct sim_subscription) subscriptions;
  VEC(struct sim_gathering) gatherings;
  size_t judged_at_once; // events; 0 = a few
  int64_t matches; // events handed to listeners
  VEC(struct sim_handover) handovers;
  VEC(int) woken, unfinished; // homes, of the commit that was made last
  VEC(struct sim_fanout) fanouts;
  VEC(struct sim_schedule) schedules;
  VEC(struct sim_slot) slots;
  VEC(struct sim_quarantine) quarantine;
  VEC(struct sim_announcement) announcements;
  int64_t replays;
  bool is_intake_paused;
  size_t duplicates;
  uint64_t refused, partitions_made;
  usec_t partitions_until; // timers beyond have no partition yet
  int64_t generation;
  VEC(struct store_definition) definitions;
  struct arena *reply_arena; // of the reply that was made last
};

void sim_db_init(struct sim_db *db);
void sim_db_free(struct sim_db *db);
void sim_db_publish(struct sim_db *db, const char *namespace, const char *name, const char *version, const char *document);

// Does the request at the instant `clock`. The reply is valid until the next call.
void sim_db_execute(struct sim_db *db, const struct store_request *request, usec_t clock, struct store_reply *reply);

// A user's SQL: a command to one run. A reason is static text.
void sim_db_command(struct sim_db *db, enum wf_control kind, const struct uuid *run_id, usec_t clock);
void sim_db_command_because(struct sim_db *db, enum wf_control kind, const struct uuid *run_id, const char *reason, usec_t clock);
// A user's SQL: a cancel by key; workflow NULL = any, no recipients = all.
void sim_db_cancel_key(struct sim_db *db, struct text key, struct text workflow, const struct recipient_ref *recipients, size_t recipient_count, usec_t clock);

// An operator's workflow.pause_intake() and workflow.resume_intake().
void sim_db_pause_intake(struct sim_db *db, bool is_paused);
// An operator's workflow.replay_quarantine() of the index-th.
void sim_db_replay(struct sim_db *db, size_t quarantined);

// Releases what a reply holds that nobody will see.
void sim_db_discard(struct store_reply *reply, const struct store_request *request);

// The fold of the run's events; the caller frees it.
struct wf_run *sim_db_fold(const struct sim_run *run);
// What its newest snapshot holds, owned; NULL when there is none.
struct wf_run *sim_db_snapshot(const struct sim_run *run);
bool sim_db_is_open(const struct sim_run *run);
struct sim_run *sim_db_run(const struct sim_db *db, const struct uuid *run_id);
struct sim_trigger *sim_db_trigger(const struct sim_db *db, const struct uuid *trigger_id);
struct sim_home *sim_db_home(struct sim_db *db, int number); // NULL when there is none
const struct sim_batch *sim_db_last(const struct sim_home *home);
// The trigger that claimed the id, or NULL.
const struct sim_trigger *sim_db_claim(const struct sim_db *db, struct text workflow, struct text id);
char *sim_db_copy(struct text text); // NULL when absent

// ---- parts of the model -----------------------------------------------------

// sim_db_commit.c
void sim_commit(struct sim_db *db, const struct store_commit *request, usec_t clock, struct store_reply *reply);

// sim_db_caution.c
void sim_caution_free(struct sim_db *db);
enum store_status sim_caution_announce(struct sim_db *db, const struct store_announce *request, struct store_reply *reply);
void sim_caution_settle(struct sim_db *db, const struct store_settle *request);

// sim_db_schedule.c
void sim_schedule_free(struct sim_db *db);
void sim_schedule_read(struct sim_db *db, const struct store_schedules *request, struct store_schedules_reply *out);
enum store_status sim_schedule_check(const struct sim_db *db, const struct store_commit *commit);
void sim_schedule_write(struct sim_db *db, const struct store_commit *commit, usec_t clock);

// sim_db_replay.c
void sim_replay_free(struct sim_db *db);
void sim_replay_set_aside(struct sim_db *db, const struct record *record, const char *code);
// A row of kind "replay" as a reader gets it.
struct store_inbox_row sim_replay_row(const struct sim_db *db, const struct sim_inbox *row);

// sim_db_control.c
void sim_control_free(struct sim_db *db);
void sim_control_takeover(struct sim_db *db, struct store_takeover_reply *out);
void sim_control_load(struct sim_db *db, const struct store_load *request, struct store_load_reply *out);
enum store_status sim_control_check(const struct sim_db *db, const struct store_commit *commit);
// Events and who listens for them (sim_db_events.c).
void sim_events_write(struct sim_db *db, const struct store_commit *commit, usec_t clock);
void sim_events_free(struct sim_db *db);
bool sim_events_hands_over(const struct sim_db *db, int home);
void sim_events_read(struct sim_db *db, struct store_commit_reply *out);
// Takes the row's payload, and gives it its position.
void sim_events_put(struct sim_db *db, struct sim_inbox row);
// Of them those of workflows that start on several (sim_db_gather.c); `known` arrivals are older
// than the commit.
void sim_gather_write(struct sim_db *db, const struct store_commit *commit, size_t known);
// A row of kind "judge" as a reader gets it: of the reply.
struct text sim_gather_read(struct sim_db *db, struct text payload);
void sim_gather_free(struct sim_db *db);
void sim_control_write(struct sim_db *db, const struct store_commit *commit, usec_t clock);
void sim_control_read(struct sim_db *db, struct store_commit_reply *out);
// Whether a cancel by this key, workflow and recipients means the run.
bool sim_control_means(const struct sim_run *run, struct text key, struct text workflow, const struct sim_recipients *recipients);
