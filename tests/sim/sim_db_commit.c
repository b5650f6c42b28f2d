// SPDX-License-Identifier: Apache-2.0
// The model's transaction: what is refused and why, in the order of the real pipeline, and
// what is written.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/snapshot.h"
#include "sim/sim_db.h"

// ---- what is refused --------------------------------------------------------

static enum store_status check_fences(const struct sim_db *db, const struct store_commit *commit, struct store_reply *reply) {
  if (db->broken.fence) return STORE_OK;
  for (size_t i = 0; i < commit->fence_count; i++) {
    const struct store_fence *fence = &commit->fences[i];
    const struct sim_home *home = &db->homes.items[fence->home - 1];
    if (home->epoch == fence->epoch && sim_db_last(home)->batch_no == fence->batch_no - 1) continue;
    reply->error = (struct store_error){"WF001", "fenced", fence->home};
    return STORE_FENCED;
  }
  return STORE_OK;
}

// A key twice in one transaction is refused like one that is known.
static bool is_duplicate(const struct sim_db *db, const struct store_commit *commit) {
  if (db->broken.dedupe) return false;
  for (size_t i = 0; i < commit->trigger_count; i++) {
    const struct store_trigger *row = &commit->triggers[i];
    if (sim_db_claim(db, text_of(row->workflow), row->event->id)) return true;
    for (size_t j = 0; j < i; j++)
      if (text_equal(row->event->id, commit->triggers[j].event->id) && strcmp(row->workflow, commit->triggers[j].workflow) == 0) return true;
  }
  return false;
}

// Timers lie in partitions that are made when the first of them is missed (23514).
static bool lacks_partition(struct sim_db *db, const struct store_commit *commit) {
  usec_t latest = 0;
  for (size_t i = 0; i < commit->timer_count; i++)
    if (commit->timers[i].due_at > latest) latest = commit->timers[i].due_at;
  if (!db->picky || latest < db->partitions_until) return false;
  db->partitions_until = latest + 5 * USEC_PER_SEC;
  db->partitions_made++;
  return true;
}

static bool has_poison(jv data, const char *member) {
  if (jv_get_kind(data) != JV_KIND_OBJECT) return false;
  jv value = jv_object_get(jv_copy(data), jv_string(member));
  bool found = jv_get_kind(value) == JV_KIND_OBJECT && jv_object_has(jv_copy(value), jv_string("poison"));
  jv_free(value);
  return found;
}

// Stands for what PostgreSQL does not store (22…): each test value is called poison.
static bool is_refused(const struct store_commit *commit) {
  for (size_t i = 0; i < commit->trigger_count; i++)
    if (strncmp(commit->triggers[i].event->id.data, "poison", 6) == 0) return true;
  for (size_t i = 0; i < commit->event_count; i++) {
    const struct wf_event *event = commit->events[i].event;
    if (event->summary && strcmp(event->summary, "poison") == 0) return true;
    if (jv_is_valid(event->data) && (has_poison(event->data, "output") || has_poison(event->data, "data"))) return true;
  }
  return false;
}

static bool has_conflict(const struct sim_db *db, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct sim_run *run = sim_db_run(db, &commit->runs[i]->identity.run_id);
    if ((run ? (int32_t)run->events.count : 0) != commit->previous_seqs[i]) return true;
  }
  return false;
}

static enum store_status check(struct sim_db *db, const struct store_commit *commit, usec_t clock, struct store_reply *reply) {
  if (commit->due_max > clock) return STORE_TOO_EARLY;
  enum store_status fenced = check_fences(db, commit, reply);
  if (fenced != STORE_OK) return fenced;
  if (commit->definition_generation != db->generation) return STORE_STALE_DEFINITIONS;
  if (is_duplicate(db, commit)) return STORE_DUPLICATE;
  if (lacks_partition(db, commit)) return STORE_REDO;
  if (db->picky && is_refused(commit)) {
    db->refused++;
    reply->error = (struct store_error){"22P05", "poison", -1};
    return STORE_REFUSED;
  }
  if (has_conflict(db, commit) || sim_schedule_check(db, commit) != STORE_OK) return STORE_CONFLICT;
  return sim_control_check(db, commit);
}

// ---- what is written --------------------------------------------------------

static void write_batches(struct sim_db *db, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->fence_count; i++) {
    const struct store_fence *fence = &commit->fences[i];
    struct sim_batch row = {.batch_no = fence->batch_no,
                            .epoch = fence->epoch,
                            .next_offset = fence->next_offset,
                            .last_offset = fence->last_offset,
                            .last_timestamp = fence->last_timestamp,
                            .last_hash = fence->last_hash,
                            .outbox_acked = fence->outbox_acked,
                            .guard_low = fence->guard_low,
                            .timer_low = fence->timer_low,
                            .requests = sim_db_copy(fence->requests),
                            .requests_size = fence->requests.size,
                            .ack_count = fence->inbox_ack_count};
    size_t bytes = 2 * fence->inbox_ack_count * sizeof *row.acks;
    if (bytes) row.acks = memcpy(xmalloc(bytes), fence->inbox_acks, bytes);
    vec_push(&db->homes.items[fence->home - 1].batches, row);
  }
}

static void write_trigger(struct sim_db *db, const struct store_trigger *row) {
  struct sim_trigger *trigger = xcalloc(1, sizeof *trigger);
  *trigger = (struct sim_trigger){.trigger_id = row->trigger_id,
                                  .event_id = sim_db_copy(row->event->id),
                                  .traceparent = sim_db_copy(row->event->traceparent),
                                  .data = sim_db_copy(row->event->data),
                                  .key = sim_db_copy(row->event->cancellation_key),
                                  .home = row->home,
                                  .workflow = xstrdup(row->workflow),
                                  .workflow_version = xstrdup(row->workflow_version),
                                  .source_type = xstrdup(source_kind_name(row->event->source_kind)),
                                  .source_name = sim_db_copy(row->event->source_name),
                                  .definition_id = row->definition_id,
                                  .recipient_count = row->recipient_count,
                                  .time = row->event->time,
                                  .partition = row->partition,
                                  .offset = row->offset,
                                  .parent = row->parent};
  HASH_ADD(hh, db->triggers_by_id, trigger_id, sizeof(struct uuid), trigger);
  vec_push(&db->triggers, trigger);
}

static struct sim_run *new_run(struct sim_db *db, const struct uuid *run_id) {
  struct uuid trigger_id = uuid_with_recipient(run_id, 0);
  struct sim_trigger *trigger = sim_db_trigger(db, &trigger_id);
  WF_ASSERT(trigger);
  struct wf_identity identity = {.run_id = *run_id,
                                 .trigger_id = trigger_id,
                                 .definition_id = trigger->definition_id,
                                 .workflow = trigger->workflow,
                                 .workflow_version = trigger->workflow_version,
                                 .event_id = trigger->event_id,
                                 .traceparent = trigger->traceparent,
                                 .source_type = trigger->source_type,
                                 .source_name = trigger->source_name,
                                 .parent_run_id = trigger->parent.run_id,
                                 .depth = trigger->parent.depth,
                                 .actor = jv_null(),
                                 .trigger_data = trigger->data ? jv_parse(trigger->data) : jv_object()};
  struct sim_run *run = xcalloc(1, sizeof *run);
  run->run_id = *run_id;
  run->trigger = trigger;
  run->home = trigger->home;
  run->state = wf_run_new(&identity);
  HASH_ADD(hh, db->runs_by_id, run_id, sizeof(struct uuid), run);
  vec_push(&db->runs, run);
  return run;
}

static char *copy_or_null(const char *text) { return text ? xstrdup(text) : NULL; }

static void write_event(struct sim_db *db, const struct store_event *row, usec_t clock) {
  struct sim_run *run = sim_db_run(db, &row->run_id);
  if (!run) run = new_run(db, &row->run_id);
  if (db->watcher.event) db->watcher.event(db->watcher.context, run, row->event, clock);
  struct sim_event stored = {*row->event};
  stored.event.reference = copy_or_null(row->event->reference);
  stored.event.reason_code = copy_or_null(row->event->reason_code);
  stored.event.summary = copy_or_null(row->event->summary);
  stored.event.detail_internal = copy_or_null(row->event->detail_internal);
  stored.event.data = jv_copy(row->event->data);
  vec_push(&run->events, stored);
  const char *problem;
  WF_ASSERT(wf_evolve(run->state, row->event, &problem) == 0);
}

static void write_timer(struct sim_db *db, const struct store_timer *row, usec_t clock) {
  struct sim_run *run = sim_db_run(db, &row->run_id);
  WF_ASSERT(run);
  vec_push(&db->timers, *row);
  vec_push(&run->timers, (struct sim_timer){row->due_at, clock, row->timer_no});
}

// As the product does, but more often: the runs here are short.
static void write_snapshot(struct sim_db *db, const struct wf_run *run, int32_t previous_seq) {
  enum { EVERY = 8 };
  if (wf_status_ended(run->status) || run->last_seq / EVERY == previous_seq / EVERY) return;
  struct sim_run *stored = sim_db_run(db, &run->identity.run_id);
  struct buf state = {0};
  wf_snapshot_encode(run, &state);
  free(stored->snapshot);
  stored->snapshot = state.data;
  stored->snapshot_size = state.size;
  stored->snapshot_seq = run->last_seq;
}

void sim_commit(struct sim_db *db, const struct store_commit *request, usec_t clock, struct store_reply *reply) {
  if (!request->fence_count) { // only looks
    sim_control_read(db, &reply->commit);
    reply->commit.generation = db->generation;
    return;
  }
  reply->status = check(db, request, clock, reply);
  if (reply->status != STORE_OK) return;
  for (size_t i = 0; i < request->trigger_count; i++) write_trigger(db, &request->triggers[i]);
  write_batches(db, request);
  for (size_t i = 0; i < request->event_count; i++) write_event(db, &request->events[i], clock);
  for (size_t i = 0; i < request->timer_count; i++) write_timer(db, &request->timers[i], clock);
  for (size_t i = 0; i < request->run_count; i++) write_snapshot(db, request->runs[i], request->previous_seqs[i]);
  for (size_t i = 0; i < request->quarantine_count; i++) sim_replay_set_aside(db, request->quarantine[i].record, request->quarantine[i].refusal.code);
  db->duplicates += request->duplicate_count;
  sim_control_write(db, request, clock);
  sim_schedule_write(db, request, clock);
  if (db->watcher.after) db->watcher.after(db->watcher.context, request, clock);
  sim_control_read(db, &reply->commit);
}
