// SPDX-License-Identifier: Apache-2.0
// workflowd: arguments, then serve_run().
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "config.h"
#include "config_kafka.h"
#include "io/evaluator_child.h"
#include "serve.h"

static const char usage[] =
    "usage: workflowd [-c FILE] [--set SECTION.KEY=VALUE]… [--check | --print-config | --version]\n"
    "  -c, --config FILE   the configuration; without it, the defaults\n"
    "  --set KEY=VALUE     overrides one key of the file\n"
    "  --check             checks the configuration and ends\n"
    "  --print-config      prints the configuration that holds, every key explained\n"
    "See workflowd(8) and workflowd.yaml(5).\n";

enum { EXIT_USAGE = 2 };

struct arguments {
  const char *path;
  VEC(const char *) overrides;
  bool check, print;
};

// Returns -1 to go on, or the exit code.
static int parse(int argc, char **argv, struct arguments *arguments) {
  enum { SET = 256, CHECK, PRINT, VERSION, HELP };
  static const struct option names[] = {{"config", 1, NULL, 'c'},   {"set", 1, NULL, SET},         {"check", 0, NULL, CHECK},
                                        {"print-config", 0, NULL, PRINT}, {"version", 0, NULL, VERSION}, {"help", 0, NULL, HELP}, {0}};
  for (int option; (option = getopt_long(argc, argv, "c:", names, NULL)) != -1;) {
    switch (option) {
    case 'c': arguments->path = optarg; break;
    case SET: vec_push(&arguments->overrides, optarg); break;
    case CHECK: arguments->check = true; break;
    case PRINT: arguments->print = true; break;
    case VERSION: puts("workflowd " WORKFLOWD_VERSION); return 0;
    case HELP: fputs(usage, stdout); return 0;
    default: fputs(usage, stderr); return EXIT_USAGE;
    }
  }
  if (optind == argc) return -1;
  fprintf(stderr, "workflowd: \"%s\" is one argument too many\n%s", argv[optind], usage);
  return EXIT_USAGE;
}

static int load(const struct arguments *arguments, struct config **ret_config) {
  struct config_problems problems = {0};
  const char *path = arguments->path ? arguments->path : "/dev/null";
  int r = config_load(path, arguments->overrides.items, arguments->overrides.count, ret_config, &problems);
  if (r == 0 && (r = config_kafka_check(*ret_config, &problems)) < 0) config_free(*ret_config);
  if (r < 0) config_problems_print(&problems, arguments->path ? path : "workflowd", stderr);
  config_problems_free(&problems);
  return r;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--evaluator") == 0) return evaluator_child_main(argc, argv);
  struct arguments arguments = {0};
  int code = parse(argc, argv, &arguments);
  struct config *config = NULL;
  if (code < 0 && load(&arguments, &config) < 0) code = EXIT_USAGE;
  if (code < 0 && (arguments.check || arguments.print)) {
    if (arguments.print) config_print(config, stdout);
    config_free(config);
    code = 0;
  }
  if (code < 0) code = serve_run(config, &(struct serve_options){arguments.path, arguments.overrides.items, arguments.overrides.count});
  vec_free(&arguments.overrides);
  return code;
}
