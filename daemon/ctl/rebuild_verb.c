// SPDX-License-Identifier: Apache-2.0
#include "ctl/rebuild_verb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/uuid.h"
#include "ctl/difference.h"
#include "ctl/fold.h"
#include "ctl/history.h"
#include "ctl/rows.h"
#include "ctl/verb.h"

enum { TRIES_MAX = 100, PROGRESS_EVERY = 10000 };

struct rebuilding {
  struct session *session;
  bool is_dry;
  size_t runs, rebuilt, damaged;
  size_t said; // differences
  bool moved;  // the run at hand went on while it was folded
};

static void progress(const struct rebuilding *rebuilding, const char *run_id) {
  if (rebuilding->runs % PROGRESS_EVERY || !isatty(STDERR_FILENO)) return;
  fprintf(stderr, "workflowctl rebuild: %zu runs, %zu rebuilt, at %s\n", rebuilding->runs, rebuilding->rebuilt, run_id);
}

// A batch of workflowd and this can wait for each other's rows: then PostgreSQL ends one, which
// is as good as moved.
static int write_run(struct rebuilding *rebuilding, const struct history *history, jv folded) {
  struct session *session = rebuilding->session;
  static const char sql[] = "SELECT workflow.rebuild_run($1::uuid, $2::int, $3::jsonb) AS done";
  char seen[16];
  snprintf(seen, sizeof seen, "%d", (int)history->run->last_seq);
  jv rows = jv_dump_string(jv_copy(folded), 0);
  const char *const parameters[] = {history->run_id, seen, jv_string_value(rows)};
  struct pg_rows *answer;
  int result = pg_admin_query(session->admin, sql, parameters, 3, &answer);
  jv_free(rows);
  if (result < 0) {
    const char *sqlstate = pg_admin_sqlstate(session->admin);
    rebuilding->moved = strcmp(sqlstate, "40P01") == 0 || strcmp(sqlstate, "40001") == 0;
    if (rebuilding->moved) return EXIT_OK;
    return session_say(session, EXIT_FAILED, "run %s: %s", history->run_id, pg_admin_error(session->admin));
  }
  rebuilding->moved = strcmp(rows_value(answer, 0, "done"), "t") != 0;
  pg_rows_free(answer);
  return EXIT_OK;
}

// What differs is said once it is written, so that a run that moved is not said twice.
static int rebuild_run(void *context, const struct history *history) {
  struct rebuilding *rebuilding = context;
  jv found = jv_array(), folded = jv_null();
  int code = EXIT_OK;
  rebuilding->moved = false;
  if (history->run) {
    folded = fold_rows(history->run);
    found = difference_add_rows(found, history->run_id, history->stored, folded);
  } else {
    found = difference_add_problem(found, history->run_id, jv_copy(history->problem));
    rebuilding->damaged++;
  }
  bool differs = history->run && jv_array_length(jv_copy(found)) > 0;
  if (differs && !rebuilding->is_dry) code = write_run(rebuilding, history, folded);
  if (!rebuilding->moved && code == EXIT_OK) {
    rebuilding->rebuilt += differs;
    difference_print_all(found, rebuilding->session->arguments->json, &rebuilding->said, stdout);
  }
  jv_free(found);
  jv_free(folded);
  return code;
}

static int visit(void *context, const struct history *history) {
  struct rebuilding *rebuilding = context;
  char last[UUID_TEXT_SIZE], ids[UUID_TEXT_SIZE + 3];
  snprintf(ids, sizeof ids, "{%s}", history->run_id);
  const struct history_filter again = {.ids = ids, .limit = 1};
  int code = rebuild_run(rebuilding, history);
  for (int tries = 0; rebuilding->moved && code == EXIT_OK && tries < TRIES_MAX; tries++)
    code = history_read(rebuilding->session, &again, rebuild_run, rebuilding, last);
  if (code == EXIT_OK && rebuilding->moved)
    return session_say(rebuilding->session, EXIT_FAILED, "run %s went on %d times while it was folded; try again later",
                       history->run_id, TRIES_MAX);
  rebuilding->runs++;
  progress(rebuilding, history->run_id);
  return code;
}

static void print_totals(const struct rebuilding *rebuilding) {
  if (rebuilding->session->arguments->json)
    printf("],\"runs\":%zu,\"%s\":%zu,\"damaged\":%zu}\n", rebuilding->runs,
           rebuilding->is_dry ? "differ" : "rebuilt", rebuilding->rebuilt, rebuilding->damaged);
  else
    printf("%zu runs, %zu %s, %zu damaged\n", rebuilding->runs, rebuilding->rebuilt,
           rebuilding->is_dry ? "to rebuild" : "rebuilt", rebuilding->damaged);
}

static int rebuild(const struct arguments *arguments, const struct history_options *options, bool is_dry) {
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct rebuilding rebuilding = {.session = &session, .is_dry = is_dry};
  struct history_filter filter = history_options_filter(options);
  char last[UUID_TEXT_SIZE];
  if (arguments->json) fputs("{\"differences\":[", stdout);
  code = history_read(&session, &filter, visit, &rebuilding, last);
  if (code == EXIT_OK || arguments->json) print_totals(&rebuilding); // one document, also when it ended early
  if (code == EXIT_OK) {
    if (rebuilding.damaged || (is_dry && rebuilding.rebuilt)) code = EXIT_BAD_NEWS;
    if (rebuilding.runs < options->named)
      code = session_say(&session, EXIT_NOT_FOUND, "%zu of %zu runs are not there", options->named - rebuilding.runs,
                         options->named);
  } else if (*last) {
    session_say(&session, code, "go on with --after %s", last);
  }
  session_close(&session);
  return code;
}

int rebuild_verb(int argc, char **argv) {
  struct history_options options = {.all = false};
  bool is_dry = false;
  const struct argument_row rows[] = {HISTORY_OPTIONS(&options), {"dry-run", .flag = &is_dry}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_STOP) return code;
  code = history_options_check(&arguments, &options);
  if (code == EXIT_OK) code = rebuild(&arguments, &options, is_dry);
  history_options_free(&options);
  return code;
}
