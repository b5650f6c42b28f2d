// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_db.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/snapshot.h"

void sim_db_init(struct sim_db *db) { *db = (struct sim_db){.generation = 1, .reply_arena = arena_new()}; }

char *sim_db_copy(struct text text) { return text.data ? xstrndup(text.data, text.size) : NULL; }

static void home_free(struct sim_home *home) {
  vec_foreach(batch, &home->batches) {
    free(batch->requests);
    free(batch->acks);
  }
  vec_free(&home->batches);
  free(home->topic);
  free(home->instance);
}

static void run_free(struct sim_run *run) {
  vec_foreach(stored, &run->events) {
    free((char *)stored->event.reference);
    free((char *)stored->event.reason_code);
    free((char *)stored->event.summary);
    free((char *)stored->event.detail_internal);
    jv_free(stored->event.data);
  }
  vec_free(&run->events);
  vec_free(&run->timers);
  vec_free(&run->rows);
  vec_free(&run->requests);
  wf_run_free(run->state);
  free(run->snapshot);
  free(run);
}

static void trigger_free(struct sim_trigger *trigger) {
  free(trigger->event_id);
  free(trigger->traceparent);
  free(trigger->data);
  free(trigger->workflow);
  free(trigger->workflow_version);
  free(trigger->source_type);
  free(trigger->source_name);
  free(trigger->key);
  free(trigger);
}

void sim_db_free(struct sim_db *db) {
  vec_foreach(home, &db->homes) home_free(home);
  vec_free(&db->homes);
  HASH_CLEAR(hh, db->runs_by_id);
  vec_foreach(run, &db->runs) run_free(*run);
  vec_free(&db->runs);
  HASH_CLEAR(hh, db->triggers_by_id);
  vec_foreach(trigger, &db->triggers) trigger_free(*trigger);
  vec_free(&db->triggers);
  vec_free(&db->timers);
  sim_replay_free(db);
  sim_caution_free(db);
  sim_control_free(db);
  sim_schedule_free(db);
  vec_free(&db->definitions);
  arena_free(db->reply_arena);
}

void sim_db_publish(struct sim_db *db, const char *namespace, const char *name, const char *version, const char *document) {
  int32_t id = (int32_t)db->definitions.count + 1;
  vec_push(&db->definitions, (struct store_definition){id, namespace, name, version, true, text_of(document)});
  db->generation++;
}

void sim_db_pause_intake(struct sim_db *db, bool is_paused) {
  db->generation += db->is_intake_paused != is_paused;
  db->is_intake_paused = is_paused;
}

bool sim_db_is_open(const struct sim_run *run) { return !wf_status_ended(run->state->status); }

struct sim_run *sim_db_run(const struct sim_db *db, const struct uuid *run_id) {
  struct sim_run *run;
  HASH_FIND(hh, db->runs_by_id, run_id, sizeof *run_id, run);
  return run;
}

struct sim_trigger *sim_db_trigger(const struct sim_db *db, const struct uuid *trigger_id) {
  struct sim_trigger *trigger;
  HASH_FIND(hh, db->triggers_by_id, trigger_id, sizeof *trigger_id, trigger);
  return trigger;
}

struct sim_home *sim_db_home(struct sim_db *db, int number) {
  return number >= 1 && (size_t)number <= db->homes.count ? &db->homes.items[number - 1] : NULL;
}

const struct sim_batch *sim_db_last(const struct sim_home *home) { return &home->batches.items[home->batches.count - 1]; }

const struct sim_trigger *sim_db_claim(const struct sim_db *db, struct text workflow, struct text id) {
  vec_foreach(trigger, &db->triggers) {
    if (text_equal(id, text_of((*trigger)->event_id)) && text_equal(workflow, text_of((*trigger)->workflow))) return *trigger;
  }
  return NULL;
}

static struct wf_identity identity_of(const struct sim_run *run) {
  struct wf_identity identity = run->state->identity; // the texts stay the model's
  identity.actor = jv_copy(identity.actor);
  identity.trigger_data = jv_copy(identity.trigger_data);
  return identity;
}

struct wf_run *sim_db_fold(const struct sim_run *stored) {
  struct wf_identity identity = identity_of(stored);
  struct wf_run *run = wf_run_new(&identity);
  const char *problem;
  vec_foreach(event, &stored->events) WF_ASSERT(wf_evolve(run, &event->event, &problem) == 0);
  return run;
}

struct wf_run *sim_db_snapshot(const struct sim_run *stored) {
  if (!stored->snapshot) return NULL;
  struct wf_run *run = NULL;
  WF_ASSERT(wf_snapshot_decode(stored->snapshot, stored->snapshot_size, &stored->state->identity, &run) == 0);
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

static bool has_batch(const struct sim_home *home, int64_t batch_no, int64_t epoch) {
  vec_foreach(batch, &home->batches) {
    if (batch->batch_no == batch_no && batch->epoch == epoch) return true;
  }
  return false;
}

static void take_home(struct sim_db *db, const struct store_source *source, const char *instance, struct store_home *ret) {
  struct sim_home *home = find_home(db, source->topic, source->partition);
  *ret = (struct store_home){.home = (int)(home - db->homes.items) + 1};
  ret->mine_committed = source->mine_epoch > 0 && has_batch(home, source->mine_batch_no, source->mine_epoch);
  bool mine = home->instance && strcmp(home->instance, instance) == 0;
  if (source->mine_epoch > 0 && !mine) return;
  home->epoch++;
  home->unclean_ends += home->instance && !mine;
  ret->unclean_ends = home->unclean_ends;
  free(home->instance);
  home->instance = xstrdup(instance);
  struct sim_batch next = {.batch_no = 1, .next_offset = -1, .last_offset = -1, .outbox_acked = 1, .guard_low = 1};
  if (home->batches.count) {
    next = *sim_db_last(home);
    next.batch_no++;
    next.requests = NULL;
    next.requests_size = 0;
    next.acks = copy_acks(next.acks, next.ack_count);
  }
  next.epoch = home->epoch;
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
  for (size_t i = 0; i < request->source_count; i++) {
    take_home(db, &request->sources[i], request->instance, &out->homes[i]);
    out->homes[i].hands_over = sim_events_hands_over(db, out->homes[i].home);
  }
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

// ---- load, scan -------------------------------------------------------------

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
    const struct sim_trigger *first = sim_db_claim(db, request->claims[i].workflow, request->claims[i].id);
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

void sim_db_execute(struct sim_db *db, const struct store_request *request, usec_t clock, struct store_reply *reply) {
  arena_reset(db->reply_arena);
  *reply = (struct store_reply){.status = STORE_OK, .clock = clock, .error.home = -1};
  switch (request->kind) {
  case STORE_TAKEOVER: takeover(db, &request->takeover, reply); break;
  case STORE_LOAD: load(db, &request->load, reply); break;
  case STORE_COMMIT: sim_commit(db, &request->commit, clock, reply); break;
  case STORE_SCAN: scan(db, &request->scan, reply); break;
  case STORE_PUBLISH: // the simulated table is filled by the simulation
  case STORE_NOTIFY: break; // the world hands notices over
  case STORE_ANNOUNCE: reply->status = sim_caution_announce(db, &request->announce, reply); break;
  case STORE_SETTLE: sim_caution_settle(db, &request->settle); break;
  case STORE_SCHEDULES: sim_schedule_read(db, &request->schedules, &reply->schedules); break;
  case STORE_DEFINITIONS:
    reply->definitions = (struct store_definitions_reply){db->generation, db->definitions.items, db->definitions.count, db->is_intake_paused};
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
