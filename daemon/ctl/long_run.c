// SPDX-License-Identifier: Apache-2.0
#include "ctl/long_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "ctl/difference.h"
#include "ctl/fold.h"
#include "ctl/rows.h"
#include "ctl/snapshot_check.h"
#include "ctl/stored_row.h"
#include "ctl/verb.h"
#include "io/pg_admin.h"

// Events of a piece. A step or an action is there for one of them, so its rows are no more.
#define PIECE "5000"

static const char BEGIN[] =
    "SELECT " STORED_IDENTITY("u.run_id") " AS identity, s.seq AS snapshot_seq, s.state AS snapshot\n"
    "  FROM (SELECT $1::uuid AS run_id) u\n"
    "  LEFT JOIN workflow.run x ON x.run_id = u.run_id\n"
    "  LEFT JOIN workflow.trigger t ON t.trigger_id = (left(u.run_id::text, 31) || '00000')::uuid\n"
    "  LEFT JOIN workflow.snapshot s ON s.run_id = u.run_id";
// Behind $2, and not past the snapshot's when that is ahead.
static const char EVENTS[] =
    "SELECT coalesce(json_agg(" STORED_EVENT " ORDER BY x.seq), '[]') AS events\n"
    "  FROM (SELECT * FROM workflow.event e WHERE e.run_id = $1::uuid AND e.seq > $2::int\n"
    "           AND ($3::int <= $2::int OR e.seq <= $3::int) ORDER BY e.seq LIMIT " PIECE ") x";
static const char ROWS[] =
    "SELECT json_build_object(\n"
    "  'step', (SELECT coalesce(json_object_agg(x.step_no, " STORED_STEP "), '{}') FROM workflow.step x\n"
    "            WHERE x.run_id = $1::uuid AND x.step_no = ANY ($2::int[])),\n"
    "  'action', (SELECT coalesce(json_object_agg(x.action_no, " STORED_ACTION "), '{}') FROM workflow.action x\n"
    "              WHERE x.run_id = $1::uuid AND x.action_no = ANY ($3::int[]))) AS stored";
// The run itself, what is still open, and what should not be there.
static const char LAST[] =
    "SELECT json_build_object(\n"
    "  'run', coalesce((SELECT json_build_object('', " STORED_RUN ") FROM workflow.run x WHERE x.run_id = $1::uuid), '{}'),\n"
    "  'step', (SELECT coalesce(json_object_agg(x.step_no, " STORED_STEP "), '{}') FROM (SELECT * FROM workflow.step s\n"
    "            WHERE s.run_id = $1::uuid AND (s.step_no = ANY ($2::int[]) OR s.step_no < 1 OR s.step_no > $4::int) LIMIT " PIECE ") x),\n"
    "  'action', (SELECT coalesce(json_object_agg(x.action_no, " STORED_ACTION "), '{}') FROM (SELECT * FROM workflow.action a\n"
    "              WHERE a.run_id = $1::uuid AND (a.action_no = ANY ($3::int[]) OR a.action_no < 1 OR a.action_no > $5::int) LIMIT " PIECE ") x)\n"
    "  ) AS stored";

struct checking {
  struct session *session;
  const char *run_id;
  long_run_report *report;
  void *context;
  struct wf_run *run;
  char *snapshot; // NULL = none
  int32_t snapshot_seq;
};

// One row of one column as JSON; owned.
static int ask(const struct checking *checking, const char *sql, const char *const *parameters, size_t count, jv *ret_value) {
  struct pg_rows *rows;
  int code = session_query(checking->session, sql, parameters, count, &rows);
  if (code != EXIT_OK) return code;
  const char *text = rows_value(rows, 0, pg_rows_name(rows, 0));
  *ret_value = text ? jv_parse(text) : jv_null();
  pg_rows_free(rows);
  return EXIT_OK;
}

static void tell(const struct checking *checking, jv differences) {
  if (jv_array_length(jv_copy(differences)) > 0)
    checking->report(checking->context, differences);
  else
    jv_free(differences);
}

// Keys of the table's rows as an array of PostgreSQL's; owned.
static char *numbers(jv rows, const char *table) {
  struct buf text = {0};
  jv of_table = jv_object_get(jv_copy(rows), jv_string(table));
  jv_object_foreach(of_table, key, row) {
    buf_printf(&text, "%c%s", text.size ? ',' : '{', jv_string_value(key));
    jv_free(key);
    jv_free(row);
  }
  jv_free(of_table);
  buf_puts(&text, text.size ? "}" : "{}");
  buf_put_u8(&text, '\0');
  return text.data;
}

static bool is_kept(const struct wf_run *run, const char *table, int32_t number) {
  return *table == 's' ? wf_run_step(run, number) != NULL : wf_run_action(run, number) != NULL;
}

jv long_run_forgotten(const struct wf_run *run, jv rows) {
  static const char *const tables[] = {"step", "action"};
  jv gone = jv_object();
  for (int i = 0; i < 2; i++) {
    jv of_table = jv_object_get(jv_copy(rows), jv_string(tables[i])), left = jv_object();
    jv_object_foreach(of_table, key, row) {
      if (is_kept(run, tables[i], atoi(jv_string_value(key)))) {
        jv_free(key);
        jv_free(row);
      } else {
        left = jv_object_set(left, key, row);
      }
    }
    jv_free(of_table);
    gone = jv_object_set(gone, jv_string(tables[i]), left);
  }
  jv_free(rows);
  return gone;
}

// Compares what is stored under the numbers that `rows` has with them; takes `rows`.
static int compare(const struct checking *checking, const char *sql, jv rows) {
  char *steps = numbers(rows, "step"), *actions = numbers(rows, "action"), last_step[16], last_action[16];
  snprintf(last_step, sizeof last_step, "%d", (int)checking->run->last_step_no);
  snprintf(last_action, sizeof last_action, "%d", (int)checking->run->last_action_no);
  const char *const parameters[] = {checking->run_id, steps, actions, last_step, last_action};
  jv stored;
  int code = ask(checking, sql, parameters, sql == LAST ? 5 : 3, &stored);
  if (code == EXIT_OK) {
    tell(checking, difference_add_rows(jv_array(), checking->run_id, stored, rows));
    jv_free(stored);
  }
  free(steps);
  free(actions);
  jv_free(rows);
  return code;
}

// Folds one piece and compares what it ends. *ret_count is of its events, -1 when they do not follow.
static int fold_piece(struct checking *checking, int *ret_count) {
  char after[16], until[16];
  snprintf(after, sizeof after, "%d", (int)checking->run->last_seq);
  snprintf(until, sizeof until, "%d", (int)checking->snapshot_seq);
  const char *const parameters[] = {checking->run_id, after, until};
  jv events, problem;
  int code = ask(checking, EVENTS, parameters, 3, &events);
  if (code != EXIT_OK) return code;
  *ret_count = jv_array_length(jv_copy(events));
  if (fold_more(checking->run, events, &problem) < 0) {
    tell(checking, difference_add_problem(jv_array(), checking->run_id, problem));
    *ret_count = -1;
  }
  jv_free(events);
  if (*ret_count <= 0) return EXIT_OK;
  jv rows = fold_rows(checking->run);
  wf_run_written(checking->run);
  if (checking->snapshot && checking->run->last_seq == checking->snapshot_seq)
    tell(checking, snapshot_compare(jv_array(), checking->run_id, checking->snapshot, checking->run));
  return compare(checking, ROWS, long_run_forgotten(checking->run, rows));
}

static int fold_all(struct checking *checking) {
  int count = 1, code = EXIT_OK;
  while (code == EXIT_OK && count > 0) code = fold_piece(checking, &count);
  if (code != EXIT_OK || count < 0) return code;
  return compare(checking, LAST, fold_rows(checking->run));
}

static int begin(struct checking *checking) {
  struct pg_rows *rows;
  int code = session_query(checking->session, BEGIN, &checking->run_id, 1, &rows);
  if (code != EXIT_OK) return code;
  const char *identity = rows_value(rows, 0, "identity"), *snapshot = rows_value(rows, 0, "snapshot");
  if (snapshot) checking->snapshot = xstrdup(snapshot);
  if (snapshot) checking->snapshot_seq = atoi(rows_value(rows, 0, "snapshot_seq"));
  jv from = identity ? jv_parse(identity) : jv_null(), problem;
  if (fold_begin(from, &checking->run, &problem) < 0) {
    checking->run = NULL;
    tell(checking, difference_add_problem(jv_array(), checking->run_id, problem));
  }
  jv_free(from);
  pg_rows_free(rows);
  return EXIT_OK;
}

int long_run_check(struct session *session, const char *run_id, long_run_report *report, void *context) {
  struct checking checking = {.session = session, .run_id = run_id, .report = report, .context = context};
  if (pg_admin_script(session->admin, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") != 0)
    return session_say(session, EXIT_FAILED, "%s", pg_admin_error(session->admin));
  int code = begin(&checking);
  if (code == EXIT_OK && checking.run) code = fold_all(&checking);
  wf_run_free(checking.run);
  free(checking.snapshot);
  if (pg_admin_script(session->admin, "COMMIT") != 0 && code == EXIT_OK)
    code = session_say(session, EXIT_FAILED, "%s", pg_admin_error(session->admin));
  return code;
}
