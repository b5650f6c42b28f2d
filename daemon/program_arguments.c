// SPDX-License-Identifier: Apache-2.0
#include "program_arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

int program_arguments_read(int argc, char **argv, const char *name, const char *usage, struct program_arguments *ret_arguments) {
  enum { SET = 256, CHECK, PRINT, VERSION, HELP };
  static const struct option names[] = {{"config", 1, NULL, 'c'},   {"set", 1, NULL, SET},         {"check", 0, NULL, CHECK},
                                        {"print-config", 0, NULL, PRINT}, {"version", 0, NULL, VERSION}, {"help", 0, NULL, HELP}, {0}};
  struct program_arguments *arguments = ret_arguments;
  *arguments = (struct program_arguments){.overrides = xcalloc((size_t)argc + 1, sizeof *arguments->overrides)};
  for (int option; (option = getopt_long(argc, argv, "c:", names, NULL)) != -1;) {
    switch (option) {
    case 'c': arguments->path = optarg; break;
    case SET: arguments->overrides[arguments->override_count++] = optarg; break;
    case CHECK: arguments->check = true; break;
    case PRINT: arguments->print = true; break;
    case VERSION: printf("%s %s\n", name, WORKFLOWD_VERSION); return 0;
    case HELP: fputs(usage, stdout); return 0;
    default: fputs(usage, stderr); return PROGRAM_EXIT_USAGE;
    }
  }
  if (optind == argc) return PROGRAM_GO_ON;
  fprintf(stderr, "%s: \"%s\" is one argument too many\n%s", name, argv[optind], usage);
  return PROGRAM_EXIT_USAGE;
}

void program_arguments_free(struct program_arguments *arguments) {
  free(arguments->overrides);
  arguments->overrides = NULL;
}
