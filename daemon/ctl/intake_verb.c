// SPDX-License-Identifier: Apache-2.0
#include "ctl/intake_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/rows.h"
#include "ctl/session.h"
#include "ctl/verb.h"

static const char CHANGE[] = "SELECT CASE WHEN $1::bool THEN workflow.pause_intake($2) ELSE workflow.resume_intake($2) END AS changed";
static const char STATE[] =
    "SELECT $1::bool AS changed, i.is_paused AS paused, i.changed_at AS since, i.changed_by AS by, i.reason FROM workflow.intake i";

static int print_state(struct session *session, const char *changed) {
  const char *const parameters[] = {changed};
  if (session->arguments->json) {
    char *json;
    int code = session_json(session, STATE, parameters, 1, &json, NULL);
    if (code != EXIT_OK) return code;
    printf("%.*s\n", (int)strlen(json) - 2, json + 1); // the one element of an array
    free(json);
    return EXIT_OK;
  }
  struct pg_rows *rows;
  int code = session_query(session, STATE, parameters, 1, &rows);
  if (code != EXIT_OK) return code;
  const char *since = rows_value(rows, 0, "since"), *reason = rows_value(rows, 0, "reason");
  bool is_paused = strcmp(rows_value(rows, 0, "paused"), "t") == 0;
  printf("intake is %s%s", *changed == 't' ? "" : "already ", is_paused ? "paused" : "open");
  if (since) printf(" since %s by %s%s%s", since, rows_value(rows, 0, "by"), reason ? ": " : "", reason ? reason : "");
  putchar('\n');
  pg_rows_free(rows);
  return EXIT_OK;
}

int intake_verb(int argc, char **argv) {
  const char *reason = NULL;
  const struct argument_row options[] = {{"reason", .value = &reason}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, options, 1, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 0, 0, "")) return EXIT_USAGE;
  struct session session;
  code = session_open(&arguments, &session);
  if (code != EXIT_OK) return code;
  const char *const parameters[] = {strcmp(arguments.verb, "pause-intake") == 0 ? "true" : "false", reason};
  struct pg_rows *rows;
  code = session_query(&session, CHANGE, parameters, 2, &rows);
  if (code == EXIT_OK) {
    code = print_state(&session, rows_value(rows, 0, "changed"));
    pg_rows_free(rows);
  }
  session_close(&session);
  return code;
}
