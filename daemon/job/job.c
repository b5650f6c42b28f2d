// SPDX-License-Identifier: Apache-2.0
#include "job/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "job/caution.h"
#include "job/gap.h"
#include "job/job_internal.h"
#include "job/lane.h"
#include "job/taking.h"

#define RETAKE_AFTER (10 * USEC_PER_SEC)

struct job *job_new(const struct job_config *config, const struct world *world, const struct wf_catalog *catalog,
                    const struct wf_evaluator *evaluator) {
  WF_ASSERT(config->lanes > 0);
  struct job *job = xcalloc(1, sizeof *job);
  job->config = *config;
  job->world = world;
  job->catalog = catalog;
  job->evaluator = evaluator;
  job->codec_bounds = (struct codec_bounds){.payload_bytes = config->bounds.record_bytes, .recipients = config->bounds.recipients};
  job->registry = registry_new(catalog);
  job->cluster_id = xstrdup("");
  job->lanes = xcalloc((size_t)config->lanes, sizeof *job->lanes);
  for (int i = 0; i < config->lanes; i++) job->lanes[i] = lane_new(job, i);
  for (int i = 0; i < STREAM_COUNT; i++) job->wanted[i] = true;
  return job;
}

static void assigned_free(struct job *job) {
  for (size_t i = 0; i < job->assigned_count; i++) free((char *)job->assigned[i].topic);
  free(job->assigned);
  job->assigned = NULL;
  job->assigned_count = 0;
}


// ---- time -------------------------------------------------------------------

usec_t job_boottime(const struct job *job) { return job->world->boottime(job->world->context); }

usec_t job_clock(const struct job *job) { return job_boottime(job) + job->clock_offset; }

// The clock was read between asking and now, so `clock - now` is at most the true
// offset and `clock - asked` at least: the largest lower bound is the best guess that
// is never ahead, until an upper bound shows that the database's clock was set back.
void job_clock_sample(struct job *job, usec_t clock, usec_t asked) {
  usec_t low = clock - job_boottime(job), high = clock - asked;
  if (!job->clock_known || low > job->clock_offset || high < job->clock_offset) job->clock_offset = low;
  job->clock_known = true;
}

// ---- lanes ------------------------------------------------------------------

// The lanes share the room that the world has for calls: each begins one in turn. Who is
// refused is the first to ask next time.
static void offer_calls(struct job *job) {
  for (int idle = 0; idle < job->config.lanes; idle++) {
    struct lane *lane = job->lanes[job->turn];
    if (lane_may_send(lane) && calls_offer(lane->calls, job_clock(job))) idle = -1;
    job->turn = (job->turn + 1) % job->config.lanes;
  }
}

static void run_lanes(struct job *job) {
  offer_calls(job);
  for (int i = 0; i < job->config.lanes; i++) lane_run(job->lanes[i]);
  job_arm(job);
}

void job_arm(struct job *job) {
  usec_t next = USEC_NEVER;
  for (int i = 0; i < job->config.lanes; i++) {
    usec_t at = lane_next(job->lanes[i]);
    if (at < next) next = at;
  }
  if (next != USEC_NEVER) job->world->wake_at(job->world->context, next);
}

// Each stream has its share of the bound, and is read on at half of it: no flapping.
static bool is_wanted(const struct job *job, enum stream stream) {
  size_t bound = job->config.bounds.queue_bytes / STREAM_COUNT / (job->wanted[stream] ? 1 : 2);
  for (int i = 0; i < job->config.lanes; i++)
    if (job->lanes[i]->queue.streams[stream].bytes >= bound) return false;
  return !job->draining && !(stream == STREAM_STARTS && job->is_intake_paused);
}

static void tell_wanted(const struct job *job, enum stream stream) {
  const struct job_topics *topics = &job->config.topics;
  const struct world *world = job->world;
  if (stream == STREAM_STARTS) {
    world->want_records(world->context, topics->triggers, job->wanted[stream]);
    return;
  }
  world->want_records(world->context, topics->commands, job->wanted[stream]);
  world->want_records(world->context, topics->results, job->wanted[stream]);
}

void job_flow(struct job *job) {
  for (enum stream stream = 0; stream <= STREAM_STARTS; stream++) {
    bool wanted = is_wanted(job, stream);
    if (wanted == job->wanted[stream]) continue;
    job->wanted[stream] = wanted;
    tell_wanted(job, stream);
  }
}

// What is under way when it is paused is committed, unless its fence says that it is: then the
// triggers in it are given back. They wait in order, in memory and in Kafka.
void job_pause_intake(struct job *job, bool is_paused) {
  if (job->is_intake_paused == is_paused) return;
  job->is_intake_paused = is_paused;
  log_notice(is_paused ? "intake is paused: triggers wait, all else goes on" : "intake goes on: triggers are taken again");
  job_flow(job);
}

static struct lane *lane_of(const struct job *job, int32_t partition) { return job->lanes[partition % job->config.lanes]; }

void job_lane_ready(struct job *job) {
  if (job->consuming || job->is_orphaned || !job->assigned_count) return;
  for (int i = 0; i < job->config.lanes; i++) {
    const struct lane *lane = job->lanes[i];
    if (lane->wanted_set || (lane->home_count && lane->phase != LANE_WORKING)) return;
  }
  job->consuming = true;
  for (size_t i = 0; i < job->assigned_count; i++) {
    struct world_partition *at = &job->assigned[i];
    at->offset = gap_start_offset(lane_source(lane_of(job, at->partition), at->topic, at->partition));
  }
  job->world->consume(job->world->context, job->assigned, job->assigned_count);
}

// ---- assignment -------------------------------------------------------------

static void assign_lanes(struct job *job) {
  job->consuming = false;
  struct store_source *sources = xcalloc(job->assigned_count, sizeof *sources);
  for (int i = 0; i < job->config.lanes; i++) {
    size_t count = 0;
    for (size_t j = 0; j < job->assigned_count; j++)
      if (lane_of(job, job->assigned[j].partition) == job->lanes[i])
        sources[count++] = (struct store_source){.topic = job->assigned[j].topic, .partition = job->assigned[j].partition};
    lane_assign(job->lanes[i], sources, count);
  }
  free(sources);
}

void job_on_assigned(struct job *job, const char *cluster_id, const struct world_partition *partitions, size_t count) {
  assigned_free(job);
  char *cluster = xstrdup(cluster_id); // it may be the one kept
  free(job->cluster_id);
  job->cluster_id = cluster;
  job->assigned = xcalloc(count, sizeof *job->assigned);
  for (size_t i = 0; i < count; i++) {
    job->assigned[i] = partitions[i];
    job->assigned[i].topic = xstrdup(partitions[i].topic);
  }
  job->assigned_count = count;
  job->is_orphaned = false;
  assign_lanes(job);
  for (int i = 0; i < job->config.lanes; i++) job->lanes[i]->retry_at = 0;
  run_lanes(job);
}

void job_on_revoked(struct job *job) { job_on_assigned(job, job->cluster_id, NULL, 0); }

void job_on_lost(struct job *job) {
  job->is_orphaned = true;
  job->consuming = false;
}

void job_lost(struct job *job) {
  if (job->is_orphaned) assigned_free(job);
  assign_lanes(job);
  for (int i = 0; i < job->config.lanes; i++) job->lanes[i]->retry_at = job_boottime(job) + RETAKE_AFTER;
}

void job_wrong_cluster(struct job *job, const char *stored) {
  log_error("the offsets in the database belong to Kafka cluster %s, this is %s: nothing is read. "
            "Point the daemon at the right cluster, or give this database to the new one by SELECT workflow.adopt_cluster('…')",
            stored, job->cluster_id);
}

// ---- what the world brings --------------------------------------------------

void job_on_record(struct job *job, const struct record *record) {
  if (!job->consuming) return; // of an assignment that is gone: it will be read again
  struct lane *lane = lane_of(job, record->partition);
  struct home *home = lane_source(lane, record->topic, record->partition);
  if (!home) return;
  if (!gap_check_record(lane, home, record)) {
    job_arm(job); // a gap may have been found
    return;
  }
  job->stats.records++;
  struct item *item = item_from_record(home->input, home, record);
  item->arrived_at = job_boottime(job);
  lane_enqueue(lane, item);
  job_flow(job);
  job_arm(job); // not run at once: what else is ready shall come into the same batch
}

void job_on_gap(struct job *job, const char *topic, int32_t partition, int64_t low, int64_t high) {
  if (!job->consuming) return;
  struct lane *lane = lane_of(job, partition);
  struct home *home = lane_source(lane, topic, partition);
  if (home) gap_found(lane, home, low, high);
  job_arm(job);
}

void job_on_delivered(struct job *job, uint64_t cookie, bool delivered) {
  if (outbox_delivered(cookie, delivered)) job_arm(job); // a lane was held by it
}

void job_on_called(struct job *job, uint64_t cookie, const struct world_answer *answer) {
  struct calls *calls;
  struct item *item = calls_answered(cookie, answer, &calls);
  item->arrived_at = job_boottime(job);
  for (int i = 0; i < job->config.lanes; i++)
    if (job->lanes[i]->calls == calls) lane_enqueue(job->lanes[i], item);
  job_flow(job);
  job_arm(job);
}

void job_on_reply(struct job *job, int lane, const struct store_reply *reply) {
  lane_on_reply(job->lanes[lane], reply);
  run_lanes(job);
}

bool job_wake_home(struct job *job, int home) {
  for (int i = 0; i < job->config.lanes; i++) {
    if (!lane_home(job->lanes[i], home)) continue;
    job->lanes[i]->look = true;
    return true;
  }
  return false;
}

void job_wake_all(struct job *job) {
  for (int i = 0; i < job->config.lanes; i++) job->lanes[i]->look = true;
}

void job_on_notified(struct job *job) {
  job_wake_all(job);
  run_lanes(job);
}

void job_on_notified_of(struct job *job, int home) {
  if (job_wake_home(job, home)) run_lanes(job);
}

void job_on_timer(struct job *job) { run_lanes(job); }

// ---- definitions from files --------------------------------------------------

void job_publish(struct job *job, const struct store_publish *definition, const char *where) {
  vec_push(&job->documents, (struct job_document){
      .namespace = xstrdup(definition->namespace),
      .name = xstrdup(definition->name),
      .version = xstrdup(definition->version),
      .document = xstrndup(definition->document.data, definition->document.size),
      .document_size = definition->document.size,
      .outline = xstrndup(definition->outline.data, definition->outline.size),
      .outline_size = definition->outline.size,
      .where = xstrdup(where),
  });
  run_lanes(job);
}

size_t job_unpublished(const struct job *job) { return job->documents.count - job->documents_done; }

static void documents_free(struct job *job) {
  vec_foreach(document, &job->documents) {
    free(document->namespace);
    free(document->name);
    free(document->version);
    free(document->document);
    free(document->outline);
    free(document->where);
  }
  vec_free(&job->documents);
}

void job_free(struct job *job) {
  if (!job) return;
  for (int i = 0; i < job->config.lanes; i++) lane_free(job->lanes[i]);
  free(job->lanes);
  registry_free(job->registry);
  assigned_free(job);
  documents_free(job);
  free(job->cluster_id);
  free(job);
}

// ---- stopping and looking ---------------------------------------------------

void job_set_tombstone_ttl(struct job *job, usec_t ttl) { job->config.tombstone_ttl = ttl; }

void job_drain(struct job *job) {
  job->draining = true;
  // What waits is for the next owner; what is under way may end.
  for (int i = 0; i < job->config.lanes; i++) calls_drop_waiting(job->lanes[i]->calls);
  job_flow(job);
  run_lanes(job);
}

bool job_is_drained(const struct job *job) {
  for (int i = 0; i < job->config.lanes; i++) {
    const struct lane *lane = job->lanes[i];
    if (lane->state != LANE_IDLE || lane->taken_count || lane->acks_open || taking_has_calls(lane) || !caution_is_given_back(lane)) return false;
  }
  return true;
}

void job_observe(const struct job *job, enum world_observation what, const char *label, double value) {
  if (job->world->observe) job->world->observe(job->world->context, what, label, value);
}

void job_offsets(const struct job *job, void (*visit)(void *context, const struct job_offset *at), void *context) {
  for (int i = 0; i < job->config.lanes; i++) {
    const struct lane *lane = job->lanes[i];
    for (size_t j = 0; j < lane->home_count; j++) {
      const struct home *home = &lane->homes[j];
      if (home->epoch) visit(context, &(struct job_offset){home->topic, home->partition, home->next_offset, home->last_offset < 0 ? 0 : home->last_timestamp});
    }
  }
}

// Of two instants, where 0 means none.
static usec_t sooner(usec_t a, usec_t b) { return a && a < b ? a : b; }

static void lane_stats(const struct lane *lane, struct job_stats *ret) {
  const struct item *taken;
  usec_t oldest = queue_oldest(&lane->queue, !lane->job->is_intake_paused);
  TAILQ_FOREACH(taken, &lane->taken, link) if (taken->arrived_at && taken->arrived_at < oldest) oldest = taken->arrived_at;
  if (oldest != USEC_NEVER) ret->oldest_queued = sooner(ret->oldest_queued, oldest);
  if (lane->state == LANE_COMMITTING || lane->resolve_unknown) ret->commit_since = sooner(ret->commit_since, lane->asked_at);
  usec_t due = timers_next(lane->timers), now = job_clock(lane->job);
  if (due < now && now - due > ret->oldest_due_age) ret->oldest_due_age = now - due;
  for (size_t i = 0; i < lane->home_count; i++) ret->stopped += lane->homes[i].stopped;
  ret->queued += queue_count(&lane->queue);
  ret->queued_bytes += queue_bytes(&lane->queue);
  ret->runs_cached += run_cache_count(lane->runs);
  ret->runs_cached_bytes += run_cache_bytes(lane->runs);
  ret->timers += timers_count(lane->timers);
  ret->calls += calls_count(lane->calls);
  ret->calls_in_flight += calls_in_flight(lane->calls);
  ret->undelivered += outbox_pending(lane->outbox);
  ret->undelivered_bytes += outbox_bytes(lane->outbox);
  ret->held += lane->is_held;
}

void job_stats(const struct job *job, struct job_stats *ret) {
  *ret = job->stats;
  ret->consuming = job->consuming;
  ret->is_intake_paused = job->is_intake_paused;
  for (int i = 0; i < job->config.lanes; i++) lane_stats(job->lanes[i], ret);
  ret->clock = job->clock_known ? job_clock(job) : 0;
}
