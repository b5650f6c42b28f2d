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
#include "ctl/stored_row.h"
#include "ctl/verb.h"

enum { PIECE_FIRST = 50, PIECE_MAX = 200, PIECE_BYTES = 8 << 20, LIMIT_MAX = 100000000, LONG_EVENTS = 20000 };

// About how many there are, found at one place of an index.
#define EVENTS "(SELECT e.seq FROM workflow.event e WHERE e.run_id = u.run_id ORDER BY e.seq DESC LIMIT 1) AS events"

// Newest first, whatever there is of a run. Each part is a short way along an index.
static const char IDS[] =
    "SELECT run_id, " EVENTS " FROM (\n"
    "  (SELECT run_id FROM workflow.run WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    "  UNION (SELECT DISTINCT run_id FROM workflow.event WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    "  UNION (SELECT DISTINCT run_id FROM workflow.step WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    "  UNION (SELECT DISTINCT run_id FROM workflow.action WHERE run_id < $2::uuid AND run_id >= $3::uuid ORDER BY run_id DESC LIMIT $4::int)\n"
    ") u WHERE $1::uuid[] IS NULL ORDER BY run_id DESC LIMIT $4::int";
static const char NAMED[] = "SELECT run_id, " EVENTS " FROM unnest($1::uuid[]) u (run_id)\n"
                            " WHERE run_id < $2::uuid AND run_id >= $3::uuid AND (EXISTS (SELECT FROM workflow.run x WHERE x.run_id = u.run_id)\n"
                            "    OR EXISTS (SELECT FROM workflow.event x WHERE x.run_id = u.run_id))\n"
                            " ORDER BY run_id DESC LIMIT $4::int";

static const char RUNS[] =
    "SELECT page.run_id, " STORED_IDENTITY("page.run_id") " AS identity,\n"
    "       json_build_object('run', CASE WHEN x.run_id IS NULL THEN '{}' ELSE json_build_object('', " STORED_RUN ") END,\n"
    "         'step', (SELECT coalesce(json_object_agg(x.step_no, " STORED_STEP "), '{}')\n"
    "           FROM workflow.step x WHERE x.run_id = page.run_id),\n"
    "         'action', (SELECT coalesce(json_object_agg(x.action_no, " STORED_ACTION "), '{}')\n"
    "           FROM workflow.action x WHERE x.run_id = page.run_id)) AS stored,\n"
    "       (SELECT coalesce(json_agg(" STORED_EVENT " ORDER BY x.seq), '[]')\n"
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
  history_long *visit_long;
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

static int read_long(struct reading *reading, const char *run_id) {
  int code = reading->visit_long(reading->context, run_id);
  if (code == EXIT_OK) snprintf(reading->last, UUID_TEXT_SIZE, "%s", run_id);
  return code;
}

// Behind the last run of the piece that begins at `from`: one that is long is read alone.
static size_t piece_end(const struct reading *reading, const struct pg_rows *ids, size_t from) {
  long long events = 0;
  size_t to = from;
  while (to < pg_rows_count(ids) && to - from < reading->piece) {
    events += rows_number(ids, to, "events");
    if (events > LONG_EVENTS && to > from) break;
    to++;
  }
  return to;
}

static int read_page(struct reading *reading, const struct pg_rows *ids) {
  size_t count = pg_rows_count(ids);
  int code = EXIT_OK;
  for (size_t from = 0; from < count && code == EXIT_OK;) {
    size_t to = piece_end(reading, ids, from);
    if (reading->visit_long && rows_number(ids, from, "events") > LONG_EVENTS)
      code = read_long(reading, rows_value(ids, from, "run_id"));
    else
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
  struct reading reading = {session, visit, context, ret_last, PIECE_FIRST, filter->visit_long};
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
