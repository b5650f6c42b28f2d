// SPDX-License-Identifier: Apache-2.0
#include "ctl/show_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/rows.h"
#include "ctl/session.h"
#include "ctl/timeline.h"
#include "ctl/verb.h"
#include "dev/table.h"

// The sentence that says why it is where it is, from the read tables alone.
static const char RUN[] =
    "SELECT r.run_id, r.trigger_id, t.event_id, t.type AS event_type, t.source_type, t.source_name, t.parent_run_id, r.tenant,\n"
    "       r.workflow || '@' || r.workflow_version AS workflow,\n"
    "       concat_ws('/', r.recipient_collection, r.recipient_id) AS recipient, r.status, r.waiting_for,\n"
    "       r.next_wake_at, r.created_at, r.ended_at,\n"
    "       (extract(epoch FROM coalesce(r.ended_at, clock_timestamp()) - r.created_at) * 1000000)::bigint AS age_us,\n"
    "       CASE\n"
    "         WHEN r.status = 'faulted' THEN concat_ws(': ', 'faulted', r.error_code, r.error_summary)\n"
    "         WHEN r.ended_at IS NOT NULL THEN concat_ws(': ', r.status, r.reason_text)\n"
    "         WHEN r.waiting_for = 'resume' THEN\n"
    "           concat('suspended', ': ' || r.reason_text, '; starts nothing until it is resumed')\n"
    "         WHEN w.places > 1 THEN format('waits at %s places, listed below', w.places)\n"
    "         WHEN r.waiting_for = 'timer' THEN format('waits at %s until %s', s.name, coalesce(s.due_at, "
    "r.next_wake_at))\n"
    "         WHEN r.waiting_for = 'retry' THEN concat(format('waits until %s to try again', r.next_retry_at),\n"
    "           format(' (retry %s of %s)', r.retry_count, coalesce(r.max_retries::text, 'any number')),\n"
    "           ', because of ' || coalesce(r.error_summary, r.error_code))\n"
    "         WHEN r.waiting_for = 'action' THEN\n"
    "           format('waits at %s for the result of %s, attempt %s, requested %s, given up at %s',\n"
    "                  s.name, a.function, a.attempt, a.requested_at, coalesce(a.deadline_at::text, 'no instant'))\n"
    "         WHEN r.waiting_for = 'event' THEN concat('waits at ', s.name, ' for an event', ': ' || w.events)\n"
    "         WHEN r.waiting_for = 'child' THEN format('waits at %s for a run that it started, %s', s.name, a.external_reference)\n"
    "         ELSE 'waits for nothing: see workflow.stuck'\n"
    "       END AS explanation\n"
    "  FROM workflow.runs r\n"
    "  LEFT JOIN workflow.triggers t ON t.trigger_id = r.trigger_id\n"
    "  LEFT JOIN workflow.steps s ON s.run_id = r.run_id AND s.step_no = r.current_step_no\n"
    "  LEFT JOIN LATERAL (SELECT * FROM workflow.actions a\n"
    "                      WHERE a.run_id = r.run_id AND a.status = 'running' ORDER BY a.action_no DESC LIMIT 1) a ON "
    "true\n"
    "  LEFT JOIN LATERAL (SELECT count(*) AS places, min(w.events::text) AS events FROM workflow.waits w WHERE w.run_id = r.run_id) w ON true\n"
    " WHERE r.run_id = $1::uuid";

// Why the next attempt of an action was not sent, or what became of the last.
static const char ACTIONS[] =
    "SELECT a.action_no, s.name AS step, a.function, a.status, a.attempt, a.max_attempts, a.requested_at, a.ended_at,\n"
    "       a.outcome, a.external_reference,\n"
    "       CASE\n"
    "         WHEN a.status = 'running' AND r.status = 'suspended' THEN 'sent; its result is folded, nothing follows "
    "until resumed'\n"
    "         WHEN a.status = 'running' THEN format('sent; no result yet, given up at %s', "
    "coalesce(a.deadline_at::text, 'no instant'))\n"
    "         WHEN a.status = 'cancelled' THEN concat_ws(': ', 'recalled', c.reason_code, CASE WHEN c.reason_code = 'cancelled' THEN r.reason_text END)\n"
    "         WHEN a.status = 'faulted' AND r.status = 'suspended' AND s.ended_at IS NULL THEN\n"
    "           'next attempt not sent: the run is suspended'\n"
    "         WHEN a.status = 'faulted' AND r.waiting_for = 'retry' AND s.ended_at IS NULL THEN\n"
    "           format('next attempt not sent before %s: %s', r.next_retry_at, coalesce(a.error_summary, "
    "a.error_code))\n"
    "         WHEN a.status = 'faulted' THEN concat_ws(': ', a.error_code, a.error_summary)\n"
    "         ELSE a.summary\n"
    "       END AS note\n"
    "  FROM workflow.actions a\n"
    "  JOIN workflow.runs r ON r.run_id = a.run_id\n"
    "  LEFT JOIN workflow.steps s ON s.run_id = a.run_id AND s.step_no = a.step_no\n"
    "  LEFT JOIN LATERAL (SELECT e.reason_code FROM workflow.events e WHERE e.run_id = a.run_id AND e.action_no = a.action_no\n"
    "                        AND e.type = 'action.cancelled' ORDER BY e.seq DESC LIMIT 1) c ON true\n"
    " WHERE a.run_id = $1::uuid ORDER BY a.action_no";

// Where it waits, and for what: each open branch.
static const char WAITS[] =
    "SELECT w.step, w.reference,\n"
    "       CASE w.waiting_for\n"
    "         WHEN 'timer' THEN format('until %s', w.due_at)\n"
    "         WHEN 'retry' THEN concat(format('until %s to try again', w.due_at),\n"
    "           format(' (retry %s of %s)', w.attempt, coalesce((w.max_attempts - 1)::text, 'any number')), ', because of ' || w.because)\n"
    "         WHEN 'action' THEN format('for the result of %s, attempt %s, given up at %s', w.function, w.attempt,\n"
    "                                   coalesce(w.due_at::text, 'no instant'))\n"
    "         WHEN 'event' THEN concat('for events', ': ' || w.events::text)\n"
    "         WHEN 'child' THEN format('for the run %s', w.child_run_id)\n"
    "       END AS waits\n"
    "  FROM workflow.waits w WHERE w.run_id = $1::uuid ORDER BY w.step_no";

static const char STEPS[] = "SELECT * FROM workflow.steps WHERE run_id = $1::uuid ORDER BY step_no";

static void put_line(const struct pg_rows *run, const char *label, const char *column) {
  const char *value = rows_value(run, 0, column);
  if (!value || !*value) return;
  printf("%-10s ", label);
  table_put_text(value, stdout);
  putchar('\n');
}

static void put_head(const struct pg_rows *run) {
  put_line(run, "run", "run_id");
  put_line(run, "workflow", "workflow");
  put_line(run, "recipient", "recipient");
  put_line(run, "tenant", "tenant");
  put_line(run, "trigger", "trigger_id");
  put_line(run, "event", "event_id");
  put_line(run, "type", "event_type");
  put_line(run, "source", "source_type");
  put_line(run, "parent", "parent_run_id");
  put_line(run, "created", "created_at");
  put_line(run, "ended", "ended_at");
  put_line(run, "status", "status");
  printf("%-10s ", rows_value(run, 0, "ended_at") ? "took" : "age");
  rows_put_span(rows_number(run, 0, "age_us"), stdout);
  putchar('\n');
  put_line(run, "why", "explanation");
}

static int put_waits(struct session *session, const char *id) {
  struct pg_rows *waits;
  int code = session_query(session, WAITS, &id, 1, &waits);
  if (code != EXIT_OK) return code;
  if (pg_rows_count(waits) > 1) {
    puts("\nWaits:");
    table_print(waits, stdout);
  }
  pg_rows_free(waits);
  return EXIT_OK;
}

static int show_text(struct session *session, const char *id, const char *timeline, bool ascii,
                     const struct pg_rows *run) {
  struct pg_rows *events, *actions;
  int code = session_query(session, timeline, &id, 1, &events);
  if (code != EXIT_OK) return code;
  code = session_query(session, ACTIONS, &id, 1, &actions);
  if (code == EXIT_OK) {
    put_head(run);
    code = put_waits(session, id);
    putchar('\n');
    struct timeline_rows rows = timeline_of_rows(events);
    timeline_draw(&rows, ascii, stdout);
    if (pg_rows_count(actions)) {
      puts("\nActions:");
      table_print(actions, stdout);
    }
    pg_rows_free(actions);
  }
  pg_rows_free(events);
  return code;
}

static int show_json(struct session *session, const char *id, const char *timeline) {
  const struct {
    const char *name, *sql;
  } parts[] = {{"run", RUN}, {"waits", WAITS}, {"steps", STEPS}, {"actions", ACTIONS}, {"timeline", timeline}};
  char *texts[sizeof parts / sizeof *parts] = {NULL};
  int code = EXIT_OK;
  for (size_t i = 0; i < sizeof parts / sizeof *parts && code == EXIT_OK; i++) code = session_json(session, parts[i].sql, &id, 1, &texts[i], NULL);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (code == EXIT_OK && i > 0)
      printf(", \"%s\": %s", parts[i].name, texts[i]);
    else if (code == EXIT_OK)
      printf("{\"%s\": %.*s", parts[i].name, (int)strlen(texts[i]) - 2, texts[i] + 1); // its one row
    free(texts[i]);
  }
  if (code == EXIT_OK) puts("}");
  return code;
}

static int show(const struct arguments *arguments, bool internal, bool ascii) {
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  const char *id = arguments->words[0], *mark = strstr(timeline_sql, "%s");
  char *timeline = xasprintf("%.*s%s%s", (int)(mark - timeline_sql), timeline_sql,
                             internal ? TIMELINE_INTERNAL : TIMELINE_PUBLIC, mark + 2);
  struct pg_rows *run;
  code = session_query(&session, RUN, &id, 1, &run);
  if (code == EXIT_OK) {
    if (pg_rows_count(run) == 0)
      code = session_say(&session, EXIT_NOT_FOUND, "no run %s", id);
    else
      code = arguments->json ? show_json(&session, id, timeline) : show_text(&session, id, timeline, ascii, run);
    pg_rows_free(run);
  }
  free(timeline);
  session_close(&session);
  return code;
}

int show_verb(int argc, char **argv) {
  bool internal = false, ascii = false;
  const struct argument_row rows[] = {{"internal", .flag = &internal}, {"ascii", .flag = &ascii}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 2, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 1, 1, "a run id") || !arguments_uuid(&arguments, "run id", arguments.words[0]))
    return EXIT_USAGE;
  return show(&arguments, internal, ascii || timeline_is_ascii());
}
