// SPDX-License-Identifier: Apache-2.0
// What the batch asks of the database, and what comes back: the database half of the
// seam (world.h). Everything here is plain data; SQL is the adapter's business.
//
// A lane has one connection and at most one request under way. A request and all it
// points to stay valid and unchanged until its reply has been handled; a reply is
// valid while it is being handled.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "engine/decide.h"
#include "engine/event.h"
#include "engine/run.h"
#include "job/message.h"
#include "job/store_events.h"
#include "job/store_schedule.h"
#include "job/store_unclean.h"

enum store_status {
  STORE_OK,
  STORE_FENCED,            // WF001: `home` has another epoch or batch; nothing was written
  STORE_DUPLICATE,         // WF002: a claimed trigger key is taken; claim first, then redo
  STORE_CONFLICT,          // WF003: a run is not at the seq expected; drop what was touched, redo
  STORE_STALE_DEFINITIONS, // WF004: the table of definitions has moved on; reload, redo
  STORE_TOO_EARLY,         // WF005: a timer was to fire before its instant; `clock` says the time
  STORE_REDO,              // 40001, 40P01, or a partition had to be made (23514): decide again
  STORE_REFUSED,           // 22…, 23…, 54…: some input cannot be stored; bisect
  STORE_DOWN,              // 08…, 53…, 57…, no connection: nothing of the request happened
  STORE_UNKNOWN,           // the connection broke after COMMIT was sent: take over to learn
  STORE_FAILED,            // anything else: a bug or a wrong schema; `text` says it
};

struct store_error {
  char sqlstate[6];
  const char *text; // message and detail
  int home;         // STORE_FENCED: which, or -1
};

// ---- taking homes over ------------------------------------------------------

// A consumed (topic, partition). The first take-over hands its home number out.
struct store_source {
  const char *topic;
  int32_t partition;
  // Unknown outcome: when mine_epoch > 0, the reply says whether this batch exists; and
  // when the home has another epoch by now, it is not taken: its epoch in the reply is 0.
  int64_t mine_epoch, mine_batch_no;
};

struct store_packed { // requests of one committed batch
  int home;
  int64_t batch_no;
  struct text requests; // packed by codec_outbox
};

struct store_home {
  int home;
  int64_t epoch;       // mine now
  int64_t batch_no;    // the newest, inserted by the take-over
  int64_t next_offset; // where to read from; -1 = nothing read yet
  int64_t outbox_acked, guard_low; // see store_fence
  usec_t timer_low;
  bool mine_committed; // the batch asked about exists with that epoch
  bool hands_over;     // it has events to hand to listeners that an earlier batch left
  int unclean_ends;    // owners in a row that neither gave it back nor settled
  // The last record consumed: to see whether the topic is still the same.
  int64_t last_offset;     // -1 = none
  usec_t last_timestamp;
  uint64_t last_hash;
  const int64_t *inbox_acks; // pairs (source home, position)
  size_t inbox_ack_count;    // of pairs
};

struct store_takeover {
  const char *cluster_id; // of the Kafka cluster the offsets belong to
  const char *instance;   // boot id
  const struct store_source *sources;
  size_t source_count;
  // The topic whose partitions may have runs: cancellations by key go to the homes of
  // those. NULL = any topic's may, which is only more work.
  const char *trigger_topic;
};

// A trigger whose runs are still being made, piece by piece.
struct store_open_fanout {
  int home;
  struct uuid trigger_id;
  int32_t definition_id;
  int32_t cursor; // recipients done
  // The record as it came; its texts as in `workflow.trigger` and `workflow.fanout`.
  struct record record;
};

struct store_takeover_reply {
  struct store_home *homes; // in the order of the sources
  size_t home_count;
  struct store_packed *packed; // batches from min(outbox_acked, guard_low) on, ascending
  size_t packed_count;
  const struct store_open_fanout *fanouts; // of these homes, oldest first
  size_t fanout_count;
  const char *stored_cluster_id; // differs: the offsets belong to another cluster
};

// ---- loading ----------------------------------------------------------------

struct store_claim { // a trigger's key
  struct text tenant, workflow, id; // tenant may be absent
};

// A cancellation key as seen from one home.
struct store_key {
  int home;
  struct text tenant, workflow, key; // workflow absent = any
  const struct recipient_ref *recipients; // subset; none = all
  size_t recipient_count;
};

struct store_load {
  const struct uuid *runs; // whose events are wanted
  size_t run_count;
  const struct store_claim *claims; // whose first trigger is wanted
  size_t claim_count;
  const struct store_key *tombstones; // keys whose live tombstones are wanted
  size_t tombstone_count;
  const struct store_key *matches; // keys whose open runs are wanted
  size_t match_count;
  int match_limit; // runs per key, at most
};

struct store_loaded_run {
  bool found;
  struct wf_identity identity;
  struct wf_run *snapshot; // what the events before `events` come to; NULL = there are none before
  struct wf_event *events; // by seq; jv references owned by the reply
  size_t event_count;
};

struct store_loaded_claim {
  bool taken;
  struct uuid trigger_id; // the first
};

// A cancellation that holds for triggers whose own time is not after it.
struct store_loaded_tombstone {
  size_t key; // index in the load's `tombstones`
  usec_t cancel_time;
  struct text workflow;           // absent = any
  struct recipient_ref recipient; // id absent = all
};

struct store_loaded_match {
  size_t key; // index in the load's `matches`
  struct uuid run_id;
};

struct store_load_reply {
  struct store_loaded_run *runs;     // in the order asked
  struct store_loaded_claim *claims; // in the order asked
  const struct store_loaded_tombstone *tombstones;
  size_t tombstone_count;
  const struct store_loaded_match *matches;
  size_t match_count;
};

// ---- committing -------------------------------------------------------------

// The next batch of a home. Every value is absolute: the row says all there is.
struct store_fence {
  int home;
  int64_t epoch, batch_no;
  int64_t next_offset;  // -1 = nothing read yet
  int64_t last_offset;  // -1 = none
  usec_t last_timestamp;
  uint64_t last_hash;
  int64_t outbox_acked; // lowest batch_no with requests not yet delivered
  int64_t guard_low;    // lowest batch_no with open deadlines that no timer row records
  usec_t timer_low;     // no live timer of this home is due before
  struct text requests; // this batch's, packed; absent = none
  const int64_t *inbox_acks;
  size_t inbox_ack_count;
};

// The run that started a child: `depth` runs stand above the child; 0 = it is none.
struct store_parent {
  struct uuid run_id;
  int32_t step_no, depth;
};

struct store_trigger {
  struct uuid trigger_id;
  int home;
  const struct trigger_event *event;
  int32_t definition_id;
  const char *workflow, *workflow_version;
  struct text tenant;
  int32_t recipient_count; // after removing repeats; 1 when there is none: it is how many runs
  usec_t received_at;
  const char *topic;
  int32_t partition;
  int64_t offset;
  struct store_parent parent; // a child's trigger claims no key
};

struct store_duplicate { // a repeated trigger id: recorded, starts nothing
  struct uuid first_trigger_id;
  struct text tenant, workflow, event_id;
  const char *topic;
  int32_t partition;
  int64_t offset;
  usec_t received_at;
};

struct store_event {
  struct uuid run_id;
  const struct wf_event *event;
};

struct store_timer {
  int home;
  usec_t due_at;
  struct uuid run_id;
  int32_t timer_no;
};

struct store_quarantine {
  const struct record *record;
  struct refusal refusal;
  struct text tenant, trigger_id; // as far as they could be read
};

struct store_inbox {
  int dst_home;
  // The home that hands it on; less than 0: that home hands on a record that came again
  // from quarantine, whose positions are a series of their own.
  int src_home;
  int64_t src_pos;
  const char *kind; // "result" …
  struct uuid run_id;
  struct text payload; // the record's bytes; absent: they stand in quarantine
  bool is_json;
  int64_t quarantine_id; // 0 = none
};

// A command that was carried out: it leaves `workflow.command` in the same transaction,
// and STORE_CONFLICT when it is not there any more.
struct store_applied {
  int64_t command_id;
  int home;
  int64_t batch_no;
  int32_t run_count;
  const char *result; // "applied", or why it changed nothing
};

struct store_tombstone {
  int home;
  usec_t cancel_time, expires_at;
  struct text tenant, workflow, key; // workflow absent = any
  struct recipient_ref recipient;    // id absent = all
};

// A cancel by key that came by Kafka: becomes a command for each home of the trigger
// topic.
struct store_key_command {
  struct text tenant, workflow, key, actor, reason;
  const struct recipient_ref *recipients;
  size_t recipient_count;
  usec_t time; // cancel_time of the tombstones
};

// A fan-out that begins, or goes on: STORE_CONFLICT when the cursor is not as expected.
struct store_fanout {
  struct uuid trigger_id;
  int home;
  bool is_new;
  int32_t previous_cursor, cursor, total; // cursor == total: it is done and leaves
  const struct record *record;            // new: kept whole
};

struct store_commit {
  const struct store_fence *fences; // by home, ascending
  size_t fence_count;
  int64_t definition_generation;
  usec_t due_max; // highest due instant fired in this batch; 0 = none
  const struct store_trigger *triggers; // their keys are claimed, all or nothing
  size_t trigger_count;
  const struct store_duplicate *duplicates;
  size_t duplicate_count;
  const struct store_event *events;
  size_t event_count;
  // Runs touched: their row, the steps and actions marked is_new or is_changed, and a
  // snapshot where one is due (engine/snapshot.h) are written. previous_seqs: what the table must hold, 0 = the row is new.
  struct wf_run *const *runs;
  const int32_t *previous_seqs;
  size_t run_count;
  const struct store_timer *timers;
  size_t timer_count;
  const struct store_quarantine *quarantine;
  size_t quarantine_count;
  const struct store_inbox *inbox;
  size_t inbox_count;
  const struct store_applied *applied;
  size_t applied_count;
  const struct store_tombstone *tombstones;
  size_t tombstone_count;
  const struct store_key_command *key_commands;
  size_t key_command_count;
  const struct store_fanout *fanouts;
  size_t fanout_count;
  const struct store_schedule *schedules;
  size_t schedule_count;
  const struct store_slot *slots;
  size_t slot_count;
  // In this order: what ended, events, who begins to listen.
  const struct store_unsubscription *unsubscriptions;
  size_t unsubscription_count;
  const struct store_arrival *arrivals;
  size_t arrival_count;
  const struct store_subscription *subscriptions;
  size_t subscription_count;
  const struct store_gathering *gatherings;
  size_t gathering_count;
  const struct store_verdict *verdicts; // before the gatherings
  size_t verdict_count;
  usec_t gathering_ttl; // how long one is kept that lacks some
  int gathering_most;   // of one workflow at a time; an event that would begin one more is refused
  usec_t lookback; // how long before it began a listener hears
  // Homes taking part in this batch that hand on what a reply said is unfinished: at most
  // so many listeners of an event, or events of a listener, each.
  const int *handing;
  size_t handing_count;
  int handing_piece;
};

// Rows that wait in the inboxes of the homes of this lane, read in the same pipeline.
struct store_inbox_row {
  int dst_home, src_home;
  int64_t src_pos;
  const char *kind;
  struct uuid run_id;
  struct text payload;
  bool is_json;
  // Kind "replay": this quarantined record is to be taken again, as it came; there is no
  // payload. src_home is 0, or less than 0 when another home has read it and handed it on.
  int64_t quarantine_id; // 0 = none
  // The whole record of a replay; else only where it came from: topic, partition, offset.
  struct record record;
};

// A command given by SQL, or by key, that waits for a home of this lane.
struct store_command_row {
  int64_t command_id;
  int home;
  enum wf_control kind;
  bool has_run_id;
  struct uuid run_id;
  struct text tenant, workflow, key; // without run_id
  const struct recipient_ref *recipients;
  size_t recipient_count;
  struct text actor, reason;
  usec_t time; // when it was given: cancel_time
};

struct store_commit_reply {
  const struct store_inbox_row *inbox;
  size_t inbox_count;
  const struct store_command_row *commands; // oldest first, at most 100
  size_t command_count;
  int64_t generation; // of the definitions; 0 = not read, as behind a commit
  int64_t refused;  // events that would have begun a gathering too many
  const int *woken; // homes, of whatever owner, whose inboxes this commit gave events; may repeat
  size_t woken_count;
  const int *unfinished; // homes of this lane that have more events to hand over; may repeat
  size_t unfinished_count;
};

// ---- timers -----------------------------------------------------------------

struct store_scan { // timers of one home, keyset (due_at, run_id, timer_no) > after
  int home;
  usec_t due_from, due_until;
  struct store_timer after;
  bool has_after;
  int limit;
};

struct store_scan_reply {
  const struct store_timer *timers;
  size_t timer_count;
};

// ---- definitions ------------------------------------------------------------

struct store_definition {
  int32_t definition_id;
  const char *namespace, *name, *version;
  bool active;
  struct text document;
};

struct store_definitions_reply {
  int64_t generation;
  const struct store_definition *definitions; // active ones, and those with open runs
  size_t definition_count;
  bool is_intake_paused; // operators want no trigger taken
};

// Publishes one version with the list of its tasks: harmless when it is there with the same
// content; refused (STORE_FAILED, WF006) when it is there with other content.
struct store_publish {
  const char *namespace, *name, *version;
  struct text document;
  struct text outline; // of engine/outline.h, as JSON
};

// Wakes the owners of these homes, in a transaction of its own: they have inbox rows or
// commands. Never part of a commit (NOTIFY serialises those).
struct store_notify {
  const int *homes; // none = all
  size_t home_count;
};

// ---- one request, one reply -------------------------------------------------

enum store_request_kind { STORE_TAKEOVER, STORE_LOAD, STORE_COMMIT, STORE_SCAN, STORE_DEFINITIONS, STORE_PUBLISH, STORE_NOTIFY, STORE_ANNOUNCE, STORE_SETTLE, STORE_SCHEDULES };

struct store_request {
  enum store_request_kind kind;
  union {
    struct store_takeover takeover;
    struct store_load load;
    struct store_commit commit;
    struct store_scan scan;
    struct store_publish publish;
    struct store_notify notify;
    struct store_announce announce;
    struct store_settle settle;
    struct store_schedules schedules;
  };
};

struct store_reply {
  enum store_status status;
  struct store_error error;
  usec_t clock; // the database's, when it answered; 0 = not known
  union {
    struct store_takeover_reply takeover;
    struct store_load_reply load;
    struct store_commit_reply commit;
    struct store_scan_reply scan;
    struct store_definitions_reply definitions;
    struct store_announce_reply announce;
    struct store_schedules_reply schedules;
  };
};
