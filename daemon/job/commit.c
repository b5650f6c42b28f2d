// SPDX-License-Identifier: Apache-2.0
// The transaction of a batch and what follows it. Order of effects: everything is
// committed first; then messages leave, timers are armed, and the inputs are let go.
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "io/codec_outbox.h"
#include "job/caution.h"
#include "job/child.h"
#include "job/correlation.h"
#include "job/forward.h"
#include "job/handover.h"
#include "job/job_internal.h"
#include "job/lane.h"
#include "job/put_off.h"
#include "job/slots.h"
#include "job/work.h"

enum {
  SPILL_MAX = 1000, // deadlines that one batch gives rows
  REDO_AT_ONCE = 4, // collisions in a row; then with pauses, and a line in the log
  SLOW_ALONE_MAX = 5, // times that one input may need longer than a statement may
};

// ---- building ---------------------------------------------------------------

static struct outbox_request watch_of(const struct timer *timer) {
  return (struct outbox_request){.run_id = timer->run_id,
                                 .action_no = timer->action_no,
                                 .attempt = timer->attempt,
                                 .timer_no = timer->timer_no,
                                 .deadline = timer->deadline,
                                 .heartbeat = timer->heartbeat,
                                 .native = timer->native,
                                 .message.topic = ""};
}

struct spill {
  struct lane *lane;
  size_t count;
};

static bool spill_one(void *context, const struct timer *timer) {
  struct spill *spill = context;
  struct batch *batch = &spill->lane->batch;
  struct home *home = lane_home(spill->lane, timer->home);
  if (!home) return true;
  struct batch_fence *fence = batch_touch(batch, home);
  if (!timer->has_row) {
    struct store_timer row = {timer->home, home_row_instant(home, timer->deadline, batch->now), timer->run_id, timer->timer_no};
    vec_push(&batch->timer_rows, row);
    vec_push(&batch->timers_recorded, row);
  }
  if (timer->heartbeat > 0 || timer->native) vec_push(&fence->watches, watch_of(timer));
  return ++spill->count < SPILL_MAX;
}

// Deadlines that stayed open for long get rows, so that guard_low can move on. That a worker
// is to give signs of life is in no row: it goes into this batch.
static void spill_guards(struct lane *lane) {
  struct spill spill = {lane, 0};
  timers_unrecorded(lane->timers, job_boottime(lane->job) - lane->job->config.guard_spill, spill_one, &spill);
}

int64_t commit_outbox_acked(const struct lane *lane, const struct home *home) {
  int64_t next = home->batch_no + 1, low = outbox_low(lane->outbox, home->number);
  return low < next ? low : next;
}

// Fired deadlines that wait in the queue are open still, as with timer_low().
static int64_t guard_low(const struct lane *lane, const struct home *home) {
  int64_t next = home->batch_no + 1, low = timers_guard_low(lane->timers, home->number);
  int64_t queued = queue_guard_low(&lane->queue, home->number);
  if (queued < low) low = queued;
  return low < next ? low : next;
}

static usec_t earlier(usec_t a, usec_t b) { return a < b ? a : b; }

// No live timer row of the home lies before this. Fired ones of this batch count as
// gone; fired ones that wait in the queue do not.
static usec_t timer_low(const struct lane *lane, const struct home *home) {
  usec_t low = earlier(timers_low(lane->timers, home->number), earlier(home->horizon.due_at, lane->batch.now));
  low = earlier(low, queue_timer_low(&lane->queue, home->number));
  return low > home->timer_low ? low : home->timer_low;
}

static struct text pack(struct arena *arena, const struct batch_fence *fence) {
  struct buf packed = {0};
  vec_foreach(request, &fence->requests) codec_outbox_append(request, &packed);
  vec_foreach(watch, &fence->watches) codec_outbox_append(watch, &packed);
  struct text text = {NULL, 0};
  if (packed.size) text = (struct text){arena_memdup(arena, packed.data, packed.size), packed.size};
  buf_free(&packed);
  return text;
}

static int by_home(const void *a, const void *b) {
  const struct batch_fence *x = a, *y = b;
  return x->home->number - y->home->number;
}

// The positions acknowledged once this batch is in.
static const int64_t *acks_after(struct lane *lane, const struct home *home, size_t *ret_pairs) {
  struct arena *arena = lane->batch.arena;
  size_t count = home->inbox_acks.count;
  int64_t *pairs = arena_alloc(arena, (count + 2 * lane->batch.inbox_taken.count) * sizeof *pairs);
  if (count) memcpy(pairs, home->inbox_acks.items, count * sizeof *pairs);
  vec_foreach(taken, &lane->batch.inbox_taken) {
    if (taken->home != home) continue;
    size_t i = 0;
    while (i < count && pairs[i] != taken->source) i += 2;
    if (i == count) count += 2;
    pairs[i] = taken->source;
    pairs[i + 1] = taken->position;
  }
  *ret_pairs = count / 2;
  return pairs;
}

static void build_fences(struct lane *lane) {
  struct batch *batch = &lane->batch;
  qsort(batch->fences.items, batch->fences.count, sizeof *batch->fences.items, by_home);
  vec_reset(&lane->fences);
  vec_foreach(fence, &batch->fences) {
    const struct home *home = fence->home;
    size_t ack_pairs;
    const int64_t *acks = acks_after(lane, home, &ack_pairs);
    vec_push(&lane->fences, (struct store_fence){.home = home->number,
                                                 .epoch = home->epoch,
                                                 .batch_no = home->batch_no + 1,
                                                 .next_offset = fence->next_offset,
                                                 .last_offset = fence->last_offset,
                                                 .last_timestamp = fence->last_timestamp,
                                                 .last_hash = fence->last_hash,
                                                 .outbox_acked = commit_outbox_acked(lane, home),
                                                 .guard_low = guard_low(lane, home),
                                                 .timer_low = timer_low(lane, home),
                                                 .requests = pack(batch->arena, fence),
                                                 .inbox_acks = acks,
                                                 .inbox_ack_count = ack_pairs});
  }
}

void commit_submit(struct lane *lane) {
  struct batch *batch = &lane->batch;
  spill_guards(lane);
  handover_begin(lane);
  if ((lane->acks_open || calls_is_waiting(lane->calls)) && !lane->taken_count)
    for (size_t i = 0; i < lane->home_count; i++) batch_touch(batch, &lane->homes[i]);
  if (batch_is_empty(batch)) {
    commit_done(lane, NULL);
    return;
  }
  build_fences(lane);
  lane->request.commit = (struct store_commit){.fences = lane->fences.items,
                                               .fence_count = lane->fences.count,
                                               .definition_generation = registry_generation(lane->job->registry),
                                               .due_max = batch->due_max,
                                               .triggers = batch->triggers.items,
                                               .trigger_count = batch->triggers.count,
                                               .duplicates = batch->duplicates.items,
                                               .duplicate_count = batch->duplicates.count,
                                               .events = batch->events.items,
                                               .event_count = batch->events.count,
                                               .runs = batch->runs.items,
                                               .previous_seqs = batch->previous_seqs.items,
                                               .run_count = batch->runs.count,
                                               .timers = batch->timer_rows.items,
                                               .timer_count = batch->timer_rows.count,
                                               .quarantine = batch->quarantine.items,
                                               .quarantine_count = batch->quarantine.count,
                                               .inbox = batch->inbox.items,
                                               .inbox_count = batch->inbox.count,
                                               .applied = batch->applied.items,
                                               .applied_count = batch->applied.count,
                                               .tombstones = batch->tombstones.items,
                                               .tombstone_count = batch->tombstones.count,
                                               .key_commands = batch->key_commands.items,
                                               .key_command_count = batch->key_commands.count,
                                               .fanouts = batch->fanouts.items,
                                               .fanout_count = batch->fanouts.count,
                                               .schedules = batch->schedules.items,
                                               .schedule_count = batch->schedules.count,
                                               .slots = batch->slots.items,
                                               .slot_count = batch->slots.count,
                                               .unsubscriptions = batch->unsubscriptions.items, .unsubscription_count = batch->unsubscriptions.count,
                                               .arrivals = batch->arrivals.items,
                                               .arrival_count = batch->arrivals.count,
                                               .subscriptions = batch->subscriptions.items,
                                               .subscription_count = batch->subscriptions.count,
                                               .gatherings = batch->gatherings.items, .gathering_count = batch->gatherings.count,
                                               .verdicts = batch->verdicts.items, .verdict_count = batch->verdicts.count,
                                               .gathering_ttl = lane->job->config.event_gathering, .gathering_most = lane->job->config.event_gatherings,
                                               .lookback = lane->job->config.event_lookback,
                                               .handing = lane->handing.items, .handing_count = lane->handing.count,
                                               .handing_piece = (int)lane->job->config.bounds.recipients_per_batch};
  lane_submit(lane, LANE_COMMITTING, STORE_COMMIT);
}

// ---- after it is in ---------------------------------------------------------

static void homes_moved(struct lane *lane) {
  size_t i = 0;
  vec_foreach(row, &lane->fences) {
    struct home *home = lane->batch.fences.items[i++].home;
    home->batch_no = row->batch_no;
    home->next_offset = row->next_offset;
    home->last_offset = row->last_offset;
    home->last_timestamp = row->last_timestamp;
    home->last_hash = row->last_hash;
    home->timer_low = row->timer_low;
    home->recorded_acked = row->outbox_acked;
    vec_reset(&home->inbox_acks);
    for (size_t j = 0; j < 2 * row->inbox_ack_count; j++) vec_push(&home->inbox_acks, row->inbox_acks[j]);
  }
}

// An action that the same batch asked for and recalled, or asked for again, has this deadline
// no longer.
static bool still_counts(const struct lane *lane, const struct timer *timer) {
  if (!timer->action_no) return true;
  const struct wf_run *run = run_cache_find(lane->runs, &timer->run_id);
  const struct wf_action *action = run ? wf_run_action(run, timer->action_no) : NULL;
  return action && action->status == WF_RUNNING && action->attempt == timer->attempt;
}

static void timers_moved(struct lane *lane) {
  struct batch *batch = &lane->batch;
  vec_foreach(id, &batch->guards_removed) timers_remove_guard(lane->timers, &id->run_id, id->action_no);
  vec_foreach(timer, &batch->timers_added) {
    if (still_counts(lane, timer)) timers_add(lane->timers, timer);
  }
  vec_foreach(row, &batch->timers_recorded) {
    const struct home *home = lane_home(lane, row->home);
    if (timers_watches(lane->timers, &row->run_id, row->timer_no) || (home && home_holds_timer(home, row)))
      timers_recorded(lane->timers, &row->run_id, row->timer_no);
    else
      timers_remove(lane->timers, &row->run_id, row->timer_no); // read again when it comes near
  }
  vec_foreach(fence, &batch->fences) {
    vec_foreach(watch, &fence->watches)
      timers_rewritten(lane->timers, &watch->run_id, watch->timer_no, fence->home->batch_no, lane->committed_at);
  }
}

// Of a run that is suspended nothing begins, also not what had to wait for its turn.
static void calls_wait(struct lane *lane) {
  vec_foreach(run, &lane->batch.runs) {
    if ((*run)->status != WF_SUSPENDED) continue;
    for (size_t i = 0; i < (*run)->action_count; i++) calls_withdraw(lane->calls, &(*run)->identity.run_id, (*run)->actions[i]->action_no);
  }
}

// What was ended is hung up before anything begins: an action's next attempt has its name.
static void calls_begin(struct lane *lane) {
  struct batch *batch = &lane->batch;
  vec_foreach(id, &batch->guards_removed) calls_remove(lane->calls, &id->run_id, id->action_no);
  calls_wait(lane);
  vec_foreach(call, &batch->calls) {
    const struct wf_run *run = run_cache_find(lane->runs, &call->run_id);
    const struct wf_action *action = run ? wf_run_action(run, call->action_no) : NULL;
    bool is_open = action && action->status == WF_RUNNING && action->attempt == call->attempt;
    if (is_open && run->status != WF_SUSPENDED && !lane->job->draining) calls_add(lane->calls, call);
  }
}

static void messages_leave(struct lane *lane) {
  vec_foreach(fence, &lane->batch.fences) {
    if (!fence->requests.count) continue;
    outbox_add(lane->outbox, fence->home->number, fence->home->batch_no, fence->requests.items, fence->requests.count);
    lane->job->stats.requests += fence->requests.count;
    fence->home->requested_in = fence->home->batch_no;
  }
}

// Whether some message's delivery is in no batch row yet.
static bool is_ack_open(const struct lane *lane) {
  for (size_t i = 0; i < lane->home_count; i++)
    if (lane->homes[i].recorded_acked <= lane->homes[i].requested_in) return true;
  return false;
}

// Nothing is expected for it soon: when something comes after all, it is loaded.
static bool sleeps(const struct lane *lane, const struct wf_run *run) {
  if (run->status == WF_SUSPENDED) return true;
  if (run->status == WF_WAITING && run->waiting_for == WF_FOR_EVENT && !run->next_wake_at) return true;
  return run->status == WF_WAITING && run->next_wake_at > lane->batch.now + lane->job->config.timer_horizon;
}

static void runs_written(struct lane *lane) {
  struct job_stats *stats = &lane->job->stats;
  for (size_t i = 0; i < lane->batch.runs.count; i++) {
    struct wf_run *run = lane->batch.runs.items[i];
    stats->runs_created += lane->batch.previous_seqs.items[i] == 0;
    wf_run_written(run);
    put_off_run(lane, run);
    bool has_ended = wf_status_ended(run->status);
    stats->runs_ended += has_ended;
    if (has_ended) slots_run_ended(lane, run);
    if (has_ended || sleeps(lane, run)) {
      struct uuid run_id = run->identity.run_id;
      run_cache_drop(lane->runs, &run_id);
    } else {
      run_cache_measure(lane->runs, run);
    }
  }
}

static void fanouts_moved(struct lane *lane) {
  struct batch *batch = &lane->batch;
  vec_foreach(fanout, &batch->fanouts_begun) {
    TAILQ_INSERT_TAIL(&lane->fanouts, *fanout, link);
    lane->fanout_count++;
  }
  vec_reset(&batch->fanouts_begun);
  struct item *item;
  TAILQ_FOREACH(item, &lane->taken, link) {
    if (item->kind != ITEM_FANOUT) continue;
    struct fanout *fanout = item->fanout;
    vec_foreach(row, &batch->fanouts) {
      if (!row->is_new && uuid_equal(&row->trigger_id, &fanout->trigger_id)) fanout->cursor = row->cursor;
    }
    if (!fanout->total || fanout->cursor < fanout->total) continue;
    TAILQ_REMOVE(&lane->fanouts, fanout, link);
    lane->fanout_count--;
    fanout_free(fanout);
  }
}

// They are among all events too; so what was real is the difference.
static void count_rehearsals(struct lane *lane) {
  const struct batch *batch = &lane->batch;
  for (size_t i = 0; i < batch->runs.count; i++) {
    const struct wf_run *run = batch->runs.items[i];
    if (!run->sandbox || run->last_seq == batch->previous_seqs.items[i]) continue;
    if (batch->previous_seqs.items[i] == 0) job_observe(lane->job, WORLD_REHEARSED, "created", 1);
    if (wf_status_ended(run->status)) job_observe(lane->job, WORLD_REHEARSED, wf_status_name(run->status), 1);
  }
}

static void count(struct lane *lane) {
  struct job_stats *stats = &lane->job->stats;
  stats->batches++;
  stats->triggers += lane->batch.triggers.count;
  stats->events += lane->batch.events.count;
  stats->duplicates += lane->batch.duplicates.count;
  stats->quarantined += lane->batch.quarantine.count;
  job_observe(lane->job, WORLD_BATCH_COMMITTED, NULL, (double)(lane->committed_at - lane->asked_at) / USEC_PER_SEC);
  job_observe(lane->job, WORLD_BATCH_INPUTS, NULL, (double)lane->taken_count);
  vec_foreach(row, &lane->batch.events) job_observe(lane->job, WORLD_EVENT_WRITTEN, wf_event_type_name(row->event->type), 1);
  count_rehearsals(lane);
  vec_foreach(row, &lane->batch.quarantine) job_observe(lane->job, WORLD_QUARANTINED, row->refusal.code, 1);
}

// The inputs are let go; an order of which a piece is done goes on first.
static void release_taken(struct lane *lane) {
  struct item *item;
  while ((item = TAILQ_FIRST(&lane->taken))) {
    TAILQ_REMOVE(&lane->taken, item, link);
    if (item->kind == ITEM_ANSWER && !item->is_put_off)
      calls_settled(lane->calls, &item->answer.action.run_id, item->answer.action.action_no, item->answer.attempt);
    if (item->is_put_off) {
      put_off_answer(lane, item);
      continue;
    }
    if (!item->again) {
      item_free(item);
      continue;
    }
    item->again = false;
    item->order_runs += lane->order_runs;
    TAILQ_INSERT_HEAD(&lane->orders, item, link);
  }
  lane->taken_count = 0;
}

void commit_done(struct lane *lane, const struct store_commit_reply *reply) {
  lane->committed_at = job_boottime(lane->job);
  if (!batch_is_empty(&lane->batch)) {
    tell_set_aside(&lane->told, lane->batch.quarantine.items, lane->batch.quarantine.count, lane->committed_at);
    homes_moved(lane);
    timers_moved(lane);
    messages_leave(lane);
    calls_begin(lane);
    lane->acks_open = is_ack_open(lane);
    fanouts_moved(lane);
    forward_wake(lane, reply);
    handover_moved(lane, reply);
    count(lane);
    slots_moved(lane);
    runs_written(lane);
  }
  batch_reset(&lane->batch);
  relay_committed(lane->relay);
  vec_reset(&lane->work);
  caution_committed(lane);
  child_reset(lane);
  release_taken(lane);
  run_cache_trim(lane->runs);
  size_t limit = lane->job->config.bounds.batch_inputs;
  if (lane->batch_limit < limit) lane->batch_limit = lane->batch_limit * 2 < limit ? lane->batch_limit * 2 : limit;
}

// ---- when it is not in ------------------------------------------------------

// Some input of the batch cannot be stored: halve until it is alone, then set it aside; a
// timer or a call's answer for which even that is refused is passed over.
static void bisect(struct lane *lane, const struct store_error *error, const char *code, const char *why) {
  struct item *only = TAILQ_FIRST(&lane->taken);
  if (lane->taken_count > 1) {
    lane->batch_limit = lane->taken_count / 2;
  } else if (only && !only->rejected) {
    lane->batch_limit = 1;
    item_reject(only, code, xasprintf("%s (%s): %s", why, error->sqlstate, error->text ? error->text : ""));
  } else if (only && (only->kind == ITEM_TIMER || only->kind == ITEM_ANSWER) && !only->is_passed_over) {
    only->is_passed_over = true;
  } else {
    log_error("lane %d: PostgreSQL refuses even to set an input aside: %s %s", lane->number, error->sqlstate, error->text ? error->text : "");
    lane_redo(lane, USEC_PER_SEC);
    return;
  }
  lane_redo(lane, 0);
}

// A run is not where its rows say. Read anew, that is over, unless somebody has changed or
// deleted rows: then only what is for that run stops.
static void conflict(struct lane *lane, const struct store_error *error) {
  if (lane->batch.schedules.count) slots_read_again(lane);
  if (lane->conflicts < REDO_AT_ONCE) {
    lane->conflicts++;
    lane_redo(lane, 0);
    return;
  }
  bisect(lane, error, "rows_damaged", "the run's rows are not what its events tell, `workflowctl rebuild` writes them anew");
}

// It took longer than a statement may (statement_timeout), and would again: with fewer
// inputs it takes less. One alone is tried some times more, with pauses, since the database may
// be slow for a while; then it is set aside.
bool commit_too_slow(struct lane *lane, const struct store_error *error) {
  if (strcmp(error->sqlstate, "57014") != 0 || lane->taken_count == 0) return false;
  if (lane->taken_count > 1)
    lane->batch_limit = lane->taken_count / 2;
  else
    lane->slow_alone++;
  if (lane->slow_alone < SLOW_ALONE_MAX) return false;
  lane->slow_alone = 0;
  bisect(lane, error, "too_slow", "PostgreSQL needs longer for it than `postgres.statement_timeout`");
  return true;
}

void commit_fenced(struct lane *lane, const struct store_error *error) {
  log_warning("lane %d: home %d was taken by another instance: %s", lane->number, error->home, error->text ? error->text : "");
  lane->job->stats.fenced++;
  lane_redo(lane, 0);
  job_lost(lane->job);
}

void commit_replied(struct lane *lane, const struct store_reply *reply) {
  struct job *job = lane->job;
  const struct store_error *error = &reply->error;
  switch (reply->status) {
  case STORE_OK:
    lane->conflicts = lane->slow_alone = 0;
    commit_done(lane, &reply->commit);
    correlation_refused(lane, reply->commit.refused);
    lane->looked_at = lane->committed_at;
    forward_arrived(lane, &reply->commit);
    break;
  case STORE_FENCED: commit_fenced(lane, error); break;
  case STORE_DUPLICATE:
    lane->claim_first_until = job_boottime(job) + job->config.claim_first;
    lane_redo(lane, 0);
    break;
  case STORE_STALE_DEFINITIONS:
    job->definitions_stale = true;
    lane_redo(lane, 0);
    break;
  case STORE_TOO_EARLY: lane_redo(lane, USEC_PER_MSEC); break;
  case STORE_REFUSED: bisect(lane, error, "not_storable", "PostgreSQL refused it"); break;
  case STORE_CONFLICT: conflict(lane, error); break;
  case STORE_UNKNOWN:
    lane->resolve_unknown = true;
    lane_backoff(lane, "the outcome of a commit is not known", error);
    break;
  case STORE_REDO:
    lane_redo(lane, 0);
    if (lane->failures < REDO_AT_ONCE) lane->failures++;
    else lane_backoff(lane, "a batch is redone again and again", error);
    break;
  case STORE_DOWN:
  case STORE_FAILED:
    if (commit_too_slow(lane, error)) break;
    lane_redo(lane, 0);
    lane_backoff(lane, "committing", error);
    break;
  }
}
