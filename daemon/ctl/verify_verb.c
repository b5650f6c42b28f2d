// SPDX-License-Identifier: Apache-2.0
#include "ctl/verify_verb.h"

#include <stdio.h>
#include <strings.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "ctl/difference.h"
#include "ctl/fold.h"
#include "ctl/rows.h"
#include "ctl/session.h"
#include "ctl/verb.h"

enum { PAGE = 200, LIMIT_MAX = 100000000 };

#define IS(column) "'" column "', x." column
#define AT(column) "'" column "', (extract(epoch FROM x." column ") * 1000000)::bigint"
#define FAULT IS("error_code") "," IS("error_summary") "," IS("error_detail_internal")

// The newest first. What a run is folded from, and what the tables have, in the form of
// ctl/fold.h.
static const char RUNS[] =
    "SELECT x.run_id, json_build_object(" IS("run_id") "," IS("trigger_id") "," IS("definition_id") "," IS("workflow")
    "," IS("workflow_version") "," IS("tenant") ",'subject', t.subject, 'event_id', t.event_id,\n"
    "         'source_type', t.source_type, 'source_name', t.source_name, 'correlation_id', t.correlation_id,\n"
    "         'actor', t.actor, 'trigger_data', t.data) AS identity,\n"
    "       json_build_object('run', json_build_object('', json_build_object("
    AT("created_at") "," AT("updated_at") "," AT("started_at") "," AT("last_executed_at") "," AT("next_wake_at") ","
    AT("next_retry_at") "," AT("ended_at") "," IS("last_seq") "," IS("current_step_no") "," IS("current_reference") ","
    IS("current_step_name") "," IS("retry_count") "," IS("max_retries") "," IS("error_count") "," IS("status") ","
    IS("waiting_for") "," IS("recipient_collection") "," IS("recipient_id") "," IS("reason_code") ","
    IS("reason_text") "," IS("skip_code") "," FAULT "," IS("input") "," IS("context") "," IS("output") ")),\n"
    "         'step', (SELECT coalesce(json_object_agg(x.step_no, json_build_object("
    IS("parent_step_no") "," AT("scheduled_at") "," AT("started_at") "," AT("due_at") "," AT("ended_at") ","
    AT("next_retry_at") "," AT("updated_at") "," IS("visit") "," IS("attempt") "," IS("max_attempts") ","
    IS("retry_count") "," IS("status") "," IS("reference") "," IS("name") "," IS("kind") "," IS("title") ","
    IS("outcome") "," IS("external_reference") "," IS("skip_code") "," FAULT "," IS("input") "," IS("output")
    ")), '{}')\n"
    "           FROM workflow.step x WHERE x.run_id = page.run_id),\n"
    "         'action', (SELECT coalesce(json_object_agg(x.action_no, json_build_object("
    IS("step_no") "," AT("requested_at") "," AT("deadline_at") "," AT("ended_at") "," AT("next_retry_at") ","
    AT("updated_at") "," IS("attempt") "," IS("max_attempts") "," IS("timer_no") "," IS("status") ","
    IS("function") "," IS("outcome") "," IS("external_reference") "," IS("summary") "," FAULT "," IS("input") ","
    IS("output") ")), '{}')\n"
    "           FROM workflow.action x WHERE x.run_id = page.run_id)) AS stored,\n"
    "       (SELECT coalesce(json_agg(json_build_object("
    IS("seq") "," IS("step_no") "," IS("action_no") "," IS("attempt") "," IS("type") "," IS("level") ","
    IS("reference") "," IS("reason_code") "," IS("summary") "," IS("detail_internal") "," IS("data") ",\n"
    "           'at', (extract(epoch FROM x.occurred_at) * 1000000)::bigint) ORDER BY x.seq), '[]')\n"
    "          FROM workflow.event x WHERE x.run_id = page.run_id) AS events\n"
    "  FROM (SELECT run_id FROM workflow.run\n"
    "         WHERE ($1::uuid[] IS NULL OR run_id = ANY ($1)) AND ($2::uuid IS NULL OR run_id < $2)\n"
    "         ORDER BY run_id DESC LIMIT $3::int) page\n"
    "  JOIN workflow.run x ON x.run_id = page.run_id\n"
    "  LEFT JOIN workflow.trigger t ON t.trigger_id = x.trigger_id\n"
    " ORDER BY x.run_id DESC";

struct totals {
  size_t runs, differ;
  jv differences; // of --json
};

static void check_run(const struct arguments *arguments, const struct pg_rows *rows, size_t row,
                      struct totals *totals) {
  const char *run_id = rows_value(rows, row, "run_id");
  jv identity = jv_parse(rows_value(rows, row, "identity"));
  jv events = jv_parse(rows_value(rows, row, "events"));
  jv found = jv_array(), problem;
  struct wf_run *run;
  if (fold_run(identity, events, &run, &problem) < 0) {
    found = difference_add_problem(found, run_id, problem);
  } else {
    jv stored = jv_parse(rows_value(rows, row, "stored")), folded = fold_rows(run);
    found = difference_add_rows(found, run_id, stored, folded);
    jv_free(stored);
    jv_free(folded);
    wf_run_free(run);
  }
  int count = jv_array_length(jv_copy(found));
  totals->runs++;
  if (count > 0) totals->differ++;
  for (int i = 0; i < count && !arguments->json; i++) {
    jv one = jv_array_get(jv_copy(found), i);
    difference_print(one, stdout);
    jv_free(one);
  }
  totals->differences = arguments->json ? jv_array_concat(totals->differences, jv_copy(found)) : totals->differences;
  jv_free(found);
  jv_free(identity);
  jv_free(events);
}

// `ids` is an array of run ids as PostgreSQL reads one, NULL = all; `limit` is how many at most.
static int check_runs(struct session *session, const char *ids, size_t limit, struct totals *totals) {
  char after[UUID_TEXT_SIZE] = "", count[24];
  for (;;) {
    size_t left = limit - totals->runs, page = left < PAGE ? left : PAGE;
    snprintf(count, sizeof count, "%zu", page);
    const char *const parameters[] = {ids, *after ? after : NULL, count};
    struct pg_rows *rows;
    int code = session_query(session, RUNS, parameters, 3, &rows);
    if (code != EXIT_OK) return code;
    size_t got = pg_rows_count(rows);
    for (size_t row = 0; row < got; row++) check_run(session->arguments, rows, row, totals);
    if (got) snprintf(after, sizeof after, "%s", rows_value(rows, got - 1, "run_id"));
    pg_rows_free(rows);
    if (got < page || totals->runs == limit) return EXIT_OK;
  }
}

static void print_totals(const struct arguments *arguments, const struct totals *totals) {
  if (!arguments->json) {
    printf("%zu runs, %zu differ\n", totals->runs, totals->differ);
    return;
  }
  jv said = jv_object_set(jv_object(), jv_string("runs"), jv_number((double)totals->runs));
  said = jv_object_set(said, jv_string("differ"), jv_number((double)totals->differ));
  said = jv_object_set(said, jv_string("differences"), jv_copy(totals->differences));
  jv text = jv_dump_string(said, 0);
  puts(jv_string_value(text));
  jv_free(text);
}

// Every word once: a repeated one must not look like a run that is not there.
static void put_ids(const struct arguments *arguments, struct buf *ids, size_t *ret_count) {
  size_t count = 0;
  for (size_t i = 0; i < arguments->word_count; i++) {
    size_t first = 0;
    while (strcasecmp(arguments->words[first], arguments->words[i]) != 0) first++;
    if (first == i) buf_printf(ids, "%c%s", count++ ? ',' : '{', arguments->words[i]);
  }
  buf_puts(ids, "}");
  buf_put_u8(ids, '\0');
  *ret_count = count;
}

static int verify(const struct arguments *arguments, size_t limit) {
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct totals totals = {.differences = jv_array()};
  size_t named = 0;
  struct buf ids = {0};
  if (arguments->word_count) put_ids(arguments, &ids, &named);
  code = check_runs(&session, ids.data, limit, &totals);
  buf_free(&ids);
  if (code == EXIT_OK) {
    print_totals(arguments, &totals);
    if (totals.differ > 0) code = EXIT_BAD_NEWS;
    if (totals.runs < named)
      code = session_say(&session, EXIT_NOT_FOUND, "%zu of %zu runs are not there", named - totals.runs, named);
  }
  jv_free(totals.differences);
  session_close(&session);
  return code;
}

int verify_verb(int argc, char **argv) {
  bool all = false;
  const char *limit_text = NULL;
  const struct argument_row rows[] = {{"all", .flag = &all}, {"limit", .value = &limit_text}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 2, &arguments, &code) == ARGUMENTS_STOP) return code;
  long limit = LIMIT_MAX;
  if (!arguments_number(&arguments, "limit", limit_text, 1, LIMIT_MAX, &limit)) return EXIT_USAGE;
  if ((arguments.word_count > 0) + all + (limit_text != NULL) != 1)
    return arguments_wrong(&arguments, "expected run ids, --all or --limit N");
  for (size_t i = 0; i < arguments.word_count; i++)
    if (!arguments_uuid(&arguments, "run id", arguments.words[i])) return EXIT_USAGE;
  return verify(&arguments, all || arguments.word_count ? SIZE_MAX : (size_t)limit);
}
