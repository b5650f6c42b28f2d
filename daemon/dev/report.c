// SPDX-License-Identifier: Apache-2.0
#include "dev/report.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "dev/table.h"

static int show(struct pg_admin *admin, const char *title, const char *sql, FILE *out) {
  struct pg_rows *rows;
  int r = pg_admin_query(admin, sql, NULL, 0, &rows);
  if (r != 0) {
    fprintf(stderr, "workflowctl dev: %s\n", pg_admin_error(admin));
    return -WF_EDOWN;
  }
  fprintf(out, "\n%s\n\n%s;\n\n", title, sql);
  table_print(rows, out);
  pg_rows_free(rows);
  return 0;
}

static int show_status(struct pg_admin *admin, FILE *out) {
  return show(admin, "How many runs are where:",
              "SELECT workflow, status, waiting_for, runs, oldest, newest_change\n"
              "  FROM workflow.run_status ORDER BY workflow, status",
              out);
}

static int show_steps(const struct demo *demo, struct pg_admin *admin, FILE *out) {
  char *sql = xasprintf("SELECT s.name AS step, s.status, s.outcome, count(*) AS steps\n"
                        "  FROM workflow.steps s JOIN workflow.runs r USING (run_id) JOIN workflow.triggers t USING (trigger_id)\n"
                        " WHERE t.correlation_id = '%s'\n"
                        " GROUP BY s.reference, s.name, s.status, s.outcome ORDER BY s.reference, s.status, s.outcome",
                        demo->mark);
  int r = show(admin, "What became of their steps:", sql, out);
  free(sql);
  return r;
}

// The run with most to tell. The caller frees *ret_run_id; NULL = there is no run.
static int choose_run(const struct demo *demo, struct pg_admin *admin, char **ret_run_id) {
  static const char sql[] =
      "SELECT r.run_id FROM workflow.run r JOIN workflow.trigger t USING (trigger_id)"
      " WHERE t.correlation_id = $1"
      " ORDER BY EXISTS (SELECT FROM workflow.step s WHERE s.run_id = r.run_id AND s.outcome = 'no_answer') DESC,"
      "          EXISTS (SELECT FROM workflow.action a WHERE a.run_id = r.run_id AND a.attempt > 1) DESC,"
      "          r.last_seq DESC, r.run_id LIMIT 1";
  struct pg_rows *rows;
  int r = demo_query(demo, admin, sql, &rows);
  if (r < 0) return r;
  *ret_run_id = pg_rows_count(rows) ? xstrdup(pg_rows_value(rows, 0, 0)) : NULL;
  pg_rows_free(rows);
  return 0;
}

static int show_timeline(const struct demo *demo, struct pg_admin *admin, FILE *out) {
  char *run_id;
  int r = choose_run(demo, admin, &run_id);
  if (r != 0 || !run_id) return r;
  char *sql = xasprintf("SELECT seq, to_char(after, 'MI:SS.MS') AS after, type, step, attempt, reason_code, summary\n"
                        "  FROM workflow.timeline WHERE run_id = '%s' ORDER BY seq",
                        run_id);
  r = show(admin, "What happened to one lead, from the trigger to the end:", sql, out);
  free(sql);
  free(run_id);
  return r;
}

int report_print(const struct demo *demo, struct pg_admin *admin, FILE *out) {
  int r = show_status(admin, out);
  if (r == 0) r = show_steps(demo, admin, out);
  if (r == 0) r = show_timeline(demo, admin, out);
  return r;
}
