// SPDX-License-Identifier: Apache-2.0
// Health and metrics: whether the daemon does what it is for, and how much of it.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config_check.h"
#include "health.h"
#include "io/systemd.h"
#include "serve_internal.h"

static bool lanes_up(const struct serve *serve) {
  for (int i = 0; i < serve->settings->job.lanes; i++)
    if (!pg_store_is_connected(serve->store, i)) return false;
  return true;
}

static struct health health_now(const struct serve *serve) {
  struct job_stats stats;
  job_stats(serve->job, &stats);
  usec_t now = clock_boottime(), trying_since = lane_watch_since(serve->lane_watch, now);
  usec_t commit_since = trying_since && (!stats.commit_since || trying_since < stats.commit_since) ? trying_since : stats.commit_since;
  return (struct health){.postgres_up = lanes_up(serve),
                         .kafka_up = serve->kafka_reachable,
                         .consuming = stats.consuming,
                         .stopped = stats.stopped,
                         .held = stats.held,
                         .postgres_away = lane_watch_away(serve->lane_watch),
                         .kafka_away = serve->kafka_away,
                         .batches_wait = lane_watch_waiting(serve->lane_watch, now),
                         .draining = serve->stopping,
                         .is_intake_paused = stats.is_intake_paused,
                         .timer_age = stats.oldest_due_age,
                         .record_age = stats.oldest_queued ? now - stats.oldest_queued : 0,
                         .commit_age = commit_since ? now - commit_since : 0};
}

static int page_healthz(void *context, struct buf *body) {
  (void)context; // answering is the proof: it is the loop that answers
  buf_puts(body, "ok\n");
  return 200;
}

static int page_readyz(void *context, struct buf *body) {
  struct serve *serve = context;
  struct health health = health_now(serve);
  return health_write(&health, serve->config, body);
}

static void set(struct serve *serve, enum metric metric, const char *label, double value) { *metrics_value(serve->metrics, metric, label, NULL) = value; }

struct page {
  struct serve *serve;
  usec_t clock; // the database's
};

static void show_offset(void *context, const struct job_offset *at) {
  const struct page *page = context;
  struct metrics *metrics = page->serve->metrics;
  char number[16];
  snprintf(number, sizeof number, "%d", at->partition);
  int64_t next = at->next_offset < 0 ? 0 : at->next_offset, end = kafka_source_end(page->serve->source, at->topic, at->partition);
  int64_t lag = end > next ? end - next : 0;
  *metrics_value(metrics, METRIC_INGEST_OFFSET, at->topic, number) = (double)next;
  if (end >= 0) *metrics_value(metrics, METRIC_INGEST_LAG, at->topic, number) = (double)lag;
  // A producer's clock may be ahead of the database's.
  bool is_late = lag > 0 && at->last_timestamp > 0 && page->clock > at->last_timestamp;
  *metrics_value(metrics, METRIC_INGEST_DELAY, at->topic, number) = is_late ? (double)(page->clock - at->last_timestamp) / USEC_PER_SEC : 0;
}

// Only of the partitions that this instance has now.
static void show_offsets(struct serve *serve, usec_t clock) {
  metrics_forget(serve->metrics, METRIC_INGEST_OFFSET);
  metrics_forget(serve->metrics, METRIC_INGEST_LAG);
  metrics_forget(serve->metrics, METRIC_INGEST_DELAY);
  job_offsets(serve->job, show_offset, &(struct page){serve, clock});
}

static int page_metrics(void *context, struct buf *body) {
  struct serve *serve = context;
  struct job_stats stats;
  job_stats(serve->job, &stats);
  struct health health = health_now(serve);
  struct buf reasons = {0};
  set(serve, METRIC_READY, NULL, health_write(&health, serve->config, &reasons) == 200);
  buf_free(&reasons);
  set(serve, METRIC_INTAKE_PAUSED, NULL, health.is_intake_paused);
  set(serve, METRIC_POSTGRES_UP, NULL, health.postgres_up);
  set(serve, METRIC_KAFKA_UP, NULL, health.kafka_up);
  set(serve, METRIC_INGEST_RECORDS, "accepted", (double)stats.triggers);
  set(serve, METRIC_INGEST_RECORDS, "duplicate", (double)stats.duplicates);
  set(serve, METRIC_INGEST_RECORDS, "quarantined", (double)stats.quarantined);
  set(serve, METRIC_INGEST_RECORDS, "unmatched", (double)stats.unmatched);
  set(serve, METRIC_INGEST_AGE, NULL, (double)health.record_age / USEC_PER_SEC);
  set(serve, METRIC_BATCHES, "committed", (double)stats.batches);
  set(serve, METRIC_BATCHES, "redone", (double)stats.redone);
  set(serve, METRIC_LAST_COMMIT_AGE, NULL, (double)health.commit_age / USEC_PER_SEC);
  set(serve, METRIC_TIMERS_PENDING, NULL, (double)stats.timers);
  set(serve, METRIC_TIMER_AGE, NULL, (double)stats.oldest_due_age / USEC_PER_SEC);
  set(serve, METRIC_RUNS_CACHED_BYTES, NULL, (double)stats.runs_cached_bytes);
  set(serve, METRIC_CALLS_IN_FLIGHT, NULL, (double)stats.calls_in_flight);
  set(serve, METRIC_CALLS_WAITING, NULL, (double)(stats.calls - stats.calls_in_flight));
  set(serve, METRIC_UNDELIVERED, NULL, (double)stats.undelivered);
  set(serve, METRIC_UNDELIVERED_BYTES, NULL, (double)stats.undelivered_bytes);
  set(serve, METRIC_HELD_LANES, NULL, (double)stats.held);
  set(serve, METRIC_FENCED, NULL, (double)stats.fenced);
  lane_watch_show(serve->lane_watch, clock_boottime());
  struct evaluator_counts counts = evaluator_get_counts(serve->evaluator);
  set(serve, METRIC_EVALUATOR_RESTARTS, "killed", (double)counts.timeouts);
  set(serve, METRIC_EVALUATOR_RESTARTS, "crashed", (double)counts.crashes);
  show_offsets(serve, stats.clock);
  upkeep_show(serve);
  metrics_print(serve->metrics, body);
  return 200;
}

static int listen_on(struct serve *serve, const char *listen) {
  char host[CONFIG_HOST_SIZE];
  uint16_t port;
  if (config_listen_split(text_of(listen), host, &port) < 0) return -WF_EINVAL;
  return http_status_new(serve->loop,
                          &(struct http_status_config){.host = host,
                                                       .port = (uint16_t)(port ? port + serve->config->instance.slot : 0),
                                                       .healthz = page_healthz,
                                                       .readyz = page_readyz,
                                                       .metrics = page_metrics,
                                                       .context = serve},
                         &serve->http);
}

int status_open(struct serve *serve) {
  *metrics_value(serve->metrics, METRIC_BUILD_INFO, WORKFLOWD_VERSION, NULL) = 1;
  const char *listen = serve->config->http.listen;
  if (!*listen) return 0;
  errno = 0;
  int r = listen_on(serve, listen), reason = errno;
  if (r < 0) log_error("http.listen: %s: cannot listen there%s%s", listen, reason ? ": " : "", reason ? strerror(reason) : "");
  return r;
}

void status_close(struct serve *serve) {
  http_status_free(serve->http);
  metrics_free(serve->metrics);
}

void status_line(struct serve *serve) {
  struct job_stats stats;
  job_stats(serve->job, &stats);
  struct health health = health_now(serve);
  char reasons[512];
  health_summary(&health, serve->config, reasons, sizeof reasons);
  systemd_status("%s; %llu runs started, %llu ended; %zu records queued; %zu timers near", *reasons ? reasons : "ready",
                 (unsigned long long)stats.runs_created, (unsigned long long)stats.runs_ended, stats.queued, stats.timers);
}
