// SPDX-License-Identifier: Apache-2.0
#include "job/lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "job/caution.h"
#include "job/child.h"
#include "job/forward.h"
#include "job/handover.h"
#include "job/job_internal.h"
#include "job/put_off.h"
#include "job/slots.h"
#include "job/taking.h"
#include "job/work.h"

enum {
  RETRY_FIRST_MS = 50,
  RETRY_LAST_MS = 5000,
  ACKS_IDLE_MS = 500, // how long an idle lane waits before it records what was delivered
};

#define TRUST_WINDOW (3 * USEC_PER_SEC) // shorter than a group member's session

struct lane *lane_new(struct job *job, int number) {
  struct lane *lane = xcalloc(1, sizeof *lane);
  lane->job = job;
  lane->number = number;
  queue_init(&lane->queue);
  TAILQ_INIT(&lane->taken);
  TAILQ_INIT(&lane->orders);
  TAILQ_INIT(&lane->fanouts);
  batch_init(&lane->batch);
  lane->batch_limit = job->config.bounds.batch_inputs;
  lane->runs = run_cache_new(job->config.bounds.cached_run_bytes);
  lane->timers = timers_new();
  lane->outbox = outbox_new(job->world, (struct outbox_bounds){job->config.bounds.undelivered_messages, job->config.bounds.undelivered_bytes});
  lane->calls = calls_new(job->world, (struct calls_bounds){job->config.bounds.undelivered_messages, job->config.bounds.undelivered_bytes});
  lane->relay = relay_new(relay_interval(job->catalog));
  lane->slots = slots_new();
  lane->children = children_new();
  lane->recovery_arena = arena_new();
  return lane;
}

static void homes_free(struct lane *lane) {
  for (size_t i = 0; i < lane->home_count; i++) {
    free(lane->homes[i].topic);
    vec_free(&lane->homes[i].inbox_acks);
    vec_free(&lane->homes[i].inbox_queued);
  }
  free(lane->homes);
  lane->homes = NULL;
  lane->home_count = 0;
}

static void wanted_free(struct lane *lane) {
  for (size_t i = 0; i < lane->wanted_count; i++) free((char *)lane->wanted[i].topic);
  free(lane->wanted);
  lane->wanted = NULL;
  lane->wanted_count = 0;
}

void lane_free(struct lane *lane) {
  if (!lane) return;
  queue_clear(&lane->queue);
  item_list_free(&lane->taken);
  item_list_free(&lane->orders);
  fanout_list_free(&lane->fanouts);
  batch_free(&lane->batch);
  run_cache_free(lane->runs);
  timers_free(lane->timers);
  outbox_free(lane->outbox);
  calls_free(lane->calls);
  relay_free(lane->relay);
  slots_free(lane->slots);
  children_free(lane->children);
  arena_free(lane->recovery_arena);
  homes_free(lane);
  wanted_free(lane);
  vec_free(&lane->work);
  vec_free(&lane->fences);
  vec_free(&lane->handing);
  vec_free(&lane->load_runs);
  vec_free(&lane->load_claims);
  vec_free(&lane->load_tombstones);
  vec_free(&lane->load_matches);
  vec_free(&lane->notify);
  vec_free(&lane->recovered);
  vec_free(&lane->sources);
  free(lane);
}

struct home *lane_home(const struct lane *lane, int number) {
  for (size_t i = 0; i < lane->home_count; i++)
    if (lane->homes[i].number == number && lane->homes[i].epoch) return &lane->homes[i];
  return NULL;
}

struct home *lane_source(const struct lane *lane, const char *topic, int32_t partition) {
  for (size_t i = 0; i < lane->home_count; i++)
    if (lane->homes[i].partition == partition && strcmp(lane->homes[i].topic, topic) == 0) return &lane->homes[i];
  return NULL;
}

void lane_take(struct lane *lane, struct item *item) {
  TAILQ_INSERT_TAIL(&lane->taken, item, link);
  lane->taken_count++;
  lane->taken_bytes += item->bytes;
}

void lane_enqueue(struct lane *lane, struct item *item) { queue_add(&lane->queue, item); }

void lane_want_run(struct lane *lane, const struct uuid *run_id) {
  if (run_cache_find(lane->runs, run_id)) return;
  vec_foreach(asked, &lane->load_runs) {
    if (uuid_equal(asked, run_id)) return;
  }
  vec_push(&lane->load_runs, *run_id);
}

void lane_submit(struct lane *lane, enum lane_state state, enum store_request_kind kind) {
  lane->state = state;
  lane->request.kind = kind;
  lane->asked_at = job_boottime(lane->job);
  lane->job->world->store(lane->job->world->context, lane->number, &lane->request);
}

// ---- starting over ----------------------------------------------------------

// What was decided is forgotten: the runs touched are dropped, the database has them.
static void forget_decisions(struct lane *lane) {
  vec_foreach(run, &lane->batch.runs) {
    struct uuid run_id = (*run)->identity.run_id;
    run_cache_drop(lane->runs, &run_id);
  }
  batch_reset(&lane->batch);
  vec_reset(&lane->work);
  relay_redo(lane->relay);
}

void lane_redo(struct lane *lane, usec_t delay) {
  forget_decisions(lane);
  lane->state = LANE_IDLE;
  lane->job->stats.redone++;
  if (delay) lane->retry_at = job_boottime(lane->job) + delay;
}

void lane_backoff(struct lane *lane, const char *what, const struct store_error *error) {
  usec_t delay = RETRY_FIRST_MS * USEC_PER_MSEC << (lane->failures < 7 ? lane->failures : 7);
  if (delay > RETRY_LAST_MS * USEC_PER_MSEC) delay = RETRY_LAST_MS * USEC_PER_MSEC;
  lane->failures++;
  // Without a code it is the connection, of which whoever makes it has spoken.
  if (!lane->complained && *error->sqlstate) {
    log_warning("lane %d: %s: %s %s; trying again", lane->number, what, error->sqlstate, error->text ? error->text : "");
    lane->complained = true;
  }
  lane->retry_at = job_boottime(lane->job) + delay;
}

// Gives all homes back: nothing of them stays in memory.
static void let_go(struct lane *lane) {
  forget_decisions(lane);
  queue_clear(&lane->queue);
  item_list_free(&lane->taken);
  item_list_free(&lane->orders);
  fanout_list_free(&lane->fanouts);
  lane->fanout_count = 0;
  lane->taken_count = 0;
  for (size_t i = 0; i < lane->home_count; i++) {
    run_cache_drop_home(lane->runs, lane->homes[i].number);
    timers_remove_home(lane->timers, lane->homes[i].number);
  }
  outbox_drop(lane->outbox);
  calls_drop(lane->calls);
  slots_clear(lane->slots);
  child_reset(lane);
  vec_reset(&lane->recovered);
  arena_reset(lane->recovery_arena);
  lane->recovered_done = 0;
  lane->phase = LANE_AWAY;
  lane->resolve_unknown = lane->acks_open = false;
  caution_reset(lane);
  lane->batch_limit = lane->job->config.bounds.batch_inputs;
  homes_free(lane);
}

static enum item_kind input_of(const struct job *job, const char *topic) {
  if (strcmp(topic, job->config.topics.triggers) == 0) return ITEM_TRIGGER;
  return strcmp(topic, job->config.topics.commands) == 0 ? ITEM_COMMAND : ITEM_RESULT;
}

void lane_assign(struct lane *lane, const struct store_source *sources, size_t count) {
  wanted_free(lane);
  lane->wanted = xcalloc(count, sizeof *lane->wanted);
  for (size_t i = 0; i < count; i++) {
    lane->wanted[i] = sources[i];
    lane->wanted[i].topic = xstrdup(sources[i].topic);
  }
  lane->wanted_count = count;
  lane->wanted_set = true;
}

static void apply_assignment(struct lane *lane) {
  let_go(lane);
  lane->wanted_set = false;
  lane->homes = xcalloc(lane->wanted_count, sizeof *lane->homes);
  lane->home_count = lane->wanted_count;
  for (size_t i = 0; i < lane->home_count; i++)
    lane->homes[i] = (struct home){.topic = xstrdup(lane->wanted[i].topic),
                                   .partition = lane->wanted[i].partition,
                                   .input = input_of(lane->job, lane->wanted[i].topic),
                                   .next_offset = -1,
                                   .last_offset = -1};
}

// ---- what to do next --------------------------------------------------------

// A guard old enough to get a row with the next batch.
static bool spill_due(const struct lane *lane) {
  const struct timer *oldest = timers_oldest_guard(lane->timers);
  return oldest && oldest->armed_at + lane->job->config.guard_spill <= job_boottime(lane->job);
}

// Something was delivered that no batch row says, and no input came to carry it along.
static bool acks_due(const struct lane *lane) {
  usec_t idle = lane->job->draining ? 0 : ACKS_IDLE_MS * USEC_PER_MSEC;
  if (!lane->acks_open || lane->committed_at + idle > job_boottime(lane->job)) return false;
  for (size_t i = 0; i < lane->home_count; i++) {
    const struct home *home = &lane->homes[i];
    if (home->recorded_acked <= home->requested_in && commit_outbox_acked(lane, home) > home->recorded_acked) return true;
  }
  return false;
}

// Messages that wait for room, or were not delivered, may have waited for long: before
// they leave, a fence has to say again that their home is still ours.
static bool is_trusted(const struct lane *lane) { return job_boottime(lane->job) < lane->committed_at + TRUST_WINDOW; }

bool lane_may_send(const struct lane *lane) { return lane->phase == LANE_WORKING && !lane->resolve_unknown && is_trusted(lane); }

static bool trust_due(const struct lane *lane) {
  return (outbox_is_waiting(lane->outbox) || calls_is_waiting(lane->calls)) && !is_trusted(lane);
}

static void load_or_decide(struct lane *lane);

// Parents and children of the runs at hand may have to be loaded first.
static void decide_and_commit(struct lane *lane) {
  lane->batch.now = job_clock(lane->job);
  intake_decide(lane);
  if (child_lacks(lane)) {
    forget_decisions(lane);
    intake_decode(lane);
    load_or_decide(lane);
    return;
  }
  commit_submit(lane);
}

static void load_or_decide(struct lane *lane) {
  if (intake_wants(lane))
    lane_submit(lane, LANE_LOADING, STORE_LOAD);
  else
    decide_and_commit(lane);
}

// A batch begins: with new inputs, or with those of one that failed.
static bool begin_batch(struct lane *lane) {
  if (!caution_may_begin(lane)) return false;
  taking_put_off(lane, lane->batch_limit);
  if (lane->job->is_intake_paused) queue_give_back_starts(&lane->queue, &lane->taken, &lane->taken_count);
  if (lane->taken_count == 0) taking_inputs(lane);
  if (lane->taken_count == 0 && !spill_due(lane) && !acks_due(lane) && !trust_due(lane) && !handover_is_due(lane)) return false;
  if (caution_announce(lane)) return true;
  batch_reset(&lane->batch);
  lane->batch.generation = registry_generation(lane->job->registry);
  intake_decode(lane);
  load_or_decide(lane);
  return true;
}

// What was written for other homes is made known behind the commit, never in it.
static bool notify(struct lane *lane) {
  if (!lane->notify.count && !lane->notify_all) return false;
  lane->request.notify = (struct store_notify){lane->notify.items, lane->notify_all ? 0 : lane->notify.count};
  lane_submit(lane, LANE_NOTIFYING, STORE_NOTIFY);
  return true;
}

// An idle lane looks whether other homes have sent something: when it is told so, and
// now and then in case it was not.
static bool look(struct lane *lane) {
  if (lane->job->draining) return false;
  if (!lane->look && job_boottime(lane->job) < lane->looked_at + lane->job->config.inbox_fallback) return false;
  lane->look = false;
  lane->request.commit = (struct store_commit){0};
  lane_submit(lane, LANE_LOOKING, STORE_COMMIT);
  return true;
}

static bool publish(struct lane *lane) {
  struct job *job = lane->job;
  if (lane->number != 0 || job_unpublished(job) == 0) return false;
  const struct job_document *document = &job->documents.items[job->documents_done];
  lane->request.publish = (struct store_publish){
      .namespace = document->namespace,
      .name = document->name,
      .version = document->version,
      .document = {document->document, document->document_size},
      .outline = {document->outline, document->outline_size},
  };
  lane_submit(lane, LANE_PUBLISHING, STORE_PUBLISH);
  return true;
}

void lane_run(struct lane *lane) {
  if (lane->state != LANE_IDLE || job_boottime(lane->job) < lane->retry_at) return;
  if (publish(lane) || (lane->wanted_set && caution_give_back(lane))) return;
  if (lane->wanted_set) apply_assignment(lane);
  taking_watch(lane);
  if (lane->home_count == 0) {
    job_lane_ready(lane->job);
    return;
  }
  if (registry_generation(lane->job->registry) == 0 || lane->job->definitions_stale) {
    lane_submit(lane, LANE_DEFINITIONS, STORE_DEFINITIONS);
    return;
  }
  if (lane->phase == LANE_AWAY || lane->resolve_unknown) {
    recovery_begin(lane);
    return;
  }
  if (recovery_continue(lane)) return;
  if (lane->phase == LANE_TAKEN) {
    lane->phase = LANE_WORKING;
    job_lane_ready(lane->job);
  }
  if (is_trusted(lane)) outbox_offer(lane->outbox);
  if (caution_settle(lane) || notify(lane) || slots_ask(lane) || begin_batch(lane)) return;
  if (!look(lane) && lane->job->draining && !lane->acks_open && !taking_has_calls(lane)) caution_give_back(lane);
}

static bool has_work(const struct lane *lane) {
  return taking_may_begin(lane) || handover_is_due(lane) || lane->taken_count || lane->look || lane->notify.count || lane->notify_all ||
         slots_are_stale(lane) || lane->phase != LANE_WORKING;
}

static usec_t earlier(usec_t a, usec_t b) { return a < b ? a : b; }

usec_t lane_next(const struct lane *lane) {
  if (lane->state != LANE_IDLE || caution_waits(lane)) return USEC_NEVER;
  usec_t now = job_boottime(lane->job);
  if (now < lane->retry_at) return lane->retry_at;
  if (lane->number == 0 && job_unpublished(lane->job)) return now;
  if (lane->home_count == 0) return USEC_NEVER;
  if (lane->job->draining && !lane->acks_open && !lane->taken_count && calls_in_flight(lane->calls) && !queue_has_answer(&lane->queue)) return USEC_NEVER;
  if (lane->job->draining) return lane->acks_open || lane->taken_count || !caution_is_given_back(lane) ? now + USEC_PER_MSEC : USEC_NEVER;
  if (has_work(lane)) return now;
  usec_t next = taking_next(lane);
  const struct timer *guard = timers_oldest_guard(lane->timers);
  if (guard) next = earlier(next, guard->armed_at + lane->job->config.guard_spill);
  if (lane->acks_open) next = earlier(next, now + ACKS_IDLE_MS * USEC_PER_MSEC);
  next = earlier(next, caution_next(lane));
  next = earlier(next, lane->looked_at + lane->job->config.inbox_fallback);
  return earlier(next, recovery_next_scan(lane));
}

// ---- replies ----------------------------------------------------------------

static void definitions_replied(struct lane *lane, const struct store_reply *reply) {
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "reading the definitions", &reply->error);
    return;
  }
  registry_update(lane->job->registry, &reply->definitions);
  lane->job->definitions_stale = false;
  put_off_over(lane->job);
  job_pause_intake(lane->job, reply->definitions.is_intake_paused);
}

static void publish_replied(struct lane *lane, const struct store_reply *reply) {
  struct job *job = lane->job;
  const struct job_document *document = &job->documents.items[job->documents_done];
  if (reply->status != STORE_OK && reply->status != STORE_FAILED) {
    lane_backoff(lane, "publishing a definition", &reply->error);
    return;
  }
  if (reply->status == STORE_FAILED)
    log_error("%s: %s/%s@%s is not published: %s", document->where, document->namespace, document->name, document->version, reply->error.text);
  job->documents_done++;
  job->definitions_stale = true;
}

static void load_replied(struct lane *lane, const struct store_reply *reply) {
  if (reply->status != STORE_OK) {
    if (commit_too_slow(lane, &reply->error)) return;
    lane_backoff(lane, "loading runs", &reply->error);
    forget_decisions(lane);
    return;
  }
  intake_loaded(lane, &reply->load);
  // Another lane has read the definitions meanwhile: other workflows may be meant, or the intake
  // is paused, and the fence would not say so.
  if (lane->batch.generation != registry_generation(lane->job->registry))
    lane_redo(lane, 0);
  else
    load_or_decide(lane); // what was found may name runs that are not in memory
}

static void look_replied(struct lane *lane, const struct store_reply *reply) {
  if (reply->status != STORE_OK) {
    lane_backoff(lane, "reading the inboxes", &reply->error);
    return;
  }
  lane->looked_at = job_boottime(lane->job);
  // A lane that commits hears it by the fence.
  if (reply->commit.generation && reply->commit.generation != registry_generation(lane->job->registry)) lane->job->definitions_stale = true;
  forward_arrived(lane, &reply->commit);
}

// A notice that was lost is made up for by the others' own looking.
static void notify_replied(struct lane *lane, const struct store_reply *reply) {
  vec_reset(&lane->notify);
  lane->notify_all = false;
  if (reply->status != STORE_OK) lane_backoff(lane, "waking other instances", &reply->error);
}

void lane_on_reply(struct lane *lane, const struct store_reply *reply) {
  enum lane_state was = lane->state;
  WF_ASSERT(was != LANE_IDLE); // a reply to nothing
  lane->state = LANE_IDLE;
  if (reply->clock) job_clock_sample(lane->job, reply->clock, lane->asked_at);
  // That runs can be read says nothing while their batch cannot be written.
  if (reply->status == STORE_OK && was != LANE_LOADING) {
    if (lane->complained) log_notice("lane %d: goes on", lane->number);
    lane->failures = 0;
    lane->complained = false;
  }
  switch (was) {
  case LANE_IDLE: break; // asserted above
  case LANE_TAKING: recovery_taken(lane, reply); break;
  case LANE_RECOVERING: recovery_loaded(lane, reply); break;
  case LANE_SCANNING: recovery_scanned(lane, reply); break;
  case LANE_DEFINITIONS: definitions_replied(lane, reply); break;
  case LANE_PUBLISHING: publish_replied(lane, reply); break;
  case LANE_LOADING: load_replied(lane, reply); break;
  case LANE_COMMITTING: commit_replied(lane, reply); break;
  case LANE_LOOKING: look_replied(lane, reply); break;
  case LANE_NOTIFYING: notify_replied(lane, reply); break;
  case LANE_ANNOUNCING: caution_announced(lane, reply); break;
  case LANE_SETTLING: caution_settled(lane, reply); break;
  case LANE_SCHEDULING: slots_read(lane, reply); break;
  }
}
