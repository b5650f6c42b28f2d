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

// Each line: the name in the code, kind, name on the wire, labels, what it says with its
// unit. docs/operating.md has the same table.
#define METRICS(X)                                                                                                              \
  X(BUILD_INFO, GAUGE, "workflowd_build_info", "version", NULL, "Always 1; the label says which release runs.")                 \
  X(INTAKE_PAUSED, GAUGE, "workflowd_intake_paused", NULL, NULL, "1 while operators let no trigger be taken (pause-intake).")              \
  X(READY, GAUGE, "workflowd_ready", NULL, NULL, "1 when /readyz says yes.")                                                    \
  X(POSTGRES_UP, GAUGE, "workflowd_postgres_up", NULL, NULL, "1 when all lanes are connected.")                                 \
  X(STORE_WAITING, GAUGE, "workflowd_store_waiting", "reason", NULL, "Lanes whose batch waits for PostgreSQL, by reason.")      \
  X(STORE_ERRORS, COUNTER, "workflowd_store_errors_total", "sqlstate", NULL,                                                    \
    "Requests that PostgreSQL refused, by SQLSTATE.")                                                                           \
  X(KAFKA_UP, GAUGE, "workflowd_kafka_up", NULL, NULL, "1 when a broker answers.")                                              \
  X(INGEST_RECORDS, COUNTER, "workflowd_ingest_records_total", "result", NULL,                                                  \
    "Records taken, by what became of them: accepted, duplicate, unmatched, quarantined.")                                      \
  X(INGEST_OFFSET, GAUGE, "workflowd_ingest_next_offset", "topic", "partition", "Offset of the next record to be taken.")       \
  X(INGEST_LAG, GAUGE, "workflowd_ingest_lag_records", "topic", "partition",                                                    \
    "Records in the partition that are not taken yet, as far as the broker has said.")                                          \
  X(INGEST_DELAY, GAUGE, "workflowd_ingest_delay_seconds", "topic", "partition",                                                \
    "While there is lag: seconds since the timestamp of the last record taken; else 0.")                                        \
  X(INGEST_AGE, GAUGE, "workflowd_ingest_oldest_record_age_seconds", NULL, NULL,                                                \
    "Seconds since the oldest record arrived here that is not taken yet; 0 = none waits.")                                      \
  X(BATCHES, COUNTER, "workflowd_batches_total", "result", NULL, "Transactions by their end: committed, redone.")               \
  X(BATCH_COMMIT, HISTOGRAM, "workflowd_batch_commit_seconds", NULL, NULL,                                                      \
    "Seconds from a transaction's first byte to its reply.")                                                                    \
  X(BATCH_INPUTS, HISTOGRAM, "workflowd_batch_inputs", NULL, NULL, "Inputs of a committed transaction.")                        \
  X(LAST_COMMIT_AGE, GAUGE, "workflowd_last_commit_age_seconds", NULL, NULL,                                                    \
    "Seconds for which the oldest transaction under way has been so; 0 = none is.")                                             \
  X(TRANSITIONS, COUNTER, "workflowd_transitions_total", "type", NULL, "Events written, by type.")                              \
  X(REHEARSALS, COUNTER, "workflowd_rehearsals_total", "status", NULL,                                                           \
    "Runs in a sandbox, of which no worker hears: created, and how they ended. Their events count as all do.")                  \
  X(TIMER_LATENESS, HISTOGRAM, "workflowd_timer_lateness_seconds", NULL, NULL, "Seconds from a timer's instant to its firing.") \
  X(TIMERS_PENDING, GAUGE, "workflowd_timers_pending", NULL, NULL, "Timers within the horizon, in memory.")                     \
  X(TIMER_AGE, GAUGE, "workflowd_oldest_due_timer_age_seconds", NULL, NULL,                                                     \
    "Seconds for which the oldest due timer has waited; 0 = none is due.")                                                      \
  X(RUNS_CACHED_BYTES, GAUGE, "workflowd_runs_cached_bytes", NULL, NULL, "Bytes of runs kept in memory between inputs.")        \
  X(UNDELIVERED, GAUGE, "workflowd_undelivered_messages", NULL, NULL,                                                           \
    "Committed messages that the broker has not confirmed yet.")                                                                \
  X(UNDELIVERED_BYTES, GAUGE, "workflowd_undelivered_bytes", NULL, NULL, "Their bytes in memory.")                              \
  X(CALLS, COUNTER, "workflowd_calls_total", "result", NULL,                                                                    \
    "Calls over HTTP that the daemon made, by their end: completed, failed, cancelled.")                                        \
  X(CALL_SECONDS, HISTOGRAM, "workflowd_call_seconds", NULL, NULL, "Seconds from a call's beginning to its end.")               \
  X(CALLS_IN_FLIGHT, GAUGE, "workflowd_calls_in_flight", NULL, NULL, "Calls over HTTP under way.")                              \
  X(CALLS_WAITING, GAUGE, "workflowd_calls_waiting", NULL, NULL, "Those that wait for their turn.")                             \
  X(HELD_LANES, GAUGE, "workflowd_held_lanes", NULL, NULL,                                                                      \
    "Lanes that take no work until messages are delivered (bounds.undelivered).")                                               \
  X(EVALUATOR_RESTARTS, COUNTER, "workflowd_evaluator_restarts_total", "reason", NULL,                                          \
    "Ends of the evaluating process: killed (over its bounds), crashed.")                                                       \
  X(QUARANTINED, COUNTER, "workflowd_quarantined_total", "reason", NULL, "Records put into quarantine.")                        \
  X(EVENTS_REFUSED, COUNTER, "workflowd_events_refused_total", "reason", NULL,                                                 \
    "Events that a workflow wanted and did not get, because a bound was reached.")                                             \
  X(GAPS, COUNTER, "workflowd_gaps_total", "topic", NULL, "Times that records were gone before they were read.")                \
  X(FENCED, COUNTER, "workflowd_fenced_total", NULL, NULL, "Transactions refused because another instance owns the home.")      \
  X(RELOADS, COUNTER, "workflowd_reloads_total", "result", NULL, "Reloads by their end: applied, refused.")                     \
  X(KEEPER, GAUGE, "workflowd_keeper", NULL, NULL,                                                                              \
    "1 on the one instance that keeps and measures the tables; only it shows the families below.")                              \
  X(UPKEEP_DEEDS, COUNTER, "workflowd_upkeep_deeds_total", "deed", NULL,                                                        \
    "What upkeep did: partitions made, dropped or put off, rows deleted.")                                                      \
  X(UPKEEP_AGE, GAUGE, "workflowd_upkeep_age_seconds", NULL, NULL, "Seconds since upkeep was last done to its end.")            \
  X(TABLE_ROWS, GAUGE, "workflowd_table_rows", "table", NULL, "Rows, as PostgreSQL estimates them.")                            \
  X(TABLE_BYTES, GAUGE, "workflowd_table_bytes", "table", NULL, "Bytes on disk, with indexes.")                                 \
  X(TABLE_AGE, GAUGE, "workflowd_table_oldest_age_seconds", "table", NULL, "Seconds since the oldest row was written.")         \
  X(TABLE_WAITING, GAUGE, "workflowd_table_waiting_rows", "table", NULL,                                                        \
    "Rows that wait: inbox, command, quarantine, fanout; counted up to 10001.")                                                 \
  X(TABLE_WAITING_AGE, GAUGE, "workflowd_table_waiting_age_seconds", "table", NULL,                                             \
    "Seconds for which the oldest of these has waited; 0 = none.")                                                              \
  X(PARTITIONS_AHEAD, GAUGE, "workflowd_partitions_ahead_seconds", "table", NULL,                                               \
    "Seconds from now on for which partitions exist without a gap.")                                                            \
  X(SNAPSHOT_AGE, GAUGE, "workflowd_oldest_snapshot_age_seconds", NULL, NULL,                                                   \
    "Seconds for which the oldest transaction has kept old row versions from being cleared away; 0 = none.")                    \
  X(SNAPSHOT_TRANSACTIONS, GAUGE, "workflowd_oldest_snapshot_transactions", NULL, NULL,                                         \
    "Transactions begun since the oldest snapshot that somebody holds, slots and standbys included.")                           \
  X(OPEN_RUNS, GAUGE, "workflowd_open_runs", "workflow", "status", "Runs that have not ended.")                                 \
  X(STUCK_RUNS, GAUGE, "workflowd_stuck_runs", NULL, NULL, "Open runs that nothing would wake: rows of the view stuck.")        \
  X(SURVEY_AGE, GAUGE, "workflowd_survey_age_seconds", NULL, NULL, "Seconds since the runs were last counted.")

enum metric {
#define X(id, kind, name, label1, label2, help) METRIC_##id,
  METRICS(X)
#undef X
      METRIC_COUNT
};

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE, METRIC_KIND_HISTOGRAM };

struct metric_family {
  enum metric_kind kind;
  const char *name, *labels[2], *help;
};

// A table of families from such lines; the enum of their numbers has the prefix.
#define METRIC_FAMILY(prefix, id, kind, name, label1, label2, help) [prefix##id] = {METRIC_KIND_##kind, name, {label1, label2}, help},

enum { METRICS_SERIES_MAX = 1000 }; // of a family

struct metrics;
struct metric_histogram;

// Counters without labels begin at 0; gauges are not shown before they are set.
struct metrics *metrics_new(void); // of workflowd's families
// Of another program's; borrows them. Its numbers take the place of enum metric's.
struct metrics *metrics_new_of(const struct metric_family *families, unsigned count);
void metrics_free(struct metrics *metrics); // takes NULL

// The place of a counter's or gauge's series, valid until metrics_free(). Give as many
// label values as the family has labels, NULL for the rest.
double *metrics_value(struct metrics *metrics, unsigned metric, const char *value1, const char *value2);
// All series of a gauge are as if never set: nobody shows what is no longer known.
void metrics_forget(struct metrics *metrics, unsigned metric);

// The one series of a histogram; none has labels.
struct metric_histogram *metrics_histogram(struct metrics *metrics, unsigned metric);
void metric_observe(struct metric_histogram *histogram, double value);

// All of it, in the text format 0.0.4.
void metrics_print(const struct metrics *metrics, struct buf *out);
