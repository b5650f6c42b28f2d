// SPDX-License-Identifier: Apache-2.0
// Taking homes over: fence the last owner, then find what it left open (requests the
// broker may not have, deadlines, due timers), and only then read on. The same step
// tells whether a commit whose answer was lost is in.
#include <string.h>

#include "base/log.h"
#include "io/codec_outbox.h"
#include "job/caution.h"
#include "job/job_internal.h"
#include "job/lane.h"

enum { RECOVERY_CHUNK = 500, SCAN_AHEAD_PARTS = 4 };

static const struct store_fence *fence_of(const struct lane *lane, int home) {
  vec_foreach(fence, &lane->fences) {
    if (fence->home == home) return fence;
  }
  return NULL;
}

void recovery_begin(struct lane *lane) {
  vec_reset(&lane->sources);
  for (size_t i = 0; i < lane->home_count; i++) {
    const struct home *home = &lane->homes[i];
    struct store_source source = {.topic = home->topic, .partition = home->partition};
    if (lane->resolve_unknown) {
      const struct store_fence *fence = fence_of(lane, home->number);
      source.mine_epoch = home->epoch;
      source.mine_batch_no = fence ? fence->batch_no : home->batch_no;
    }
    vec_push(&lane->sources, source);
  }
  // A copy: the job may hear of another cluster while this is under way.
  const char *cluster_id = arena_strdup(lane->recovery_arena, lane->job->cluster_id);
  lane->request.takeover = (struct store_takeover){.cluster_id = cluster_id,
                                                   .instance = lane->job->config.instance,
                                                   .sources = lane->sources.items,
                                                   .source_count = lane->sources.count,
                                                   .trigger_topic = lane->job->config.topics.triggers};
  lane_submit(lane, LANE_TAKING, STORE_TAKEOVER);
}

// ---- a commit whose answer was lost -----------------------------------------

static void resolve(struct lane *lane, const struct store_takeover_reply *reply) {
  lane->resolve_unknown = false;
  bool committed = false, lost = false;
  for (size_t i = 0; i < reply->home_count; i++) {
    lost |= reply->homes[i].epoch == 0;
    committed |= reply->homes[i].mine_committed && fence_of(lane, reply->homes[i].home);
  }
  if (lost) {
    log_warning("lane %d: homes were taken by another instance while the database was away", lane->number);
    lane->job->stats.fenced++;
    lane_redo(lane, 0);
    job_lost(lane->job);
    return;
  }
  if (committed)
    commit_done(lane, NULL);
  else
    lane_redo(lane, 0);
  for (size_t i = 0; i < reply->home_count; i++) {
    lane->homes[i].epoch = reply->homes[i].epoch;
    lane->homes[i].batch_no = reply->homes[i].batch_no;
  }
}

// ---- taking over ------------------------------------------------------------

static void home_taken(struct home *home, const struct store_home *row) {
  home->number = row->home;
  home->epoch = row->epoch;
  home->batch_no = home->taken_at = row->batch_no;
  home->next_offset = row->next_offset;
  home->last_offset = row->last_offset;
  home->last_timestamp = row->last_timestamp;
  home->last_hash = row->last_hash;
  home->timer_low = row->timer_low;
  home->horizon = (struct store_timer){.home = row->home};
  home->recorded_acked = row->outbox_acked;
  home->requested_in = 0;
  home->hands_over = row->hands_over;
  vec_reset(&home->inbox_acks);
  vec_reset(&home->inbox_queued);
  for (size_t i = 0; i < 2 * row->inbox_ack_count; i++) {
    vec_push(&home->inbox_acks, row->inbox_acks[i]);
    vec_push(&home->inbox_queued, row->inbox_acks[i]);
  }
}

static void collect_requests(struct lane *lane, const struct store_packed *packed, const struct store_home *row) {
  struct home *home = lane_home(lane, packed->home);
  struct outbox_request *requests;
  size_t count;
  // The reply ends with this call: what is kept must be the arena's.
  struct text bytes = {arena_memdup(lane->recovery_arena, packed->requests.data, packed->requests.size), packed->requests.size};
  if (!home || codec_outbox_unpack(bytes, lane->recovery_arena, &requests, &count) < 0) {
    log_error("batch %lld of home %d: its requests cannot be read and are not sent again", (long long)packed->batch_no, packed->home);
    return;
  }
  for (size_t i = 0; i < count; i++)
    vec_push(&lane->recovered, (struct recovered_request){home, packed->batch_no, packed->batch_no >= row->outbox_acked, requests[i]});
}

static const struct store_home *row_of(const struct store_takeover_reply *reply, int home) {
  for (size_t i = 0; i < reply->home_count; i++)
    if (reply->homes[i].home == home) return &reply->homes[i];
  return NULL;
}

static void taken(struct lane *lane, const struct store_takeover_reply *reply) {
  for (size_t i = 0; i < reply->home_count; i++) home_taken(&lane->homes[i], &reply->homes[i]);
  for (size_t i = 0; i < reply->packed_count; i++) {
    const struct store_home *row = row_of(reply, reply->packed[i].home);
    if (row) collect_requests(lane, &reply->packed[i], row);
  }
  for (size_t i = 0; i < reply->fanout_count; i++) {
    const struct store_open_fanout *row = &reply->fanouts[i];
    struct home *home = lane_home(lane, row->home);
    if (!home) continue;
    struct fanout *fanout = fanout_new(&row->trigger_id, home, row->definition_id, row->cursor, &row->record);
    TAILQ_INSERT_TAIL(&lane->fanouts, fanout, link);
    lane->fanout_count++;
  }
  caution_taken(lane, reply);
  lane->recovered_done = 0;
  lane->look = true;
  lane->phase = LANE_TAKEN;
}

void recovery_taken(struct lane *lane, const struct store_reply *reply) {
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "taking homes over", &reply->error);
    return;
  }
  if (reply->takeover.stored_cluster_id && strcmp(reply->takeover.stored_cluster_id, lane->request.takeover.cluster_id) != 0) {
    job_wrong_cluster(lane->job, reply->takeover.stored_cluster_id);
    lane->retry_at = job_boottime(lane->job) + 10 * USEC_PER_SEC;
    return;
  }
  if (lane->resolve_unknown)
    resolve(lane, &reply->takeover);
  else
    taken(lane, &reply->takeover);
}

// ---- what the last owner left open ------------------------------------------

// Under the same Idempotency-Key, however far the last owner came with it.
static void call_again(struct lane *lane, const struct wf_run *run, const struct wf_action *action) {
  calls_add(lane->calls, &(struct call_request){.run_id = run->identity.run_id,
                                                .action_no = action->action_no,
                                                .attempt = action->attempt,
                                                .native = calls_native(action->function),
                                                .arguments = action->input,
                                                .deadline = action->deadline_at,
                                                .traceparent = run->identity.traceparent});
}

// Sends again what still counts and watches its deadline. A takeover counts as a sign
// of life of the worker.
static void recover_one(struct lane *lane, const struct recovered_request *recovered) {
  const struct outbox_request *request = &recovered->request;
  const struct wf_run *run = run_cache_find(lane->runs, &request->run_id);
  if (!run) return;
  bool is_cancel = request->deadline == 0;
  const struct wf_action *action = wf_run_action(run, request->action_no);
  bool open = action && action->status == WF_RUNNING && action->attempt == request->attempt && !wf_status_ended(run->status);
  bool is_watch = !*request->message.topic;
  if (recovered->undelivered && !is_watch && (is_cancel || (open && run->status != WF_SUSPENDED))) {
    outbox_add(lane->outbox, recovered->home->number, recovered->batch_no, request, 1);
    if (recovered->batch_no > recovered->home->requested_in) recovered->home->requested_in = recovered->batch_no;
    lane->acks_open = true;
  }
  if (is_cancel || !open) return;
  if (request->native && run->status != WF_SUSPENDED) call_again(lane, run, action);
  usec_t now = job_clock(lane->job), due = request->deadline;
  if (request->heartbeat && now + request->heartbeat < due) due = now + request->heartbeat;
  timers_add(lane->timers, &(struct timer){.run_id = request->run_id,
                                           .timer_no = request->timer_no,
                                           .action_no = request->action_no,
                                           .attempt = request->attempt,
                                           .home = recovered->home->number,
                                           .due_at = due,
                                           .deadline = request->deadline,
                                           .heartbeat = request->heartbeat,
                                           .native = request->native,
                                           .has_row = is_watch && !request->native, // a row written twice is one
                                           .batch_no = recovered->batch_no,
                                           .armed_at = job_boottime(lane->job)});
}

static size_t chunk_end(const struct lane *lane) {
  size_t end = lane->recovered_done + RECOVERY_CHUNK;
  return end < lane->recovered.count ? end : lane->recovered.count;
}

static void recover_chunk(struct lane *lane) {
  size_t end = chunk_end(lane);
  for (; lane->recovered_done < end; lane->recovered_done++) recover_one(lane, &lane->recovered.items[lane->recovered_done]);
  if (lane->recovered_done < lane->recovered.count) return;
  if (end) log_notice("lane %d: found %zu requests that the last owner had out", lane->number, end);
  vec_reset(&lane->recovered);
  lane->recovered_done = 0;
  arena_reset(lane->recovery_arena);
  run_cache_trim(lane->runs);
}

static bool load_chunk(struct lane *lane) {
  vec_reset(&lane->load_runs);
  for (size_t i = lane->recovered_done; i < chunk_end(lane); i++) lane_want_run(lane, &lane->recovered.items[i].request.run_id);
  if (!lane->load_runs.count) return false;
  lane->request.load = (struct store_load){.runs = lane->load_runs.items, .run_count = lane->load_runs.count};
  lane_submit(lane, LANE_RECOVERING, STORE_LOAD);
  return true;
}

void recovery_loaded(struct lane *lane, const struct store_reply *reply) {
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "loading runs after a take-over", &reply->error);
    return;
  }
  for (size_t i = 0; i < lane->load_runs.count; i++) {
    const char *damage; // then its requests are of no use: nothing can be done with the answers
    struct wf_run *run = intake_fold(lane, &reply->load.runs[i], &damage);
    if (run) run_cache_add(lane->runs, run);
  }
  recover_chunk(lane);
}

// ---- timers -----------------------------------------------------------------

static bool holds_runs(const struct home *home) { return home->input == ITEM_TRIGGER; }

// The instant, by the database's clock, at which timers are read on: when the part in
// memory ends soon, or at its very end while enough of it is left.
static usec_t scan_at(const struct lane *lane, const struct home *home) {
  usec_t ahead = lane->job->config.timer_horizon;
  bool enough = timers_count_home(lane->timers, home->number) >= lane->job->config.bounds.timers_in_memory / 2;
  return enough ? home->horizon.due_at : home->horizon.due_at - (ahead - ahead / SCAN_AHEAD_PARTS);
}

static bool scan(struct lane *lane, struct home *home) {
  bool first = home->horizon.due_at == 0;
  lane->scanned = home;
  lane->request.scan = (struct store_scan){.home = home->number,
                                           .due_from = first ? home->timer_low : home->horizon.due_at,
                                           .due_until = job_clock(lane->job) + lane->job->config.timer_horizon,
                                           .after = home->horizon,
                                           .has_after = !first,
                                           .limit = (int)lane->job->config.bounds.timers_in_memory / 2};
  lane_submit(lane, LANE_SCANNING, STORE_SCAN);
  return true;
}

void recovery_scanned(struct lane *lane, const struct store_reply *reply) {
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "reading timers", &reply->error);
    return;
  }
  struct home *home = lane->scanned;
  const struct store_scan_reply *rows = &reply->scan;
  for (size_t i = 0; i < rows->timer_count; i++) {
    const struct store_timer *row = &rows->timers[i];
    if (timers_has(lane->timers, &row->run_id, row->timer_no)) {
      timers_recorded(lane->timers, &row->run_id, row->timer_no);
      continue;
    }
    timers_add(lane->timers, &(struct timer){.run_id = row->run_id, .timer_no = row->timer_no, .home = home->number, .due_at = row->due_at, .deadline = row->due_at, .recorded = true});
  }
  if (rows->timer_count == (size_t)lane->request.scan.limit)
    home->horizon = rows->timers[rows->timer_count - 1];
  else
    home->horizon = (struct store_timer){.home = home->number, .due_at = lane->request.scan.due_until};
}

bool recovery_continue(struct lane *lane) {
  while (lane->recovered_done < lane->recovered.count) {
    if (load_chunk(lane)) return true;
    recover_chunk(lane);
  }
  for (size_t i = 0; i < lane->home_count; i++)
    if (holds_runs(&lane->homes[i]) && scan_at(lane, &lane->homes[i]) <= job_clock(lane->job)) return scan(lane, &lane->homes[i]);
  return false;
}

usec_t recovery_next_scan(const struct lane *lane) {
  usec_t next = USEC_NEVER;
  for (size_t i = 0; i < lane->home_count; i++) {
    if (!holds_runs(&lane->homes[i])) continue;
    usec_t at = scan_at(lane, &lane->homes[i]) - lane->job->clock_offset;
    if (at < next) next = at;
  }
  usec_t now = job_boottime(lane->job);
  return next < now ? now : next;
}
