// SPDX-License-Identifier: Apache-2.0
// The numbers that /metrics shows, in Prometheus' text format. The families are rows
// of one table (metrics.c); a series is a place to add to, looked up once and kept:
//
//   double *committed = metrics_value(metrics, METRIC_BATCHES, "committed", NULL);
//   ++*committed;
//
// No series is ever removed while the registry lives. The number of series of a
// family is bounded: above it, further label values share one series, "other".
#pragma once

#include <stddef.h>

#include "base/buf.h"

// Each line: the name in the code, kind, name on the wire, labels, what it says.
#define METRICS(X)                                                                                                        \
  X(BUILD_INFO, GAUGE, "workflowd_build_info", "version", NULL, "Always 1; the label says which release runs.")           \
  X(READY, GAUGE, "workflowd_ready", NULL, NULL, "1 when /readyz says yes.")                                              \
  X(POSTGRES_UP, GAUGE, "workflowd_postgres_up", NULL, NULL, "1 when all lanes are connected.")                           \
  X(KAFKA_UP, GAUGE, "workflowd_kafka_up", NULL, NULL, "1 when a broker answers.")                                        \
  X(INGEST_RECORDS, COUNTER, "workflowd_ingest_records_total", "result", NULL,                                            \
    "Records taken, by what became of them: accepted, duplicate, unmatched, quarantined, late.")                          \
  X(INGEST_OFFSET, GAUGE, "workflowd_ingest_next_offset", "topic", "partition", "Offset of the next record to be taken.")           \
  X(INGEST_AGE, GAUGE, "workflowd_ingest_oldest_record_age_seconds", NULL, NULL, "Age of the oldest record not yet taken.") \
  X(BATCHES, COUNTER, "workflowd_batches_total", "result", NULL,                                                          \
    "Transactions by their end: committed, redone, refused, down.")                                                       \
  X(BATCH_COMMIT, HISTOGRAM, "workflowd_batch_commit_seconds", NULL, NULL, "From a transaction's first byte to its reply.") \
  X(BATCH_INPUTS, HISTOGRAM, "workflowd_batch_inputs", NULL, NULL, "Inputs of a committed transaction.")                  \
  X(LAST_COMMIT_AGE, GAUGE, "workflowd_last_commit_age_seconds", NULL, NULL,                                              \
    "How long the oldest transaction under way has been so; 0 = none is.")                                                \
  X(STORE_WAITING, GAUGE, "workflowd_store_waiting", "reason", NULL, "Lanes whose batch waits for PostgreSQL, by reason.")  \
  X(STORE_ERRORS, COUNTER, "workflowd_store_errors_total", "sqlstate", NULL, "Requests that PostgreSQL refused, by SQLSTATE.") \
  X(TRANSITIONS, COUNTER, "workflowd_transitions_total", "type", NULL, "Events written, by type.")                        \
  X(TIMER_LATENESS, HISTOGRAM, "workflowd_timer_lateness_seconds", NULL, NULL, "From a timer's instant to its firing.")   \
  X(TIMERS_PENDING, GAUGE, "workflowd_timers_pending", NULL, NULL, "Timers within the horizon, in memory.")               \
  X(TIMER_AGE, GAUGE, "workflowd_oldest_due_timer_age_seconds", NULL, NULL, "How long the oldest due timer has waited.")  \
  X(RUNS_CACHED_BYTES, GAUGE, "workflowd_runs_cached_bytes", NULL, NULL, "Memory of runs kept between inputs.")           \
  X(UNDELIVERED, GAUGE, "workflowd_undelivered_messages", NULL, NULL, "Committed messages that the broker does not have yet.") \
  X(EVALUATOR_RESTARTS, COUNTER, "workflowd_evaluator_restarts_total", NULL, NULL, "Ends of the evaluating process.")     \
  X(QUARANTINED, COUNTER, "workflowd_quarantined_total", "reason", NULL, "Records put into quarantine.")                  \
  X(GAPS, COUNTER, "workflowd_gaps_total", "topic", NULL, "Times that records were gone before they were read.")          \
  X(FENCED, COUNTER, "workflowd_fenced_total", NULL, NULL, "Transactions refused because another instance owns the home.") \
  X(RELOADS, COUNTER, "workflowd_reloads_total", "result", NULL, "Reloads by their end: applied, refused.")

enum metric {
#define X(id, kind, name, label1, label2, help) METRIC_##id,
  METRICS(X)
#undef X
      METRIC_COUNT
};

enum { METRICS_SERIES_MAX = 1000 }; // of a family

struct metrics;
struct metric_histogram;

// Counters without labels begin at 0; gauges are not shown before they are set.
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); // takes NULL

// The place of a counter's or gauge's series, valid until metrics_free(). Give as many
// label values as the family has labels, NULL for the rest.
double *metrics_value(struct metrics *metrics, enum metric metric, const char *value1, const char *value2);

// The one series of a histogram; none has labels.
struct metric_histogram *metrics_histogram(struct metrics *metrics, enum metric metric);
void metric_observe(struct metric_histogram *histogram, double value);

// All of it, in the text format 0.0.4.
void metrics_print(const struct metrics *metrics, struct buf *out);
