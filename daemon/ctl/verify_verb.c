// SPDX-License-Identifier: Apache-2.0
#include "ctl/verify_verb.h"

#include <stdio.h>

#include "base/uuid.h"
#include "ctl/difference.h"
#include "ctl/fold.h"
#include "ctl/history.h"
#include "ctl/long_run.h"
#include "ctl/snapshot_check.h"
#include "ctl/verb.h"

struct totals {
  const struct arguments *arguments;
  struct session *session;
  bool differs; // the long run at hand
  size_t runs, differ;
  size_t said; // differences
};

static int check(void *context, const struct history *history) {
  struct totals *totals = context;
  jv found = jv_array();
  if (history->run) {
    jv folded = fold_rows(history->run);
    found = difference_add_rows(found, history->run_id, history->stored, folded);
    jv_free(folded);
    found = snapshot_check(found, history);
  } else {
    found = difference_add_problem(found, history->run_id, jv_copy(history->problem));
  }
  totals->runs++;
  totals->differ += jv_array_length(jv_copy(found)) > 0;
  difference_print_all(found, totals->arguments->json, &totals->said, stdout);
  jv_free(found);
  return EXIT_OK;
}

static void check_piece(void *context, jv differences) {
  struct totals *totals = context;
  totals->differs = true;
  difference_print_all(differences, totals->arguments->json, &totals->said, stdout);
  jv_free(differences);
}

static int check_long(void *context, const char *run_id) {
  struct totals *totals = context;
  totals->differs = false;
  int code = long_run_check(totals->session, run_id, check_piece, totals);
  if (code != EXIT_OK) return code;
  totals->runs++;
  totals->differ += totals->differs;
  return EXIT_OK;
}

static int verify(const struct arguments *arguments, const struct history_options *options) {
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct totals totals = {.arguments = arguments, .session = &session};
  struct history_filter filter = history_options_filter(options);
  filter.visit_long = check_long;
  char last[UUID_TEXT_SIZE];
  if (arguments->json) fputs("{\"differences\":[", stdout);
  code = history_read(&session, &filter, check, &totals, last);
  if (arguments->json) // whole also when reading ended early
    printf("],\"runs\":%zu,\"differ\":%zu}\n", totals.runs, totals.differ);
  else if (code == EXIT_OK)
    printf("%zu runs, %zu differ\n", totals.runs, totals.differ);
  if (code == EXIT_OK) {
    if (totals.differ > 0) code = EXIT_BAD_NEWS;
    if (totals.runs < options->named)
      code = session_say(&session, EXIT_NOT_FOUND, "%zu of %zu runs are not there", options->named - totals.runs,
                         options->named);
  } else if (*last) {
    session_say(&session, code, "go on with --after %s", last);
  }
  session_close(&session);
  return code;
}

int verify_verb(int argc, char **argv) {
  struct history_options options = {.all = false};
  const struct argument_row rows[] = {HISTORY_OPTIONS(&options)};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_STOP) return code;
  code = history_options_check(&arguments, &options);
  if (code == EXIT_OK) code = verify(&arguments, &options);
  history_options_free(&options);
  return code;
}
