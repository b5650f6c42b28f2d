// SPDX-License-Identifier: Apache-2.0
#include "ctl/trigger_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/rows.h"
#include "ctl/verb.h"
#include "dev/table.h"

// $1 trigger ids, $2 event id, $3 tenant, $4 topic, $5 partition, $6 offset, $7 instant.
#define CHOICE                                                                                                         \
  "($1::uuid[] IS NULL OR t.trigger_id = ANY ($1)) AND ($2::text IS NULL OR t.event_id = $2)\n"                                \
  "   AND ($3::text IS NULL OR t.tenant = $3)\n"                                                                       \
  "   AND ($4::text IS NULL OR t.topic = $4 AND t.partition = $5::int AND t.record_offset = $6::bigint\n"              \
  "        AND t.trigger_id >= workflow.uuid_at($7::timestamptz - interval '7 days 1 minute'))"

static const char TRIGGERS[] =
    "SELECT t.trigger_id, t.event_id, t.tenant, t.workflow || '@' || t.workflow_version AS workflow, t.received_at,\n"
    "       t.recipient_count AS recipients, r.*\n"
    "  FROM workflow.triggers t\n"
    // A trigger's runs are the keys right behind its own: 20 bits, five digits.
    " CROSS JOIN LATERAL (\n"
    "   SELECT count(*) AS runs, count(*) FILTER (WHERE r.ended_at IS NULL) AS open,\n"
    "          count(*) FILTER (WHERE r.status = 'completed') AS completed,\n"
    "          count(*) FILTER (WHERE r.status = 'faulted') AS faulted,\n"
    "          count(*) FILTER (WHERE r.status = 'cancelled') AS cancelled\n"
    "     FROM workflow.runs r\n"
    "    WHERE r.run_id > t.trigger_id AND r.run_id <= (left(t.trigger_id::text, 31) || 'fffff')::uuid) r\n"
    " WHERE " CHOICE "\n ORDER BY t.trigger_id";

static const char RUNS[] =
    "SELECT r.run_id, r.workflow || '@' || r.workflow_version AS workflow,\n"
    "       concat_ws('/', r.recipient_collection, r.recipient_id) AS recipient, r.status, r.waiting_for, "
    "r.next_wake_at,\n"
    "       r.current_step_name AS step, r.error_summary, r.ended_at\n"
    "  FROM workflow.triggers t JOIN workflow.runs r\n"
    "    ON r.run_id > t.trigger_id AND r.run_id <= (left(t.trigger_id::text, 31) || 'fffff')::uuid\n"
    " WHERE " CHOICE "\n ORDER BY r.run_id LIMIT $8::int";

static const char DUPLICATES[] =
    "SELECT d.received_at, d.event_id, d.first_trigger_id, d.tenant, d.workflow, d.topic, d.partition, "
    "d.record_offset\n"
    "  FROM workflow.duplicate d\n"
    " WHERE ($1::uuid[] IS NULL OR d.first_trigger_id = ANY ($1)) AND ($2::text IS NULL OR d.event_id = $2)\n"
    "   AND ($3::text IS NULL OR d.tenant = $3)\n"
    "   AND ($4::text IS NULL OR d.topic = $4 AND d.partition = $5::int AND d.record_offset = $6::bigint\n"
    "        AND d.received_at >= $7::timestamptz)\n"
    " ORDER BY d.duplicate_id";

static const char QUARANTINE[] =
    "SELECT q.quarantine_id, q.created_at, q.state, q.reason_code, q.reason, q.topic, q.partition, q.record_offset\n"
    "  FROM workflow.quarantine q\n"
    " WHERE ($1::uuid[] IS NULL OR $2::text IS NOT NULL) AND ($2::text IS NULL OR q.event_id = $2) AND ($3::text IS NULL OR q.tenant = $3)\n"
    "   AND ($4::text IS NULL OR q.topic = $4 AND q.partition = $5::int AND q.record_offset = $6::bigint\n"
    "        AND q.created_at >= $7::timestamptz)\n"
    " ORDER BY q.quarantine_id";

static const char READ[] = "SELECT b.next_offset > $3::bigint AS is_read\n"
                           "  FROM workflow.home h\n"
                           " CROSS JOIN LATERAL (SELECT next_offset FROM workflow.batch b WHERE b.home = h.home ORDER "
                           "BY b.batch_no DESC LIMIT 1) b\n"
                           " WHERE h.topic = $1 AND h.partition = $2::int";

static const struct part {
  const char *name, *title, *sql;
} PARTS[] = {{"triggers", "Triggers", TRIGGERS},
             {"runs", "Runs", RUNS},
             {"duplicates", "Repeats, which start nothing: the first trigger is the one that counts", DUPLICATES},
             {"quarantine", "In quarantine", QUARANTINE}};
enum { PART_COUNT = sizeof PARTS / sizeof *PARTS, PARAMETER_MAX = 8 };

struct parameters {
  const char *values[PARAMETER_MAX];
  char partition[16], offset[24], limit[24];
};

static void fill(const struct trigger_choice *choice, long limit, struct parameters *out) {
  snprintf(out->partition, sizeof out->partition, "%d", (int)choice->place.partition);
  snprintf(out->offset, sizeof out->offset, "%lld", (long long)choice->place.offset);
  snprintf(out->limit, sizeof out->limit, "%ld", limit);
  const char *values[PARAMETER_MAX] = {choice->trigger_ids, choice->event_id, choice->tenant, choice->topic,
                                       out->partition,     out->offset,      choice->since,  out->limit};
  memcpy(out->values, values, sizeof values);
}

// A statement may use fewer parameters than there are, but must name each it is given.
static size_t count_of(const char *sql) {
  size_t count = 0;
  for (const char *c = sql; (c = strchr(c, '$')) != NULL; c++) {
    size_t number = (size_t)(c[1] - '0');
    if (number > count) count = number;
  }
  return count;
}

static int run(struct session *session, const char *sql, const struct parameters *parameters,
               struct pg_rows **ret_rows) {
  return session_query(session, sql, parameters->values, count_of(sql), ret_rows);
}

static int look_triggers(struct session *session, const struct parameters *parameters,
                         struct trigger_summary *summary) {
  struct pg_rows *rows;
  int code = run(session, TRIGGERS, parameters, &rows);
  if (code != EXIT_OK) return code;
  summary->triggers = pg_rows_count(rows);
  for (size_t i = 0; i < summary->triggers; i++) {
    long long expected = rows_number(rows, i, "recipients"), runs = rows_number(rows, i, "runs");
    if (expected < 1) expected = 1; // without a recipient there is one run all the same
    if (expected > runs) summary->runs_missing += (size_t)(expected - runs);
    summary->open += (size_t)rows_number(rows, i, "open");
    summary->bad += (size_t)(rows_number(rows, i, "faulted") + rows_number(rows, i, "cancelled"));
  }
  pg_rows_free(rows);
  return EXIT_OK;
}

static int look_count(struct session *session, const char *sql, const struct parameters *parameters,
                      size_t *ret_count) {
  struct pg_rows *rows;
  int code = run(session, sql, parameters, &rows);
  if (code != EXIT_OK) return code;
  *ret_count = pg_rows_count(rows);
  pg_rows_free(rows);
  return EXIT_OK;
}

static int look_read(struct session *session, const struct trigger_choice *choice, bool *ret_read) {
  char partition[16], offset[24];
  snprintf(partition, sizeof partition, "%d", (int)choice->place.partition);
  snprintf(offset, sizeof offset, "%lld", (long long)choice->place.offset);
  const char *values[] = {choice->topic, partition, offset};
  struct pg_rows *rows;
  int code = session_query(session, READ, values, 3, &rows);
  if (code != EXIT_OK) return code;
  const char *value = pg_rows_count(rows) ? pg_rows_value(rows, 0, 0) : NULL;
  *ret_read = value && *value == 't';
  pg_rows_free(rows);
  return EXIT_OK;
}

int trigger_report_look(struct session *session, const struct trigger_choice *choice,
                        struct trigger_summary *ret_summary) {
  struct trigger_summary summary = {0};
  struct parameters parameters;
  fill(choice, 1, &parameters);
  // Whether it is read comes first: what follows then shows all of its commit.
  int code = choice->topic ? look_read(session, choice, &summary.is_read) : EXIT_OK;
  if (code == EXIT_OK) code = look_triggers(session, &parameters, &summary);
  if (code == EXIT_OK) code = look_count(session, DUPLICATES, &parameters, &summary.duplicates);
  if (code == EXIT_OK) code = look_count(session, QUARANTINE, &parameters, &summary.quarantined);
  if (code == EXIT_OK) *ret_summary = summary;
  return code;
}

static int print_part(struct session *session, const struct part *part, const struct parameters *parameters) {
  struct pg_rows *rows;
  int code = run(session, part->sql, parameters, &rows);
  if (code != EXIT_OK) return code;
  if (pg_rows_count(rows)) {
    printf("%s:\n", part->title);
    table_print(rows, stdout);
  }
  pg_rows_free(rows);
  return EXIT_OK;
}

int trigger_report_print(struct session *session, const struct trigger_choice *choice, long run_limit,
                         const char *lead) {
  struct parameters parameters;
  fill(choice, run_limit, &parameters);
  char *texts[PART_COUNT] = {NULL};
  bool json = session->arguments->json;
  int code = EXIT_OK;
  for (size_t i = 0; i < PART_COUNT && code == EXIT_OK; i++) {
    const char *sql = PARTS[i].sql;
    code = json ? session_json(session, sql, parameters.values, count_of(sql), &texts[i], NULL)
                : print_part(session, &PARTS[i], &parameters);
  }
  for (size_t i = 0; i < PART_COUNT; i++) {
    if (json && code == EXIT_OK) printf("%s\"%s\": %s", i ? ", " : lead, PARTS[i].name, texts[i]);
    free(texts[i]);
  }
  return code;
}
