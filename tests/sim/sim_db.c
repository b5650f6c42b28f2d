// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_db.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/snapshot.h"

void sim_db_init(struct sim_db *db) { *db = (struct sim_db){.generation = 1, .reply_arena = arena_new()}; }

static char *copy_or_null(const char *text) { return text ? xstrdup(text) : NULL; }

static char *copy_text(struct text text) { return text.data ? xstrndup(text.data, text.size) : NULL; }

static void event_free(struct sim_event *stored) {
  free((char *)stored->event.reference);
  free((char *)stored->event.reason_code);
  free((char *)stored->event.summary);
  free((char *)stored->event.detail_internal);
  jv_free(stored->event.data);
}

static void home_free(struct sim_home *home) {
  vec_foreach(batch, &home->batches) {
    free(batch->requests);
    free(batch->acks);
  }
  vec_free(&home->batches);
  free(home->topic);
  free(home->instance);
}

void sim_db_free(struct sim_db *db) {
  vec_foreach(home, &db->homes) home_free(home);
  vec_free(&db->homes);
  sim_caution_free(db);
  vec_foreach(run, &db->runs) {
    vec_foreach(event, &(*run)->events) event_free(event);
    vec_free(&(*run)->events);
    free((*run)->snapshot);
    free(*run);
  }
  vec_free(&db->runs);
  vec_foreach(entry, &db->triggers) {
    struct sim_trigger *trigger = *entry;
    free(trigger->event_id);
    free(trigger->traceparent);
    free(trigger->data);
    free(trigger->workflow);
    free(trigger->workflow_version);
    free(trigger->source_type);
    free(trigger->key);
    free(trigger);
  }
  vec_free(&db->triggers);
  vec_foreach(row, &db->quarantine) {
    free(row->topic);
    free(row->code);
    free(row->value);
  }
  vec_free(&db->quarantine);
  vec_free(&db->timers);
  sim_control_free(db);
  vec_free(&db->definitions);
  arena_free(db->reply_arena);
}

void sim_db_publish(struct sim_db *db, const char *namespace, const char *name, const char *version, const char *document) {
  int32_t id = (int32_t)db->definitions.count + 1;
  vec_push(&db->definitions, (struct store_definition){id, namespace, name, version, true, text_of(document)});
  db->generation++;
}

bool sim_db_is_open(const struct sim_run *run) {
  bool open = true;
  vec_foreach(stored, &run->events) {
    enum wf_event_type type = stored->event.type;
    if (type == WF_RUN_COMPLETED || type == WF_RUN_FAULTED || type == WF_RUN_CANCELLED) open = false;
    if (type == WF_RUN_RETRIED) open = true;
  }
  return open;
}

const struct sim_run *sim_db_run(const struct sim_db *db, const struct uuid *run_id) {
  vec_foreach(run, &db->runs) {
    if (uuid_equal(&(*run)->run_id, run_id)) return *run;
  }
  return NULL;
}

static const struct sim_trigger *find_trigger(const struct sim_db *db, const struct uuid *trigger_id) {
  vec_foreach(trigger, &db->triggers) {
    if (uuid_equal(&(*trigger)->trigger_id, trigger_id)) return *trigger;
  }
  return NULL;
}

static struct wf_identity identity_of(const struct sim_run *run) {
  const struct sim_trigger *trigger = run->trigger;
  return (struct wf_identity){.run_id = run->run_id,
                              .trigger_id = trigger->trigger_id,
                              .definition_id = trigger->definition_id,
                              .workflow = trigger->workflow,
                              .workflow_version = trigger->workflow_version,
                              .event_id = trigger->event_id,
                              .traceparent = trigger->traceparent,
                              .source_type = trigger->source_type,
                              .actor = jv_null(),
                              .trigger_data = trigger->data ? jv_parse(trigger->data) : jv_object()};
}

struct wf_run *sim_db_fold(const struct sim_run *stored) {
  struct wf_identity identity = identity_of(stored);
  struct wf_run *run = wf_run_new(&identity);
  const char *problem = NULL;
  vec_foreach(event, &stored->events) WF_ASSERT(wf_evolve(run, &event->event, &problem) == 0);
  return run;
}

struct wf_run *sim_db_snapshot(const struct sim_run *stored) {
  if (!stored->snapshot) return NULL;
  struct wf_identity identity = identity_of(stored);
  struct wf_run *run = NULL;
  WF_ASSERT(wf_snapshot_decode(stored->snapshot, stored->snapshot_size, &identity, &run) == 0);
  jv_free(identity.actor);
  jv_free(identity.trigger_data);
  return run;
}

// ---- take-over --------------------------------------------------------------

static struct sim_home *find_home(struct sim_db *db, const char *topic, int32_t partition) {
  vec_foreach(home, &db->homes) {
    if (home->partition == partition && strcmp(home->topic, topic) == 0) return home;
  }
  vec_push(&db->homes, (struct sim_home){.topic = xstrdup(topic), .partition = partition});
  return &db->homes.items[db->homes.count - 1];
}

static int64_t *copy_acks(const int64_t *acks, size_t pairs) {
  if (!pairs) return NULL;
  int64_t *copy = xmalloc(2 * pairs * sizeof *copy);
  return memcpy(copy, acks, 2 * pairs * sizeof *copy);
}

static struct sim_batch *find_batch(const struct sim_home *home, int64_t batch_no) {
  vec_foreach(batch, &home->batches) {
    if (batch->batch_no == batch_no) return batch;
  }
  return NULL;
}

static void take_home(struct sim_db *db, const struct store_source *source, const char *instance, struct store_home *ret) {
  struct sim_home *home = find_home(db, source->topic, source->partition);
  const struct sim_batch *asked = find_batch(home, source->mine_batch_no);
  *ret = (struct store_home){.home = (int)(home - db->homes.items) + 1};
  bool mine = home->instance && strcmp(home->instance, instance) == 0;
  if (source->mine_epoch > 0 && !mine) return;
  home->epoch++;
  home->unclean_ends += home->instance && !mine;
  free(home->instance);
  home->instance = xstrdup(instance);
  struct sim_batch next = {.epoch = home->epoch, .batch_no = 1, .next_offset = -1, .last_offset = -1, .outbox_acked = 1, .guard_low = 1};
  if (home->batches.count) {
    next = home->batches.items[home->batches.count - 1];
    next.batch_no++;
    next.epoch = home->epoch;
    next.requests = NULL;
    next.requests_size = 0;
    next.acks = copy_acks(next.acks, next.ack_count);
  }
  ret->unclean_ends = home->unclean_ends;
  ret->mine_committed = asked && source->mine_epoch > 0 && asked->epoch == source->mine_epoch;
  vec_push(&home->batches, next);
  ret->epoch = next.epoch;
  ret->batch_no = next.batch_no;
  ret->next_offset = next.next_offset;
  ret->last_offset = next.last_offset;
  ret->last_timestamp = next.last_timestamp;
  ret->last_hash = next.last_hash;
  ret->outbox_acked = next.outbox_acked;
  ret->guard_low = next.guard_low;
  ret->timer_low = next.timer_low;
  ret->inbox_acks = next.acks;
  ret->inbox_ack_count = next.ack_count;
}

static void takeover(struct sim_db *db, const struct store_takeover *request, struct store_reply *reply) {
  struct store_takeover_reply *out = &reply->takeover;
  out->homes = arena_alloc0(db->reply_arena, request->source_count * sizeof *out->homes);
  out->home_count = request->source_count;
  out->stored_cluster_id = request->cluster_id;
  size_t packed_max = 0;
  for (size_t i = 0; i < request->source_count; i++) take_home(db, &request->sources[i], request->instance, &out->homes[i]);
  vec_foreach(home, &db->homes) packed_max += home->batches.count;
  out->packed = arena_alloc0(db->reply_arena, packed_max * sizeof *out->packed);
  for (size_t i = 0; i < out->home_count; i++) {
    const struct store_home *row = &out->homes[i];
    int64_t low = row->outbox_acked < row->guard_low ? row->outbox_acked : row->guard_low;
    vec_foreach(batch, &db->homes.items[row->home - 1].batches) {
      if (batch->batch_no < low || !batch->requests) continue;
      out->packed[out->packed_count++] = (struct store_packed){row->home, batch->batch_no, {batch->requests, batch->requests_size}};
    }
  }
  sim_control_takeover(db, out);
}

// ---- load, scan, definitions ------------------------------------------------

static const struct sim_trigger *find_claim(const struct sim_db *db, struct text workflow, struct text id) {
  vec_foreach(entry, &db->triggers) {
    const struct sim_trigger *trigger = *entry;
    if (text_equal(id, text_of(trigger->event_id)) && text_equal(workflow, text_of(trigger->workflow))) return trigger;
  }
  return NULL;
}

static void load(struct sim_db *db, const struct store_load *request, struct store_reply *reply) {
  struct store_load_reply *out = &reply->load;
  out->runs = arena_alloc0(db->reply_arena, request->run_count * sizeof *out->runs);
  out->claims = arena_alloc0(db->reply_arena, request->claim_count * sizeof *out->claims);
  for (size_t i = 0; i < request->run_count; i++) {
    const struct sim_run *run = sim_db_run(db, &request->runs[i]);
    if (!run) continue;
    struct wf_event *events = arena_alloc(db->reply_arena, run->events.count * sizeof *events);
    for (size_t j = 0; j < run->events.count; j++) events[j] = run->events.items[j].event;
    size_t first = (size_t)run->snapshot_seq;
    out->runs[i] = (struct store_loaded_run){true, identity_of(run), sim_db_snapshot(run), events + first, run->events.count - first};
  }
  for (size_t i = 0; i < request->claim_count; i++) {
    const struct sim_trigger *first = find_claim(db, request->claims[i].workflow, request->claims[i].id);
    if (first) out->claims[i] = (struct store_loaded_claim){true, first->trigger_id};
  }
  sim_control_load(db, request, out);
}

static int timer_compare(const void *a, const void *b) {
  const struct store_timer *x = a, *y = b;
  if (x->due_at != y->due_at) return x->due_at < y->due_at ? -1 : 1;
  int runs = uuid_compare(&x->run_id, &y->run_id);
  return runs ? runs : x->timer_no - y->timer_no;
}

static void scan(struct sim_db *db, const struct store_scan *request, struct store_reply *reply) {
  struct store_timer *rows = arena_alloc0(db->reply_arena, (db->timers.count + 1) * sizeof *rows);
  size_t count = 0;
  vec_foreach(timer, &db->timers) {
    bool wanted = timer->home == request->home && timer->due_at >= request->due_from && timer->due_at <= request->due_until;
    if (wanted && (!request->has_after || timer_compare(timer, &request->after) > 0)) rows[count++] = *timer;
  }
  if (count) qsort(rows, count, sizeof *rows, timer_compare);
  reply->scan = (struct store_scan_reply){rows, count < (size_t)request->limit ? count : (size_t)request->limit};
}

// ---- commit -----------------------------------------------------------------

static enum store_status check_fences(const struct sim_db *db, const struct store_commit *commit, struct store_reply *reply) {
  if (db->broken.fence) return STORE_OK;
  for (size_t i = 0; i < commit->fence_count; i++) {
    const struct store_fence *fence = &commit->fences[i];
    const struct sim_home *home = &db->homes.items[fence->home - 1];
    bool next = home->batches.items[home->batches.count - 1].batch_no == fence->batch_no - 1;
    if (home->epoch == fence->epoch && next) continue;
    reply->error = (struct store_error){"WF001", "fenced", fence->home};
    return STORE_FENCED;
  }
  return STORE_OK;
}

static enum store_status check(const struct sim_db *db, const struct store_commit *commit, usec_t clock, struct store_reply *reply) {
  enum store_status fenced = check_fences(db, commit, reply);
  if (fenced != STORE_OK) return fenced;
  if (commit->definition_generation != db->generation) return STORE_STALE_DEFINITIONS;
  if (commit->due_max > clock) return STORE_TOO_EARLY;
  for (size_t i = 0; i < commit->trigger_count && !db->broken.dedupe; i++)
    if (find_claim(db, text_of(commit->triggers[i].workflow), commit->triggers[i].event->id)) return STORE_DUPLICATE;
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct sim_run *run = sim_db_run(db, &commit->runs[i]->identity.run_id);
    if ((run ? (int32_t)run->events.count : 0) != commit->previous_seqs[i]) return STORE_CONFLICT;
  }
  return sim_control_check(db, commit);
}

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
                            .requests = copy_text(fence->requests),
                            .requests_size = fence->requests.size,
                            .acks = copy_acks(fence->inbox_acks, fence->inbox_ack_count),
                            .ack_count = fence->inbox_ack_count};
    vec_push(&db->homes.items[fence->home - 1].batches, row);
  }
}

static void write_trigger(struct sim_db *db, const struct store_trigger *row) {
  struct sim_trigger *trigger = xcalloc(1, sizeof *trigger);
  *trigger = (struct sim_trigger){.trigger_id = row->trigger_id,
                                  .event_id = copy_text(row->event->id),
                                  .traceparent = copy_text(row->event->traceparent),
                                  .data = copy_text(row->event->data),
                                  .key = copy_text(row->event->cancellation_key),
                                  .home = row->home,
                                  .workflow = xstrdup(row->workflow),
                                  .workflow_version = xstrdup(row->workflow_version),
                                  .source_type = xstrdup(source_kind_name(row->event->source_kind)),
                                  .definition_id = row->definition_id,
                                  .recipient_count = row->recipient_count};
  vec_push(&db->triggers, trigger);
}

static void write_event(struct sim_db *db, const struct store_event *row) {
  struct sim_run *run = (struct sim_run *)sim_db_run(db, &row->run_id);
  if (!run) {
    run = xcalloc(1, sizeof *run);
    run->run_id = row->run_id;
    struct uuid trigger_id = uuid_with_recipient(&row->run_id, 0);
    run->trigger = find_trigger(db, &trigger_id);
    WF_ASSERT(run->trigger);
    vec_push(&db->runs, run);
  }
  struct sim_event stored = {*row->event};
  stored.event.reference = copy_or_null(row->event->reference);
  stored.event.reason_code = copy_or_null(row->event->reason_code);
  stored.event.summary = copy_or_null(row->event->summary);
  stored.event.detail_internal = copy_or_null(row->event->detail_internal);
  stored.event.data = jv_copy(row->event->data);
  vec_push(&run->events, stored);
}

static void write_quarantine(struct sim_db *db, const struct store_quarantine *row) {
  const struct record *record = row->record;
  vec_push(&db->quarantine, (struct sim_quarantine){.topic = xstrdup(record->topic),
                                                    .code = xstrdup(row->refusal.code),
                                                    .value = copy_text((struct text){record->value, record->value_size}),
                                                    .partition = record->partition,
                                                    .offset = record->offset,
                                                    .value_size = record->value_size});
}

// As the product does, but more often: the runs here are short.
static void write_snapshot(struct sim_db *db, const struct wf_run *run, int32_t previous_seq) {
  enum { EVERY = 4 };
  if (wf_status_ended(run->status) || run->last_seq / EVERY == previous_seq / EVERY) return;
  struct sim_run *stored = (struct sim_run *)sim_db_run(db, &run->identity.run_id);
  struct buf state = {0};
  wf_snapshot_encode(run, &state);
  free(stored->snapshot);
  stored->snapshot = state.data;
  stored->snapshot_size = state.size;
  stored->snapshot_seq = run->last_seq;
}

static void commit(struct sim_db *db, const struct store_commit *request, usec_t clock, struct store_reply *reply) {
  if (!request->fence_count) { // only looks
    sim_control_read(db, &reply->commit);
    return;
  }
  reply->status = check(db, request, clock, reply);
  if (reply->status != STORE_OK) return;
  write_batches(db, request);
  for (size_t i = 0; i < request->trigger_count; i++) write_trigger(db, &request->triggers[i]);
  for (size_t i = 0; i < request->event_count; i++) write_event(db, &request->events[i]);
  for (size_t i = 0; i < request->run_count; i++) write_snapshot(db, request->runs[i], request->previous_seqs[i]);
  for (size_t i = 0; i < request->timer_count; i++) vec_push(&db->timers, request->timers[i]);
  db->duplicates += request->duplicate_count;
  for (size_t i = 0; i < request->quarantine_count; i++) write_quarantine(db, &request->quarantine[i]);
  sim_control_write(db, request, clock);
  sim_control_read(db, &reply->commit);
}

void sim_db_execute(struct sim_db *db, const struct store_request *request, usec_t clock, struct store_reply *reply) {
  arena_reset(db->reply_arena);
  *reply = (struct store_reply){.status = STORE_OK, .clock = clock, .error.home = -1};
  switch (request->kind) {
  case STORE_TAKEOVER: takeover(db, &request->takeover, reply); break;
  case STORE_LOAD: load(db, &request->load, reply); break;
  case STORE_COMMIT: commit(db, &request->commit, clock, reply); break;
  case STORE_SCAN: scan(db, &request->scan, reply); break;
  case STORE_PUBLISH: // the simulated table is filled before the start
  case STORE_NOTIFY: break; // notices are lost here: the fallback must do
  case STORE_ANNOUNCE: reply->status = sim_caution_announce(db, &request->announce, reply); break;
  case STORE_SETTLE: sim_caution_settle(db, &request->settle); break;
  case STORE_DEFINITIONS:
    reply->definitions = (struct store_definitions_reply){.generation = db->generation, .definitions = db->definitions.items, .definition_count = db->definitions.count};
    break;
  }
}

void sim_db_discard(struct store_reply *reply, const struct store_request *request) {
  if (request->kind != STORE_LOAD || reply->status != STORE_OK) return;
  for (size_t i = 0; i < request->load.run_count; i++) {
    if (!reply->load.runs[i].found) continue;
    jv_free(reply->load.runs[i].identity.actor);
    jv_free(reply->load.runs[i].identity.trigger_data);
    wf_run_free(reply->load.runs[i].snapshot);
  }
}
