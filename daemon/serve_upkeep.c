// SPDX-License-Identifier: Apache-2.0
// Upkeep of the tables and what is measured of them, as metrics.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "serve_internal.h"

// Begun since a slot or standby, of which no time is known, took its snapshot.
enum { SNAPSHOT_TRANSACTIONS = 1000000 };

#define TRIMMED_TELL USEC_PER_MIN // how often at most the log says that events are forgotten early

static void set(struct serve *serve, enum metric metric, const char *label1, const char *label2, double value) {
  *metrics_value(serve->metrics, metric, label1, label2) = value;
}

static void on_keeper(void *context, bool is_keeper) {
  static const enum metric measured[] = {METRIC_UPKEEP_AGE,    METRIC_TABLE_ROWS,        METRIC_TABLE_BYTES,
                                         METRIC_TABLE_AGE,     METRIC_TABLE_WAITING,     METRIC_TABLE_WAITING_AGE,
                                         METRIC_OPEN_RUNS,     METRIC_PARTITIONS_AHEAD,  METRIC_STUCK_RUNS,
                                         METRIC_SURVEY_AGE,     METRIC_SNAPSHOT_AGE,      METRIC_SNAPSHOT_TRANSACTIONS};
  struct serve *serve = context;
  serve->upkeep_at = is_keeper ? clock_boottime() : 0;
  serve->survey_at = 0;
  if (is_keeper)
    log_info("this instance keeps the tables");
  else
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) metrics_forget(serve->metrics, measured[i]);
}

static void on_deed(void *context, const char *deed, const char *object, double amount) {
  struct serve *serve = context;
  *metrics_value(serve->metrics, METRIC_UPKEEP_DEEDS, deed, NULL) += amount;
  log_debug("upkeep: %s %s: %.0f", deed, object, amount);
  if (strcmp(deed, "trimmed") != 0 || (serve->trimmed_told && clock_boottime() - serve->trimmed_told < TRIMMED_TELL)) return;
  serve->trimmed_told = clock_boottime();
  log_warning("recent events are forgotten early, there are more than events.window or events.window_bytes allows (see workflow.event_window)");
}

static void on_maintained(void *context) {
  struct serve *serve = context;
  serve->upkeep_at = clock_boottime();
}

static void on_tables(void *context, const struct pg_upkeep_table *tables, size_t count) {
  struct serve *serve = context;
  for (size_t i = 0; i < count; i++) {
    const struct pg_upkeep_table *table = &tables[i];
    set(serve, METRIC_TABLE_ROWS, table->name, NULL, table->rows);
    set(serve, METRIC_TABLE_BYTES, table->name, NULL, table->bytes);
    set(serve, METRIC_TABLE_AGE, table->name, NULL, table->oldest_age);
    set(serve, METRIC_TABLE_WAITING, table->name, NULL, table->waiting);
    set(serve, METRIC_TABLE_WAITING_AGE, table->name, NULL, table->waiting_age);
    set(serve, METRIC_PARTITIONS_AHEAD, table->name, NULL, table->ahead);
  }
}

// A short-lived one is nothing: every transaction has one.
static void on_snapshot(void *context, double seconds, double transactions, const char *holder) {
  struct serve *serve = context;
  bool is_old = seconds * USEC_PER_SEC > (double)serve->config->postgres.snapshot_alarm || (isnan(seconds) && transactions > SNAPSHOT_TRANSACTIONS);
  set(serve, METRIC_SNAPSHOT_AGE, NULL, NULL, isnan(seconds) ? 0 : seconds);
  set(serve, METRIC_SNAPSHOT_TRANSACTIONS, NULL, NULL, transactions);
  if (is_old && !serve->snapshot_told)
    log_warning("an old snapshot is held, tables grow until it ends: %s, for %.0f s and %.0f transactions; end it, by pg_terminate_backend() if need be",
                holder, isnan(seconds) ? 0 : seconds, transactions);
  if (!is_old && serve->snapshot_told) log_notice("no old snapshot is held any more");
  serve->snapshot_told = is_old;
}

// Often enough to see one soon after it has become too old.
static usec_t watch_every(const struct config *config) {
  usec_t every = config->postgres.snapshot_alarm / 4;
  return every < USEC_PER_SEC / 4 ? USEC_PER_SEC / 4 : every > 15 * USEC_PER_SEC ? 15 * USEC_PER_SEC : every;
}

static void on_runs(void *context, const struct pg_upkeep_open *open, size_t count, double stuck) {
  struct serve *serve = context;
  metrics_forget(serve->metrics, METRIC_OPEN_RUNS); // what was counted before and is gone
  for (size_t i = 0; i < count; i++) set(serve, METRIC_OPEN_RUNS, open[i].workflow, open[i].status, open[i].runs);
  set(serve, METRIC_STUCK_RUNS, NULL, NULL, stuck);
  serve->survey_at = clock_boottime();
}

static void on_failed(void *context, const char *what, const char *reason) {
  (void)context;
  log_warning("%s failed and is tried again: %s", what, reason);
}

void upkeep_open(struct serve *serve) {
  serve->upkeep = pg_upkeep_new(serve->loop, &(struct pg_upkeep_config){.conninfo = serve->settings->conninfo, .instance = serve->settings->instance, .window = serve->config->events.window, .window_bytes = serve->config->events.window_bytes, .watch_every = watch_every(serve->config)},
                                &(struct pg_upkeep_handler){serve, on_keeper, on_deed, on_maintained, on_tables, on_snapshot, on_runs, on_failed});
}

void upkeep_close(struct serve *serve) { pg_upkeep_free(serve->upkeep); }

static double seconds_since(usec_t instant) { return (double)(clock_boottime() - instant) / USEC_PER_SEC; }

void upkeep_show(struct serve *serve) {
  set(serve, METRIC_KEEPER, NULL, NULL, serve->upkeep_at != 0);
  if (serve->upkeep_at) set(serve, METRIC_UPKEEP_AGE, NULL, NULL, seconds_since(serve->upkeep_at));
  if (serve->survey_at) set(serve, METRIC_SURVEY_AGE, NULL, NULL, seconds_since(serve->survey_at));
}
