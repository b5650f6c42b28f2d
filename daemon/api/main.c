// SPDX-License-Identifier: Apache-2.0
// workflowd-api: arguments, then api_serve_run().
#include <stdio.h>

#include "api/api_serve.h"

static const char usage[] =
    "usage: workflowd-api [-c FILE] [--set SECTION.KEY=VALUE]… [--check | --print-config | --version]\n"
    "  -c, --config FILE   the configuration; without it, the defaults\n"
    "  --set KEY=VALUE     overrides one key of the file\n"
    "  --check             checks the configuration and ends\n"
    "  --print-config      prints the configuration that holds, every key explained\n"
    "See workflowd-api(8) and workflowd-api.yaml(5).\n";

static int load(const struct program_arguments *arguments, struct api_config **ret_config) {
  struct config_problems problems = {0};
  const char *path = arguments->path ? arguments->path : "/dev/null";
  int r = api_config_load(path, arguments->overrides, arguments->override_count, ret_config, &problems);
  if (r < 0) config_problems_print(&problems, path, stderr);
  config_problems_free(&problems);
  return r;
}

int main(int argc, char **argv) {
  struct program_arguments arguments;
  struct api_config *config = NULL;
  int code = program_arguments_read(argc, argv, "workflowd-api", usage, &arguments);
  if (code == PROGRAM_GO_ON && load(&arguments, &config) < 0) code = PROGRAM_EXIT_USAGE;
  if (code == PROGRAM_GO_ON && (arguments.check || arguments.print)) {
    if (arguments.print) api_config_print(config, stdout);
    api_config_free(config);
    code = 0;
  }
  if (code == PROGRAM_GO_ON) code = api_serve_run(config, &arguments);
  program_arguments_free(&arguments);
  return code;
}
