// SPDX-License-Identifier: Apache-2.0
#include "ctl/migrate_verb.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/verb.h"
#include "io/pg_migrate.h"

static void print_applied(const char *name, void *context) {
  (void)context;
  printf("applied %s\n", name);
}

static int migrate(struct pg_admin *admin) {
  int version;
  if (pg_migrate(admin, print_applied, NULL) != 0 || pg_migrate_found(admin, &version) != 0) {
    fprintf(stderr, "workflowctl migrate: %s\n", pg_admin_error(admin));
    return EXIT_FAILED;
  }
  printf("schema workflow is at version %d\n", version);
  return EXIT_OK;
}

int migrate_verb(int argc, char **argv) {
  static const struct option names[] = {{"database", required_argument, NULL, 'd'}, {0}};
  const char *database = NULL;
  for (int option; (option = getopt_long(argc, argv, "d:", names, NULL)) != -1;) {
    if (option != 'd') return EXIT_USAGE;
    database = optarg;
  }
  if (!database || optind != argc) {
    fputs("usage: workflowctl migrate --database CONNINFO\n", stderr);
    return EXIT_USAGE;
  }
  struct pg_admin *admin;
  char *reason;
  if (pg_admin_connect(database, "workflowctl migrate", &admin, &reason) != 0) {
    fprintf(stderr, "workflowctl migrate: %s\n", reason);
    free(reason);
    return EXIT_FAILED;
  }
  int code = migrate(admin);
  pg_admin_free(admin);
  return code;
}
