// SPDX-License-Identifier: Apache-2.0
#include "ctl/runs_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "base/xalloc.h"
#include "ctl/rows.h"
#include "ctl/session.h"
#include "ctl/verb.h"
#include "dev/table.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 10000 };

// A filter that is not given is NULL, and PostgreSQL plans without it. A recipient is an
// id, or collection/id: $4 is what stands behind the first slash. A status that few runs have
// is found by an index on coarser states, $10, and not among all runs.
static const char RUNS[] =
    "SELECT run_id, tenant, workflow || '@' || workflow_version AS workflow,\n"
    "       concat_ws('/', recipient_collection, recipient_id) AS recipient, status, waiting_for, next_wake_at,\n"
    "       current_step_name AS step, error_code, created_at, ended_at\n"
    "  FROM workflow.run\n"
    " WHERE ($1::text IS NULL OR status = $1 OR $1 = 'open' AND ended_at IS NULL)\n"
    "   AND ($10::text[] IS NULL OR state_key = ANY ($10))\n"
    "   AND ($2::text IS NULL OR workflow = $2 OR workflow || '@' || workflow_version = $2)\n"
    "   AND ($3::text IS NULL OR recipient_id IN ($3, $4)\n"
    "        AND $3 IN (recipient_id, recipient_collection || '/' || recipient_id))\n"
    "   AND ($5::text IS NULL OR tenant = $5)\n"
    "   AND ($6::uuid IS NULL OR run_id > $6 AND run_id <= $7::uuid)\n"
    "   AND ($8::uuid IS NULL OR run_id < $8)\n"
    " ORDER BY run_id DESC LIMIT $9::int";
enum { PARAMETER_COUNT = 10 };

struct filters {
  const char *status, *workflow, *recipient, *tenant, *trigger, *after, *limit;
};

// The words of --status, and the states (run.state_key) that runs of each can have.
static const struct {
  const char *word, *states;
} statuses[] = {{"open", "{q,qe,r,re,p,pe}"}, {"pending", "{q,qe}"},   {"running", "{r,re}"}, {"waiting", "{r,re,p,pe}"},
                {"suspended", "{p,pe}"},      {"cancelled", "{x,xe}"}, {"faulted", "{c,ce}"}, {"completed", "{c,ce}"}};
enum { STATUS_COUNT = sizeof statuses / sizeof *statuses };

// *ret_states is NULL for all.
static bool check_status(const struct arguments *arguments, const char *status, const char **ret_states) {
  const char *words[STATUS_COUNT];
  *ret_states = NULL;
  if (!status) return true;
  for (size_t i = 0; i < STATUS_COUNT; i++) {
    words[i] = statuses[i].word;
    if (strcmp(status, words[i]) != 0) continue;
    *ret_states = statuses[i].states;
    return true;
  }
  const char *near = text_near_miss(status, words, STATUS_COUNT);
  arguments_wrong(
      arguments,
      "--status %s: expected open, pending, running, waiting, suspended, cancelled, faulted or completed%s%s%s", status,
      near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
  return false;
}

static int print_json(struct session *session, const char *const *parameters) {
  char *sql = xasprintf("SELECT json_build_object('runs', coalesce(json_agg(row_to_json(q)), '[]'),"
                        " 'next', CASE WHEN count(*) = $9::int THEN min(q.run_id::text) END) FROM (%s) q",
                        RUNS);
  struct pg_rows *rows;
  int code = session_query(session, sql, parameters, PARAMETER_COUNT, &rows);
  free(sql);
  if (code != EXIT_OK) return code;
  puts(pg_rows_value(rows, 0, 0));
  pg_rows_free(rows);
  return EXIT_OK;
}

static int print_table(struct session *session, const char *const *parameters, size_t limit) {
  struct pg_rows *rows;
  int code = session_query(session, RUNS, parameters, PARAMETER_COUNT, &rows);
  if (code != EXIT_OK) return code;
  table_print(rows, stdout);
  size_t count = pg_rows_count(rows);
  if (count == limit) printf("next page: --after %s\n", rows_value(rows, count - 1, "run_id"));
  pg_rows_free(rows);
  return EXIT_OK;
}

static int runs(const struct arguments *arguments, const struct filters *filters) {
  long limit = LIMIT_DEFAULT;
  const char *states;
  if (!arguments_words(arguments, 0, 0, "") || !check_status(arguments, filters->status, &states) ||
      !arguments_uuid(arguments, "trigger id", filters->trigger) ||
      !arguments_uuid(arguments, "run id", filters->after) ||
      !arguments_number(arguments, "limit", filters->limit, 1, LIMIT_MAX, &limit))
    return EXIT_USAGE;
  char last[UUID_TEXT_SIZE], count[24];
  struct uuid trigger;
  if (filters->trigger && uuid_parse(filters->trigger, strlen(filters->trigger), &trigger) == 0) {
    struct uuid end = uuid_with_recipient(&trigger, UUID_RECIPIENT_MAX);
    uuid_format(&end, last);
  }
  snprintf(count, sizeof count, "%ld", limit);
  const char *slash = filters->recipient ? strchr(filters->recipient, '/') : NULL;
  const char *parameters[PARAMETER_COUNT] = {filters->status,
                                             filters->workflow,
                                             filters->recipient,
                                             slash ? slash + 1 : filters->recipient,
                                             filters->tenant,
                                             filters->trigger,
                                             filters->trigger ? last : NULL,
                                             filters->after,
                                             count,
                                             states};
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  code = arguments->json ? print_json(&session, parameters) : print_table(&session, parameters, (size_t)limit);
  session_close(&session);
  return code;
}

int runs_verb(int argc, char **argv) {
  struct filters filters = {0};
  const struct argument_row rows[] = {
      {"status", .value = &filters.status},       {"workflow", .value = &filters.workflow},
      {"recipient", .value = &filters.recipient}, {"tenant", .value = &filters.tenant},
      {"trigger", .value = &filters.trigger},     {"after", .value = &filters.after},
      {"limit", .value = &filters.limit},
  };
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_STOP) return code;
  return runs(&arguments, &filters);
}
