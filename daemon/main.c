// SPDX-License-Identifier: Apache-2.0
// workflowd: arguments, then serve_run().
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_kafka.h"
#include "io/evaluator_child.h"
#include "program_arguments.h"
#include "serve.h"

static const char usage[] =
    "usage: workflowd [-c FILE] [--set SECTION.KEY=VALUE]… [--check | --print-config | --version]\n"
    "  -c, --config FILE   the configuration; without it, the defaults\n"
    "  --set KEY=VALUE     overrides one key of the file\n"
    "  --check             checks the configuration and ends\n"
    "  --print-config      prints the configuration that holds, every key explained\n"
    "See workflowd(8) and workflowd.yaml(5).\n";

static int load(const struct program_arguments *arguments, struct config **ret_config) {
  struct config_problems problems = {0};
  const char *path = arguments->path ? arguments->path : "/dev/null";
  int r = config_load(path, arguments->overrides, arguments->override_count, ret_config, &problems);
  if (r == 0 && (r = config_kafka_check(*ret_config, &problems)) < 0) config_free(*ret_config);
  if (r < 0) config_problems_print(&problems, arguments->path ? path : "workflowd", stderr);
  config_problems_free(&problems);
  return r;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--evaluator") == 0) return evaluator_child_main(argc, argv);
  struct program_arguments arguments;
  int code = program_arguments_read(argc, argv, "workflowd", usage, &arguments);
  struct config *config = NULL;
  if (code == PROGRAM_GO_ON && load(&arguments, &config) < 0) code = PROGRAM_EXIT_USAGE;
  if (code == PROGRAM_GO_ON && (arguments.check || arguments.print)) {
    if (arguments.print) config_print(config, stdout);
    config_free(config);
    code = 0;
  }
  if (code == PROGRAM_GO_ON)
    code = serve_run(config, &(struct serve_options){arguments.path, arguments.overrides, arguments.override_count});
  program_arguments_free(&arguments);
  return code;
}
