// SPDX-License-Identifier: Apache-2.0
// The adapters behind the seam (job/world.h).
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "serve_internal.h"

#define LEAVE_WITHIN (3 * USEC_PER_SEC)

// ---- the job asks -----------------------------------------------------------

static usec_t world_boottime(void *context) {
  (void)context;
  return clock_boottime();
}

static void world_store(void *context, int lane, const struct store_request *request) {
  struct serve *serve = context;
  pg_store_submit(serve->store, lane, request);
}

static void world_consume(void *context, const struct world_partition *partitions, size_t count) {
  struct serve *serve = context;
  struct kafka_partition *at = xcalloc(count, sizeof *at);
  for (size_t i = 0; i < count; i++) at[i] = (struct kafka_partition){partitions[i].topic, partitions[i].partition, partitions[i].offset};
  if (kafka_source_start(serve->source, serve->generation, at, count) < 0) log_debug("the assignment has changed meanwhile");
  free(at);
}

static void world_seek(void *context, const char *topic, int32_t partition, int64_t offset) {
  struct serve *serve = context;
  kafka_source_seek(serve->source, topic, partition, offset);
}

static void world_want_records(void *context, const char *topic, bool wanted) {
  struct serve *serve = context;
  kafka_source_want(serve->source, topic, wanted);
}

static void tell_refused(const char *topic, const char *error) {
  log_error("a message for %s can never be sent, and its action ends by its deadline: %s; expected that the topic's max.message.bytes and "
            "kafka.message.max.bytes hold bounds.value and 16 KiB more",
            topic, error);
}

// A message that no broker will ever take ends as if delivered: its action then ends by
// its deadline, and the log says why. The bounds make this a mistake of configuration.
static bool refuse(struct serve *serve, uint64_t cookie, const char *topic, const char *error) {
  if (serve->refused_count == sizeof serve->refused_cookies / sizeof *serve->refused_cookies) return false;
  tell_refused(topic, error);
  serve->refused_cookies[serve->refused_count++] = cookie;
  event_active(serve->refused, EV_TIMEOUT, 0);
  return true;
}

static void on_refused(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct serve *serve = context;
  while (serve->refused_count) job_on_delivered(serve->job, serve->refused_cookies[--serve->refused_count], true);
}

static bool world_produce(void *context, const struct world_message *message, uint64_t cookie) {
  struct serve *serve = context;
  struct kafka_message out = {message->topic, message->partition, message->key, message->value, message->key_size, message->value_size, message->headers, message->header_count};
  const char *error;
  switch (kafka_sink_send(serve->sink, &out, cookie, &error)) {
  case KAFKA_SINK_TAKEN: return true;
  case KAFKA_SINK_FULL: return false;
  case KAFKA_SINK_REFUSED: return refuse(serve, cookie, message->topic, error);
  }
  return false;
}

static void world_wake_at(void *context, usec_t boottime) {
  struct serve *serve = context;
  usec_t wait = boottime - clock_boottime(), most = serve->config->timers.fallback;
  // Never longer than the fallback: a machine that was suspended catches up.
  if (wait > most) wait = most;
  if (wait < 0) wait = 0;
  const struct timeval after = {wait / USEC_PER_SEC, wait % USEC_PER_SEC};
  event_add(serve->wake, &after);
}

static void world_observe(void *context, enum world_observation what, const char *label, double value) {
  struct serve *serve = context;
  switch (what) {
  case WORLD_BATCH_COMMITTED: metric_observe(metrics_histogram(serve->metrics, METRIC_BATCH_COMMIT), value); break;
  case WORLD_BATCH_INPUTS: metric_observe(metrics_histogram(serve->metrics, METRIC_BATCH_INPUTS), value); break;
  case WORLD_TIMER_LATE: metric_observe(metrics_histogram(serve->metrics, METRIC_TIMER_LATENESS), value); break;
  case WORLD_EVENT_WRITTEN: *metrics_value(serve->metrics, METRIC_TRANSITIONS, label, NULL) += value; break;
  case WORLD_REHEARSED: *metrics_value(serve->metrics, METRIC_REHEARSALS, label, NULL) += value; break;
  case WORLD_EVENT_REFUSED: *metrics_value(serve->metrics, METRIC_EVENTS_REFUSED, label, NULL) += value; break;
  case WORLD_QUARANTINED: *metrics_value(serve->metrics, METRIC_QUARANTINED, label, NULL) += value; break;
  }
}

static uint64_t world_random(void *context) {
  (void)context;
  uint64_t bits = 0;
  while (getrandom(&bits, sizeof bits, 0) != sizeof bits) continue;
  return bits;
}

static void on_wake(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct serve *serve = context;
  job_on_timer(serve->job);
}

// ---- the world answers ------------------------------------------------------

static void on_reply(void *context, int lane, const struct store_request *request, const struct store_reply *reply) {
  struct serve *serve = context;
  lane_watch_reply(serve->lane_watch, lane, request, reply, clock_boottime());
  job_on_reply(serve->job, lane, reply);
}

static void on_connection(void *context, int lane, bool is_up, const char *reason) {
  struct serve *serve = context;
  lane_watch_connection(serve->lane_watch, lane, is_up, reason);
}

static void on_notice(void *context, int home) {
  struct serve *serve = context;
  if (home) job_on_notified_of(serve->job, home);
  else job_on_notified(serve->job);
}

static void on_listen_state(void *context, enum pg_listen_state state, const char *reason) {
  (void)context;
  if (state == PG_LISTEN_DEAF)
    log_warning("notices do not arrive (a transaction pooler?); messages between instances take up to timers.fallback: %s", reason ? reason : "");
}

static void on_assigned(void *context, int generation, const char *cluster_id, const struct kafka_partition *partitions, size_t count) {
  struct serve *serve = context;
  serve->generation = generation;
  serve->kafka_reachable = true; // it has just said so; only changes are told
  struct world_partition *mine = xcalloc(count, sizeof *mine);
  for (size_t i = 0; i < count; i++) mine[i] = (struct world_partition){partitions[i].topic, partitions[i].partition, -1};
  log_notice("assigned %zu partitions of cluster %s", count, cluster_id);
  job_on_assigned(serve->job, cluster_id, mine, count);
  free(mine);
}

static bool on_revoked(void *context, bool lost) {
  struct serve *serve = context;
  log_notice("partitions %s", lost ? "lost" : "revoked");
  if (lost)
    job_on_lost(serve->job);
  else
    job_on_revoked(serve->job);
  return true; // what is still being committed is safe: the next owner fences it
}

static void on_record(void *context, int generation, const struct record *record) {
  struct serve *serve = context;
  if (generation == serve->generation) job_on_record(serve->job, record);
}

static void on_gap(void *context, const struct kafka_gap *gap) {
  struct serve *serve = context;
  ++*metrics_value(serve->metrics, METRIC_GAPS, gap->topic, NULL);
  job_on_gap(serve->job, gap->topic, gap->partition, gap->low, gap->high);
}

static void on_reachable(void *context, bool reachable, const char *text) {
  struct serve *serve = context;
  serve->kafka_reachable = reachable;
  snprintf(serve->kafka_away, sizeof serve->kafka_away, "%s", text);
  if (reachable)
    log_notice("Kafka is reachable");
  else
    log_warning("Kafka cannot be reached, waiting: %s", text);
}

static void on_source_failed(void *context, bool fatal, const char *text) {
  struct serve *serve = context;
  log_error("Kafka consumer: %s", text);
  if (!fatal) return;
  // Another process has our place in the group: two of the same name were started.
  serve->exit_code = 1;
  event_base_loopbreak(serve->loop);
}

static void on_delivered(void *context, uint64_t cookie, bool delivered, const char *error) {
  struct serve *serve = context;
  if (!delivered) log_debug("a message was not delivered and is sent again: %s", error);
  job_on_delivered(serve->job, cookie, delivered);
}

static void on_sink_refused(void *context, uint64_t cookie, const char *topic, const char *error) {
  struct serve *serve = context;
  tell_refused(topic, error);
  job_on_delivered(serve->job, cookie, true);
}

static void on_room(void *context) {
  struct serve *serve = context;
  job_on_timer(serve->job);
}

static void on_sink_failed(void *context, const char *text) {
  (void)context;
  log_error("Kafka producer: %s", text);
}

static const struct kafka_source_events source_events = {on_assigned, on_revoked, on_record, on_gap, on_reachable, on_source_failed};
static const struct kafka_sink_events sink_events = {on_delivered, on_sink_refused, on_room, on_sink_failed};

// ---- opening and closing ----------------------------------------------------

static int open_kafka(struct serve *serve, char **ret_problem) {
  const struct settings *settings = serve->settings;
  const struct config *config = serve->config;
  const char *topics[] = {config->topics.triggers, config->topics.commands, config->topics.results};
  struct kafka_source_config source = {.properties = settings->consumer,
                                       .property_count = settings->consumer_count,
                                       .topics = topics,
                                       .topic_count = 3,
                                       .by_hand = config->topics.assignment == CONFIG_ASSIGN_MANUAL};
  int r = kafka_sink_new(serve->loop, settings->producer, settings->producer_count, &sink_events, serve, &serve->sink, ret_problem);
  return r < 0 ? r : kafka_source_new(serve->loop, &source, &source_events, serve, &serve->source, ret_problem);
}

static int milliseconds(int64_t usec) { return (int)(usec / USEC_PER_MSEC); }

int world_open(struct serve *serve, char **ret_problem) {
  const struct config *config = serve->config;
  serve->wake = evtimer_new(serve->loop, on_wake, serve);
  serve->refused = evtimer_new(serve->loop, on_refused, serve);
  serve->lane_watch = lane_watch_new(serve->settings->job.lanes, serve->metrics);
  serve->world = (struct world){serve, world_boottime, world_store, world_consume, world_seek, world_want_records, world_produce, calls_world_call, calls_world_hang_up, world_wake_at, world_observe, world_random};
  serve->evaluator = evaluator_new(&(struct evaluator_config){NULL, config->bounds.expression_time, (size_t)config->bounds.expression_memory});
  serve->store = pg_store_new(serve->loop,
                              &(struct pg_store_config){.conninfo = serve->settings->conninfo,
                                                        .instance = serve->settings->instance,
                                                        .lanes = serve->settings->job.lanes,
                                                        .statement_timeout_ms = milliseconds(config->postgres.statement_timeout),
                                                        .idle_in_transaction_timeout_ms = milliseconds(config->postgres.transaction_timeout)},
                              &(struct pg_store_handler){serve, on_reply, on_connection});
  serve->listen = pg_listen_new(serve->loop, &(struct pg_listen_config){.conninfo = serve->settings->conninfo, .instance = serve->settings->instance},
                                &(struct pg_listen_handler){serve, on_notice, on_listen_state});
  upkeep_open(serve);
  int r = calls_open(serve, ret_problem);
  if (r < 0) return r;
  serve->job = job_new(&serve->settings->job, &serve->world, &serve->settings->catalog, evaluator_interface(serve->evaluator));
  return open_kafka(serve, ret_problem);
}

void world_close(struct serve *serve) {
  if (serve->sink) kafka_sink_flush(serve->sink, USEC_PER_SEC);
  kafka_source_free(serve->source, LEAVE_WITHIN);
  pg_listen_free(serve->listen);
  upkeep_close(serve);
  pg_store_free(serve->store);
  kafka_sink_free(serve->sink);
  job_free(serve->job);
  calls_close(serve);
  evaluator_free(serve->evaluator);
  if (serve->wake) event_free(serve->wake);
  if (serve->refused) event_free(serve->refused);
  lane_watch_free(serve->lane_watch);
}

int world_set_credentials(struct serve *serve, const struct settings *settings, char **ret_problem) {
  const char *username = settings_property(settings, "sasl.username"), *password = settings_property(settings, "sasl.password");
  pg_store_set_conninfo(serve->store, settings->conninfo);
  pg_listen_set_conninfo(serve->listen, settings->conninfo);
  pg_upkeep_set_conninfo(serve->upkeep, settings->conninfo);
  if (!username || !password) return 0;
  int r = kafka_sink_set_credentials(serve->sink, username, password, ret_problem);
  return r < 0 ? r : kafka_source_set_credentials(serve->source, username, password, ret_problem);
}
