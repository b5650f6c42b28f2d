// SPDX-License-Identifier: Apache-2.0
#include "ctl/status_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/session.h"
#include "ctl/verb.h"

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
// timer_low: what is below it has fired. Above it a timer that is due may have fired just
// now; a daemon that is late shows as one that stays.
static const char HOMES[] =
    "SELECT h.home, h.topic, h.partition, h.instance, h.epoch, h.taken_at, b.batch_no, b.committed_at, b.next_offset,\n"
    "       b.batch_no - b.outbox_acked AS unconfirmed_batches, d.due_at AS oldest_due_timer\n"
    "  FROM workflow.home h\n"
    "  LEFT JOIN LATERAL (SELECT batch_no, committed_at, next_offset, outbox_acked, timer_low FROM workflow.batch b\n"
    "                      WHERE b.home = h.home ORDER BY b.batch_no DESC LIMIT 1) b ON true\n"
    "  LEFT JOIN LATERAL (SELECT due_at FROM workflow.timer t\n"
    "                      WHERE t.home = h.home AND t.due_at >= b.timer_low AND t.due_at <= clock_timestamp()\n"
    "                      ORDER BY t.due_at LIMIT 1) d ON true\n"
    " ORDER BY h.home";
static const char RUNS[] =
    "SELECT tenant, workflow, workflow_version, status, waiting_for, runs, next_wake_at, oldest, newest_change\n"
    "  FROM workflow.run_status ORDER BY workflow, workflow_version, tenant, status, waiting_for";

// The one without a title is one row: an object in JSON.
static const struct part {
  const char *name, *title, *sql;
} PARTS[] = {{"overview", NULL, OVERVIEW},
             {"instances", "Instances", INSTANCES},
             {"homes", "Homes", HOMES},
             {"runs", "Runs", RUNS}};

static int print_json(struct session *session, size_t count) {
  char *texts[sizeof PARTS / sizeof *PARTS] = {NULL};
  int code = EXIT_OK;
  for (size_t i = 0; i < count && code == EXIT_OK; i++)
    code = session_json(session, PARTS[i].sql, NULL, 0, &texts[i], NULL);
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

static int print_text(struct session *session, size_t count) {
  int code = EXIT_OK;
  for (size_t i = 0; i < count && code == EXIT_OK; i++) {
    if (PARTS[i].title) printf("\n%s:\n", PARTS[i].title);
    code = session_print(session, PARTS[i].sql, NULL, 0, NULL);
  }
  return code;
}

int status_verb(int argc, char **argv) {
  bool runs = false;
  const struct argument_row rows[] = {{"runs", .flag = &runs}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 1, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 0, 0, "")) return EXIT_USAGE;
  struct session session;
  code = session_open(&arguments, &session);
  if (code != EXIT_OK) return code;
  size_t count = sizeof PARTS / sizeof *PARTS - (runs ? 0 : 1);
  code = arguments.json ? print_json(&session, count) : print_text(&session, count);
  session_close(&session);
  return code;
}
