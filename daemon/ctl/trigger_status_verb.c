// SPDX-License-Identifier: Apache-2.0
#include "ctl/trigger_status_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "base/xalloc.h"
#include "ctl/trigger_report.h"
#include "ctl/verb.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 100000 };

// The triggers that a producer's id has started, as far as ids are remembered (setting
// dedupe.rotation): by the tables that find repeats, whose key is tenant, workflow and id.
static const char REMEMBERED[] =
    "SELECT array_agg(f.trigger_id) AS ids\n"
    "  FROM (SELECT array_agg(n.tenant) AS tenants, array_agg(d.workflow) AS workflows, array_agg($1::text) AS ids\n"
    "          FROM (SELECT DISTINCT namespace || '/' || name AS workflow FROM workflow.definition) d\n"
    "         CROSS JOIN (SELECT $2::text AS tenant UNION SELECT r.tenant FROM workflow.reader_tenant r WHERE $2::text IS NULL) n) k\n"
    " CROSS JOIN LATERAL workflow.find_claims(k.tenants, k.workflows, k.ids) f";

// A producer's id may look like one of ours: ours is tried first. *ret_ids is the caller's.
static int choose(struct session *session, const char *id, struct trigger_choice *choice,
                  struct trigger_summary *summary, char **ret_ids) {
  struct uuid uuid;
  if (uuid_parse(id, strlen(id), &uuid) == 0) {
    choice->trigger_ids = *ret_ids = xasprintf("{%s}", id);
    int code = trigger_report_look(session, choice, summary);
    if (code != EXIT_OK || summary->triggers || summary->duplicates) return code;
    free(*ret_ids);
    choice->trigger_ids = *ret_ids = NULL;
  }
  const char *const parameters[] = {id, choice->tenant};
  struct pg_rows *rows;
  int code = session_query(session, REMEMBERED, parameters, 2, &rows);
  if (code != EXIT_OK) return code;
  const char *ids = pg_rows_value(rows, 0, 0);
  if (ids) choice->trigger_ids = *ret_ids = xstrdup(ids);
  pg_rows_free(rows);
  choice->event_id = id;
  return trigger_report_look(session, choice, summary);
}

static int trigger_status(const struct arguments *arguments, const char *tenant, long limit) {
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct trigger_choice choice = {.tenant = tenant};
  struct trigger_summary summary;
  char *ids = NULL;
  code = choose(&session, arguments->words[0], &choice, &summary, &ids);
  if (code == EXIT_OK) code = trigger_report_print(&session, &choice, limit, "{");
  if (code == EXIT_OK && arguments->json) puts("}");
  if (code == EXIT_OK && !summary.triggers && !summary.duplicates)
    code = summary.quarantined
               ? EXIT_BAD_NEWS
               : session_say(&session, EXIT_NOT_FOUND,
                             "nothing of trigger \"%s\"%s%s%s: not read yet, matched no workflow, or gone by retention%s",
                             arguments->words[0], tenant ? " of tenant \"" : "", tenant ? tenant : "", tenant ? "\"" : "",
                             tenant ? "; without --tenant all are looked through" : "");
  free(ids);
  session_close(&session);
  return code;
}

int trigger_status_verb(int argc, char **argv) {
  const char *tenant = NULL, *limit_text = NULL;
  const struct argument_row rows[] = {{"tenant", .value = &tenant}, {"limit", .value = &limit_text}};
  struct arguments arguments;
  long limit = LIMIT_DEFAULT;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 2, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 1, 1, "the id of a trigger event") ||
      !arguments_number(&arguments, "limit", limit_text, 0, LIMIT_MAX, &limit))
    return EXIT_USAGE;
  return trigger_status(&arguments, tenant, limit);
}
