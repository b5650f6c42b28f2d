// SPDX-License-Identifier: Apache-2.0
#include "ctl/quarantine_verb.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/session.h"
#include "ctl/verb.h"
#include "dev/table.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 10000 };

static const char LIST[] =
    "SELECT quarantine_id, created_at, topic, partition, record_offset, state, reason_code, reason, tenant, event_id,\n"
    "       octet_length(value) AS bytes\n"
    "  FROM workflow.quarantined\n"
    " WHERE ($1::text IS NULL OR reason_code = $1)\n"
    "   AND ($2::text IS NULL OR tenant = $2)\n"
    "   AND ($3::text IS NULL OR state = $3)\n"
    "   AND ($4::text IS NULL OR event_id = $4)\n"
    "   AND ($5::bigint IS NULL OR quarantine_id < $5)\n"
    " ORDER BY quarantine_id DESC LIMIT $6::int";
// `escape` shows printable ASCII as it is and the rest in octal; base64 has every byte.
static const char SHOW[] =
    "SELECT q.quarantine_id, q.created_at, q.updated_at, q.state, q.topic, q.partition, q.record_offset, q.timestamp,\n"
    "       q.reason_code, q.reason, q.tenant, q.event_id, encode(q.key, 'escape') AS key,\n"
    "       (SELECT json_object_agg(h ->> 'name', encode(decode(h ->> 'value', 'hex'), 'escape'))\n"
    "          FROM jsonb_array_elements(q.headers) h) AS headers,\n"
    "       octet_length(q.value) AS bytes, encode(q.value, 'escape') AS value, encode(q.value, 'base64') AS "
    "value_base64\n"
    "  FROM workflow.quarantined q WHERE q.quarantine_id = $1::bigint";

static const char REPLAY[] = "SELECT workflow.replay_quarantine($1::bigint) AS home";

struct filters {
  const char *reason, *tenant, *state, *event, *after, *limit;
};

static bool check_state(const struct arguments *arguments, const char *state) {
  static const char *const words[] = {"quarantined", "replay_requested", "replayed"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!state || strcmp(state, words[i]) == 0) return true;
  arguments_wrong(arguments, "--state %s: expected quarantined, replay_requested or replayed", state);
  return false;
}

static int list(const struct arguments *arguments, const struct filters *filters) {
  long limit = LIMIT_DEFAULT, after = 0;
  if (!arguments_words(arguments, 1, 1, "list, or show NUMBER") || !check_state(arguments, filters->state) ||
      !arguments_number(arguments, "after", filters->after, 1, LONG_MAX, &after) ||
      !arguments_number(arguments, "limit", filters->limit, 1, LIMIT_MAX, &limit))
    return EXIT_USAGE;
  char count[24];
  snprintf(count, sizeof count, "%ld", limit);
  const char *parameters[] = {filters->reason, filters->tenant, filters->state, filters->event, filters->after, count};
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  code = session_print(&session, LIST, parameters, 6, NULL);
  session_close(&session);
  return code;
}

static void print_record(const struct pg_rows *rows) {
  for (size_t c = 0; c + 1 < pg_rows_columns(rows); c++) { // the last says the value again
    const char *value = pg_rows_value(rows, 0, c);
    if (!value) continue;
    printf("%-14s ", pg_rows_name(rows, c));
    table_put_text(value, stdout);
    putchar('\n');
  }
}

static int print_json(struct session *session, const char *number) {
  char *sql = xasprintf("SELECT row_to_json(q) FROM (%s) q", SHOW);
  struct pg_rows *rows;
  int code = session_query(session, sql, &number, 1, &rows);
  free(sql);
  if (code != EXIT_OK) return code;
  if (pg_rows_count(rows))
    puts(pg_rows_value(rows, 0, 0));
  else
    code = session_say(session, EXIT_NOT_FOUND, "no record %s is in quarantine", number);
  pg_rows_free(rows);
  return code;
}

static int print_text(struct session *session, const char *number) {
  struct pg_rows *rows;
  int code = session_query(session, SHOW, &number, 1, &rows);
  if (code != EXIT_OK) return code;
  if (pg_rows_count(rows))
    print_record(rows);
  else
    code = session_say(session, EXIT_NOT_FOUND, "no record %s is in quarantine", number);
  pg_rows_free(rows);
  return code;
}

static bool is_number(const struct arguments *arguments, const char *text) {
  if (strspn(text, "0123456789") == strlen(text) && *text && strlen(text) <= 18) return true;
  arguments_wrong(arguments, "\"%s\": expected the record's number", text);
  return false;
}

static void print_replayed(const char *number, const struct pg_rows *rows, bool json) {
  printf(json ? "{\"quarantine_id\": %s, \"home\": %s}" : "record %s will be taken again by the owner of home %s\n", number,
         pg_rows_value(rows, 0, 0));
}

static int replay(const struct arguments *arguments) {
  if (!arguments_words(arguments, 2, SIZE_MAX, "the record's number")) return EXIT_USAGE;
  for (size_t i = 1; i < arguments->word_count; i++)
    if (!is_number(arguments, arguments->words[i])) return EXIT_USAGE;
  return session_each(arguments, REPLAY, print_replayed);
}

static int show(const struct arguments *arguments) {
  if (!arguments_words(arguments, 2, 2, "the record's number")) return EXIT_USAGE;
  const char *number = arguments->words[1];
  if (!is_number(arguments, number)) return EXIT_USAGE;
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  code = arguments->json ? print_json(&session, number) : print_text(&session, number);
  session_close(&session);
  return code;
}

int quarantine_verb(int argc, char **argv) {
  struct filters filters = {0};
  const struct argument_row rows[] = {
      {"reason", .value = &filters.reason}, {"tenant", .value = &filters.tenant}, {"state", .value = &filters.state},
      {"event", .value = &filters.event},   {"after", .value = &filters.after},   {"limit", .value = &filters.limit},
  };
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_STOP) return code;
  const char *word = arguments.word_count ? arguments.words[0] : "";
  if (strcmp(word, "show") == 0) return show(&arguments);
  if (strcmp(word, "replay") == 0) return replay(&arguments);
  if (strcmp(word, "list") == 0) return list(&arguments, &filters);
  return arguments_wrong(&arguments, "expected list, show NUMBER, or replay NUMBER");
}
