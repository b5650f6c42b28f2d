// SPDX-License-Identifier: Apache-2.0
#include "ctl/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "ctl/fold.h"
#include "ctl/rows.h"
#include "ctl/verb.h"

enum { PIECE_FIRST = 50, PIECE_MAX = 200, PIECE_BYTES = 8 << 20, LIMIT_MAX = 100000000 };

// Newest first, whatever there is of a run. Each part is a short way along an index.
static const char IDS[] =
    "SELECT run_id FROM (\n"
    "  (SELECT run_id FROM workflow.run WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    "  UNION (SELECT DISTINCT run_id FROM workflow.event WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    "  UNION (SELECT DISTINCT run_id FROM workflow.step WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    "  UNION (SELECT DISTINCT run_id FROM workflow.action WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    ") u WHERE $1::uuid[] IS NULL ORDER BY run_id DESC LIMIT $4::int";
static const char NAMED[] = "SELECT run_id FROM unnest($1::uuid[]) u (run_id)\n"
                            " WHERE run_id < $2::uuid AND run_id >= $3::uuid AND (EXISTS (SELECT FROM workflow.run x WHERE x.run_id = u.run_id)\n"
                            "    OR EXISTS (SELECT FROM workflow.event x WHERE x.run_id = u.run_id))\n"
                            " ORDER BY run_id DESC LIMIT $4::int";

#define IS(column) "'" column "', x." column
#define AT(column)                                                                                                     \
  "'" column "', CASE WHEN isfinite(x." column ") THEN to_char(x." column                                              \
  " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') ELSE x." column "::text END"
#define FROM_TRIGGER(column) "'" column "', CASE WHEN t.trigger_id IS NULL THEN x." column " ELSE t." column " END"
#define FAULT IS("error_code") "," IS("error_summary") "," IS("error_detail_internal")

// What a run is folded from, and what the tables have. What is not in events is the trigger's.
static const char RUNS[] =
    "SELECT page.run_id, CASE WHEN t.trigger_id IS NOT NULL OR x.run_id IS NOT NULL THEN json_build_object('run_id', page.run_id,"
    FROM_TRIGGER("trigger_id") "," FROM_TRIGGER("definition_id") "," FROM_TRIGGER("workflow") ","
    FROM_TRIGGER("workflow_version") "," FROM_TRIGGER("tenant") ",'subject', t.subject, 'event_id', t.event_id,\n"
    "         'source_type', t.source_type, 'source_name', t.source_name, 'correlation_id', t.correlation_id,\n"
    "         'actor', t.actor, 'trigger_data', t.data, 'has_trigger', t.trigger_id IS NOT NULL) END AS identity,\n"
    "       json_build_object('run', CASE WHEN x.run_id IS NULL THEN '{}' ELSE json_build_object('', json_build_object("
    IS("trigger_id") "," IS("definition_id") "," IS("workflow") "," IS("workflow_version") "," IS("tenant") ","
    AT("created_at") "," AT("updated_at") "," AT("started_at") "," AT("last_executed_at") "," AT("next_wake_at") ","
    AT("next_retry_at") "," AT("ended_at") "," IS("last_seq") "," IS("current_step_no") "," IS("current_reference") ","
    IS("current_step_name") "," IS("retry_count") "," IS("max_retries") "," IS("error_count") "," IS("status") ","
    IS("waiting_for") "," IS("recipient_collection") "," IS("recipient_id") "," IS("reason_code") ","
    IS("reason_text") "," IS("skip_code") "," FAULT "," IS("input") "," IS("context") "," IS("output") ")) END,\n"
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
    IS("reference") "," IS("reason_code") "," IS("summary") "," IS("detail_internal") "," IS("data") ","
    "'at', CASE WHEN isfinite(x.occurred_at) THEN to_char(x.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') END)"
    " ORDER BY x.seq), '[]')\n"
    "          FROM workflow.event x WHERE x.run_id = page.run_id) AS events,\n"
    "       s.seq AS snapshot_seq, s.state AS snapshot\n"
    "  FROM unnest($1::uuid[]) page (run_id)\n"
    "  LEFT JOIN workflow.run x ON x.run_id = page.run_id\n"
    "  LEFT JOIN workflow.trigger t ON t.trigger_id = (left(page.run_id::text, 31) || '00000')::uuid\n"
    "  LEFT JOIN workflow.snapshot s ON s.run_id = page.run_id\n"
    " ORDER BY page.run_id DESC";

// ---- one run ------------------------------------------------------------------

static jv member(const struct pg_rows *rows, size_t row, const char *column) {
  const char *text = rows_value(rows, row, column);
  return text ? jv_parse(text) : jv_null();
}

static int visit_row(const struct pg_rows *rows, size_t row, history_visit *visit, void *context) {
  struct history history = {.run_id = rows_value(rows, row, "run_id"), .problem = jv_null()};
  jv identity = member(rows, row, "identity"), events = member(rows, row, "events");
  history.stored = member(rows, row, "stored");
  history.identity = identity;
  history.events = events;
  history.snapshot = rows_value(rows, row, "snapshot");
  if (history.snapshot) history.snapshot_seq = atoi(rows_value(rows, row, "snapshot_seq"));
  jv problem;
  if (fold_run(identity, events, &history.run, &problem) < 0) {
    history.run = NULL;
    history.problem = problem;
  }
  int code = visit(context, &history);
  wf_run_free(history.run);
  jv_free(history.problem);
  jv_free(history.stored);
  jv_free(identity);
  jv_free(events);
  return code;
}

// ---- pieces -------------------------------------------------------------------

struct reading {
  struct session *session;
  history_visit *visit;
  void *context;
  char *last;
  size_t piece; // runs of the next one
};

static void put_id(struct buf *ids, const char *id) { buf_printf(ids, "%c%s", ids->size ? ',' : '{', id); }

static size_t bytes_of(const struct pg_rows *rows) {
  size_t bytes = 0;
  for (size_t row = 0; row < pg_rows_count(rows); row++)
    bytes += strlen(rows_value(rows, row, "events")) + strlen(rows_value(rows, row, "stored"));
  return bytes;
}

static void adapt(struct reading *reading, size_t bytes) {
  if (bytes > PIECE_BYTES && reading->piece > 1) reading->piece /= 2;
  if (bytes < PIECE_BYTES / 4 && reading->piece < PIECE_MAX) reading->piece *= 2;
}

static int read_piece(struct reading *reading, const struct pg_rows *ids, size_t from, size_t to) {
  struct buf array = {0};
  for (size_t i = from; i < to; i++) put_id(&array, rows_value(ids, i, "run_id"));
  buf_puts(&array, "}");
  buf_put_u8(&array, '\0');
  const char *const parameters[] = {array.data};
  struct pg_rows *rows;
  int code = session_query(reading->session, RUNS, parameters, 1, &rows);
  buf_free(&array);
  if (code != EXIT_OK) return code;
  for (size_t row = 0; row < pg_rows_count(rows) && code == EXIT_OK; row++) {
    code = visit_row(rows, row, reading->visit, reading->context);
    if (code == EXIT_OK) snprintf(reading->last, UUID_TEXT_SIZE, "%s", rows_value(rows, row, "run_id"));
  }
  adapt(reading, bytes_of(rows));
  pg_rows_free(rows);
  return code;
}

static int read_page(struct reading *reading, const struct pg_rows *ids) {
  size_t count = pg_rows_count(ids);
  int code = EXIT_OK;
  for (size_t from = 0; from < count && code == EXIT_OK;) {
    size_t to = from + reading->piece < count ? from + reading->piece : count;
    code = read_piece(reading, ids, from, to);
    from = to;
  }
  return code;
}

static int since_id(struct session *session, const char *since, char ret_id[UUID_TEXT_SIZE]) {
  const char *const parameters[] = {since};
  struct pg_rows *rows;
  int code = session_query(session, "SELECT workflow.uuid_at($1::timestamptz - interval '7 days 1 minute') AS id", parameters, 1, &rows);
  if (code != EXIT_OK) return code;
  snprintf(ret_id, UUID_TEXT_SIZE, "%s", rows_value(rows, 0, "id"));
  pg_rows_free(rows);
  return EXIT_OK;
}

int history_read(struct session *session, const struct history_filter *filter, history_visit *visit, void *context,
                 char *ret_last) {
  char since[UUID_TEXT_SIZE] = "00000000-0000-0000-0000-000000000000", count[24];
  char before[UUID_TEXT_SIZE] = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  struct reading reading = {session, visit, context, ret_last, PIECE_FIRST};
  *ret_last = '\0';
  if (filter->after) snprintf(before, sizeof before, "%s", filter->after);
  int code = filter->since ? since_id(session, filter->since, since) : EXIT_OK;
  for (size_t left = filter->limit; left && code == EXIT_OK;) {
    size_t page = left < PIECE_MAX ? left : PIECE_MAX;
    snprintf(count, sizeof count, "%zu", page);
    const char *const parameters[] = {filter->ids, before, since, count};
    struct pg_rows *ids;
    code = session_query(session, filter->ids ? NAMED : IDS, parameters, 4, &ids);
    if (code != EXIT_OK) break;
    size_t got = pg_rows_count(ids);
    code = read_page(&reading, ids);
    if (got) snprintf(before, sizeof before, "%s", rows_value(ids, got - 1, "run_id"));
    pg_rows_free(ids);
    left -= got;
    if (got < page) break;
  }
  return code;
}

// ---- options ------------------------------------------------------------------

// Every word once: a repeated one must not look like a run that is not there.
static void put_ids(const struct arguments *arguments, struct history_options *options) {
  struct buf ids = {0};
  for (size_t i = 0; i < arguments->word_count; i++) {
    size_t first = 0;
    while (strcasecmp(arguments->words[first], arguments->words[i]) != 0) first++;
    if (first != i) continue;
    put_id(&ids, arguments->words[i]);
    options->named++;
  }
  buf_puts(&ids, "}");
  buf_put_u8(&ids, '\0');
  options->ids = ids.data;
}

int history_options_check(const struct arguments *arguments, struct history_options *options) {
  long limit = LIMIT_MAX;
  if (!arguments_number(arguments, "limit", options->limit_text, 1, LIMIT_MAX, &limit)) return EXIT_USAGE;
  if (!arguments_uuid(arguments, "--after", options->after)) return EXIT_USAGE;
  bool some = options->since || options->limit_text;
  if ((arguments->word_count > 0) + options->all + some != 1)
    return arguments_wrong(arguments, "expected run ids, --all, or --since TIME and --limit N or one of them");
  for (size_t i = 0; i < arguments->word_count; i++)
    if (!arguments_uuid(arguments, "run id", arguments->words[i])) return EXIT_USAGE;
  options->limit = options->limit_text ? (size_t)limit : SIZE_MAX;
  if (arguments->word_count) put_ids(arguments, options);
  return EXIT_OK;
}

void history_options_free(struct history_options *options) { free(options->ids); }

struct history_filter history_options_filter(const struct history_options *options) {
  return (struct history_filter){
      .ids = options->ids, .since = options->since, .after = options->after, .limit = options->limit};
}
