// SPDX-License-Identifier: Apache-2.0
#include "ctl/status_verb.h"

#include <jv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/rows.h"
#include "ctl/session.h"
#include "ctl/verb.h"
#include "io/kafka_ends.h"

static const char OVERVIEW[] =
    "SELECT (SELECT max(version) FROM workflow.migration) AS schema_version,\n"
    "       (SELECT cluster_id FROM workflow.cluster) AS kafka_cluster,\n"
    "       (SELECT count(*) FROM workflow.definition WHERE state = 'active') AS active_versions,\n"
    "       (SELECT count(*) FROM workflow.quarantine WHERE state = 'quarantined') AS quarantined,\n"
    "       (SELECT count(*) FROM workflow.command c\n"
    "         WHERE NOT EXISTS (SELECT FROM workflow.command_applied a WHERE a.command_id = c.command_id)) AS "
    "open_commands,\n"
    "       CASE WHEN i.is_paused THEN 'paused' ELSE 'open' END AS intake, i.changed_at AS intake_since,\n"
    "       i.changed_by AS intake_by, i.reason AS intake_reason, clock_timestamp() AS clock\n"
    "  FROM workflow.intake i";
static const char INSTANCES[] =
    "SELECT h.instance, count(*) AS homes, min(h.taken_at) AS first_taken_at, max(b.committed_at) AS last_commit_at,\n"
    "       clock_timestamp() - max(b.committed_at) AS since\n"
    "  FROM workflow.home h\n"
    "  LEFT JOIN LATERAL (SELECT committed_at FROM workflow.batch b\n"
    "                      WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) b ON true\n"
    " GROUP BY h.instance ORDER BY h.instance";
// lag: $1 is where partitions end, as the brokers say; null when they were not asked.
// timer_low: what is below it has fired. Above it a timer that is due may have fired just
// now; a daemon that is late shows as one that stays.
static const char HOMES[] =
    "SELECT h.home, h.topic, h.partition, h.instance, h.epoch, h.taken_at, b.batch_no, b.committed_at, b.next_offset,\n"
    "       CASE WHEN e.high IS NOT NULL THEN greatest(e.high - greatest(b.next_offset, e.low), 0) END AS lag,\n"
    "       b.batch_no - b.outbox_acked AS unconfirmed_batches, d.due_at AS oldest_due_timer\n"
    "  FROM workflow.home h\n"
    "  LEFT JOIN LATERAL (SELECT batch_no, committed_at, next_offset, outbox_acked, timer_low FROM workflow.batch b\n"
    "                      WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) b ON true\n"
    "  LEFT JOIN LATERAL (SELECT due_at FROM workflow.timer t\n"
    "                      WHERE t.home = h.home AND t.due_at >= b.timer_low AND t.due_at <= clock_timestamp()\n"
    "                      ORDER BY t.due_at LIMIT 1) d ON true\n"
    "  LEFT JOIN jsonb_to_recordset($1::jsonb) e (topic text, partition int, low bigint, high bigint)\n"
    "    ON e.topic = h.topic AND e.partition = h.partition\n"
    " ORDER BY h.home";
static const char PARTITIONS[] = "SELECT topic, partition FROM workflow.home ORDER BY home";
static const char RUNS[] =
    "SELECT tenant, workflow, workflow_version, status, waiting_for, runs, next_wake_at, oldest, newest_change\n"
    "  FROM workflow.run_status ORDER BY workflow, workflow_version, tenant, status, waiting_for";

// The one without a title is one row: an object in JSON.
static const struct part {
  const char *name, *title, *sql;
  size_t parameters;
} PARTS[] = {{"overview", NULL, OVERVIEW, 0},
             {"instances", "Instances", INSTANCES, 0},
             {"homes", "Homes", HOMES, 1},
             {"runs", "Runs", RUNS, 0}};

static const usec_t KAFKA_TIMEOUT = 5 * USEC_PER_SEC;

static jv end_json(const struct kafka_end *end) {
  jv object = jv_object_set(jv_object(), jv_string("topic"), jv_string(end->topic));
  object = jv_object_set(object, jv_string("partition"), jv_number(end->partition));
  object = jv_object_set(object, jv_string("low"), jv_number((double)end->low));
  return jv_object_set(object, jv_string("high"), jv_number((double)end->high));
}

// Owned; NULL when the brokers do not say, which is said.
static char *ask_brokers(struct session *session, const char *kafka, const struct pg_rows *partitions) {
  size_t count = pg_rows_count(partitions), property_count;
  struct kafka_property *properties = session_kafka(session, kafka, &property_count);
  struct kafka_end *ends = xcalloc(count + 1, sizeof *ends);
  for (size_t i = 0; i < count; i++)
    ends[i] = (struct kafka_end){rows_value(partitions, i, "topic"), (int32_t)rows_number(partitions, i, "partition"), -1, -1};
  char *error, *text = NULL;
  if (kafka_ends(properties, property_count, ends, count, KAFKA_TIMEOUT, &error) < 0) {
    session_say(session, EXIT_OK, "the lag is not known: Kafka: %s", error);
    free(error);
  } else {
    jv list = jv_array();
    for (size_t i = 0; i < count; i++)
      if (ends[i].high >= 0) list = jv_array_append(list, end_json(&ends[i]));
    jv dumped = jv_dump_string(list, 0);
    text = xstrdup(jv_string_value(dumped));
    jv_free(dumped);
  }
  free(ends);
  free(properties);
  return text;
}

// *ret_ends is owned, NULL = nobody was asked or answers. A configuration that nobody
// named is not looked for: its secrets may be for the daemon only.
static int find_ends(struct session *session, const char *kafka, char **ret_ends) {
  *ret_ends = NULL;
  int code = session->arguments->config ? session_configure(session) : EXIT_OK;
  if (code != EXIT_OK || (!kafka && !session->config)) return code;
  struct pg_rows *partitions;
  code = session_query(session, PARTITIONS, NULL, 0, &partitions);
  if (code != EXIT_OK) return code;
  if (pg_rows_count(partitions)) *ret_ends = ask_brokers(session, kafka, partitions);
  pg_rows_free(partitions);
  return EXIT_OK;
}

static int print_json(struct session *session, size_t count, const char *const *ends) {
  char *texts[sizeof PARTS / sizeof *PARTS] = {NULL};
  int code = EXIT_OK;
  for (size_t i = 0; i < count && code == EXIT_OK; i++)
    code = session_json(session, PARTS[i].sql, ends, PARTS[i].parameters, &texts[i], NULL);
  for (size_t i = 0; i < count; i++) {
    if (code == EXIT_OK) printf("%s\"%s\": ", i ? ", " : "{", PARTS[i].name);
    if (code == EXIT_OK && PARTS[i].title)
      fputs(texts[i], stdout);
    else if (code == EXIT_OK)
      printf("%.*s", (int)strlen(texts[i]) - 2, texts[i] + 1);
    free(texts[i]);
  }
  if (code == EXIT_OK) puts("}");
  return code;
}

static int print_text(struct session *session, size_t count, const char *const *ends) {
  int code = EXIT_OK;
  for (size_t i = 0; i < count && code == EXIT_OK; i++) {
    if (PARTS[i].title) printf("\n%s:\n", PARTS[i].title);
    code = session_print(session, PARTS[i].sql, ends, PARTS[i].parameters, NULL);
  }
  return code;
}

int status_verb(int argc, char **argv) {
  bool runs = false;
  const char *kafka = NULL;
  const struct argument_row rows[] = {{"runs", .flag = &runs}, {"kafka", .value = &kafka}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 2, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 0, 0, "")) return EXIT_USAGE;
  struct session session;
  code = session_open(&arguments, &session);
  if (code != EXIT_OK) return code;
  size_t count = sizeof PARTS / sizeof *PARTS - (runs ? 0 : 1);
  char *ends;
  code = find_ends(&session, kafka, &ends);
  const char *const parameters[] = {ends};
  if (code == EXIT_OK) code = arguments.json ? print_json(&session, count, parameters) : print_text(&session, count, parameters);
  free(ends);
  session_close(&session);
  return code;
}
