// SPDX-License-Identifier: Apache-2.0
#include "ctl/workflows_verb.h"

#include <jv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/session.h"
#include "ctl/verb.h"

static const char LIST[] =
    "SELECT d.namespace || '/' || d.name AS workflow, d.version, d.state, coalesce(r.open_runs, 0) AS open_runs,\n"
    "       d.created_at AS published_at, d.updated_at, s.schedule, s.next_slot_at, s.skipped_slots_7d\n"
    "  FROM workflow.definition d\n"
    "  LEFT JOIN (SELECT definition_id, count(*) AS open_runs FROM workflow.runs WHERE ended_at IS NULL GROUP BY "
    "definition_id) r\n"
    "    ON r.definition_id = d.definition_id\n"
    "  LEFT JOIN workflow.schedules s ON s.workflow = d.namespace || '/' || d.name AND d.state = 'active'\n"
    " WHERE $1::text IS NULL OR d.namespace || '/' || d.name = $1 OR d.name = $1\n"
    " ORDER BY d.namespace, d.name, d.definition_id";
static const char FIND[] =
    "SELECT state, document FROM workflow.definition WHERE namespace = $1 AND name = $2 AND version = $3";
static const char ACTIVATE[] = "SELECT workflow.apply_definition(namespace, name, version, document)\n"
                               "  FROM workflow.definition WHERE namespace = $1 AND name = $2 AND version = $3";
static const char DEACTIVATE[] = "SELECT workflow.deactivate_definition($1, $2, $3)";

enum what { SHOW, SET_ACTIVE, SET_INACTIVE };

static int print_document(const struct session *session, const char *document) {
  if (!session->arguments->json) {
    fputs(document, stdout);
    return EXIT_OK;
  }
  jv_dump(jv_string(document), 0);
  putchar('\n');
  return EXIT_OK;
}

static int change(struct session *session, enum what what, const char *name, const char *const *parameters,
                  bool is_active) {
  bool wanted = what == SET_ACTIVE;
  if (wanted != is_active) {
    struct pg_rows *rows;
    int code = session_query(session, wanted ? ACTIVATE : DEACTIVATE, parameters, 3, &rows);
    if (code != EXIT_OK) return code;
    pg_rows_free(rows);
  }
  const char *state = wanted ? "active" : "inactive";
  if (session->arguments->json)
    printf("{\"state\": \"%s\", \"changed\": %s}\n", state, wanted != is_active ? "true" : "false");
  else
    printf("%s is %s%s\n", name, wanted == is_active ? "already " : "", state);
  return EXIT_OK;
}

static int one(struct session *session, enum what what, const char *name, const char *const *parameters) {
  struct pg_rows *rows;
  int code = session_query(session, FIND, parameters, 3, &rows);
  if (code != EXIT_OK) return code;
  if (pg_rows_count(rows) == 0)
    code = session_say(session, EXIT_NOT_FOUND, "no workflow %s; workflowctl workflows lists them", name);
  else if (what == SHOW)
    code = print_document(session, pg_rows_value(rows, 0, 1));
  else
    code = change(session, what, name, parameters, strcmp(pg_rows_value(rows, 0, 0), "active") == 0);
  pg_rows_free(rows);
  return code;
}

// Cuts namespace/name@version in place. False when it is none.
static bool cut(char *text, const char **parts) {
  char *slash = strchr(text, '/'), *at = slash ? strchr(slash, '@') : NULL;
  if (!at || slash == text || at == slash + 1 || !at[1]) return false;
  *slash = *at = '\0';
  parts[0] = text;
  parts[1] = slash + 1;
  parts[2] = at + 1;
  return true;
}

static int on_version(const struct arguments *arguments, enum what what) {
  if (!arguments_words(arguments, 2, 2, "NAMESPACE/NAME@VERSION")) return EXIT_USAGE;
  char *text = xstrdup(arguments->words[1]);
  const char *parts[3];
  struct session session;
  int code;
  if (!cut(text, parts))
    code = arguments_wrong(arguments, "\"%s\": expected NAMESPACE/NAME@VERSION", arguments->words[1]);
  else
    code = session_open(arguments, &session);
  if (code == EXIT_OK) {
    code = one(&session, what, arguments->words[1], parts);
    session_close(&session);
  }
  free(text);
  return code;
}

static int list(const struct arguments *arguments) {
  if (!arguments_words(arguments, 0, 1, "NAME; or activate, deactivate or document, and NAMESPACE/NAME@VERSION"))
    return EXIT_USAGE;
  const char *name = arguments->word_count ? arguments->words[0] : NULL;
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  size_t count;
  code = session_print(&session, LIST, &name, 1, &count);
  if (code == EXIT_OK && name && count == 0) code = session_say(&session, EXIT_NOT_FOUND, "no workflow \"%s\"", name);
  session_close(&session);
  return code;
}

int workflows_verb(int argc, char **argv) {
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, NULL, 0, &arguments, &code) == ARGUMENTS_STOP) return code;
  const char *word = arguments.word_count ? arguments.words[0] : "";
  if (strcmp(word, "activate") == 0) return on_version(&arguments, SET_ACTIVE);
  if (strcmp(word, "deactivate") == 0) return on_version(&arguments, SET_INACTIVE);
  if (strcmp(word, "document") == 0) return on_version(&arguments, SHOW);
  return list(&arguments);
}
