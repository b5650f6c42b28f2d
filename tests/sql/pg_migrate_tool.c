// SPDX-License-Identifier: Apache-2.0
// For the SQL tests: migrates the database given as a connection string, as workflowctl
// does, and prints what it applied. Exit code 0, or 1 with the reason.
#include <stdio.h>
#include <stdlib.h>

#include "io/pg_migrate.h"

static void print_name(const char *name, void *context) {
  (void)context;
  puts(name);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: pg_migrate_tool CONNINFO\n");
    return 2;
  }
  struct pg_admin *admin;
  char *reason;
  if (pg_admin_connect(argv[1], "pg_migrate_tool", &admin, &reason)) {
    fprintf(stderr, "pg_migrate_tool: %s\n", reason);
    free(reason);
    return 1;
  }
  int r = pg_migrate(admin, print_name, NULL);
  int version = 0;
  if (!r) r = pg_migrate_found(admin, &version);
  if (r) fprintf(stderr, "pg_migrate_tool: %s %s\n", pg_admin_sqlstate(admin), pg_admin_error(admin));
  else printf("version %d of %d\n", version, pg_migrate_wanted());
  pg_admin_free(admin);
  return r ? 1 : 0;
}
