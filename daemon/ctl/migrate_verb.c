// SPDX-License-Identifier: Apache-2.0
#include "ctl/migrate_verb.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl/arguments.h"
#include "ctl/verb.h"
#include "io/pg_migrate.h"

struct printing {
  bool is_json;
  size_t applied;
};

// File names need no escapes.
static void print_applied(const char *name, void *context) {
  struct printing *printing = context;
  if (printing->is_json)
    printf("%s\"%s\"", printing->applied ? ", " : "", name);
  else
    printf("applied %s\n", name);
  printing->applied++;
}

static int migrate(struct pg_admin *admin, bool is_json) {
  struct printing printing = {.is_json = is_json};
  int version = 0;
  if (is_json) fputs("{\"applied\": [", stdout);
  bool is_good = pg_migrate(admin, print_applied, &printing) == 0 && pg_migrate_found(admin, &version) == 0;
  if (!is_good) fprintf(stderr, "workflowctl migrate: %s\n", pg_admin_error(admin));
  if (is_json)
    printf("], \"version\": %d}\n", version);
  else if (is_good)
    printf("schema workflow is at version %d\n", version);
  return is_good ? EXIT_OK : EXIT_FAILED;
}

int migrate_verb(int argc, char **argv) {
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, NULL, 0, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 0, 0, "")) return EXIT_USAGE;
  // Never the configuration's: that is the daemon's login, which may not change the schema.
  if (!arguments.database) return arguments_wrong(&arguments, "expected --database CONNINFO");
  struct pg_admin *admin;
  char *reason;
  if (pg_admin_connect(arguments.database, "workflowctl migrate", &admin, &reason) != 0) {
    fprintf(stderr, "workflowctl migrate: %s\n", reason);
    free(reason);
    return EXIT_FAILED;
  }
  code = migrate(admin, arguments.json);
  pg_admin_free(admin);
  return code;
}
