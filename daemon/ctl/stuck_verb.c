// SPDX-License-Identifier: Apache-2.0
#include "ctl/stuck_verb.h"

#include "ctl/session.h"
#include "ctl/verb.h"

static const char STUCK[] =
    "SELECT run_id, problem, tenant, workflow, status, waiting_for, next_wake_at, updated_at, current_reference\n"
    "  FROM workflow.stuck ORDER BY run_id";

int stuck_verb(int argc, char **argv) {
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, NULL, 0, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 0, 0, "")) return EXIT_USAGE;
  struct session session;
  code = session_open(&arguments, &session);
  if (code != EXIT_OK) return code;
  size_t count;
  code = session_print(&session, STUCK, NULL, 0, &count);
  if (code == EXIT_OK && count > 0) code = EXIT_BAD_NEWS;
  session_close(&session);
  return code;
}
