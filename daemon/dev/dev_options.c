// SPDX-License-Identifier: Apache-2.0
#include "dev/dev_options.h"

#include <getopt.h>
#include <stdlib.h>

static int parse_count(const char *text, FILE *err, int *ret_count) {
  char *end;
  long count = strtol(text, &end, 10);
  if (!*text || *end || count < 1 || count > DEV_DEMO_MAX) {
    fprintf(err, "workflowctl dev: --demo %s: expected a number from 1 to %d\n", text, DEV_DEMO_MAX);
    return -WF_EINVAL;
  }
  *ret_count = (int)count;
  return 0;
}

static const char usage_text[] =
    "usage: workflowctl dev [--demo N [--json]] [--keep] [--kafka HOST:PORT] [--database CONNINFO] [--examples FOLDER]\n";

static const char help_text[] =
    "Runs everything on this machine to try it out: PostgreSQL, Kafka, workflowd, a worker.\n"
    "  --demo N             publish N lead triggers, show what became of them, and end\n"
    "  --json               what was counted as JSON; all else goes to standard error\n"
    "  --keep               leave everything running until Ctrl-C\n"
    "  --kafka HOST:PORT    use a Kafka that exists; else an embedded broker, which keeps nothing\n"
    "  --database CONNINFO  use a database that exists; else a private PostgreSQL, gone at the end\n"
    "  --examples FOLDER    workflow definitions to register; else the examples that came along\n";

// What a bad option looked like: getopt has moved past it.
static int refuse_option(char **argv, const char *what, FILE *err) {
  fprintf(err, "workflowctl dev: %s %s\n%s", argv[optind > 1 ? optind - 1 : 1], what, usage_text);
  return -WF_EINVAL;
}

static int usage(FILE *err) {
  fputs(usage_text, err);
  return -WF_EINVAL;
}

int dev_options_parse(int argc, char **argv, FILE *out, FILE *err, struct dev_options *ret_options) {
  static const struct option names[] = {{"demo", required_argument, NULL, 'n'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"keep", no_argument, NULL, 'k'},
                                        {"kafka", required_argument, NULL, 'b'},
                                        {"database", required_argument, NULL, 'd'},
                                        {"examples", required_argument, NULL, 'e'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  struct dev_options options = {0};
  optind = 0; // glibc: start anew, also when called before
  opterr = 0; // it would speak of "dev"
  for (int option; (option = getopt_long(argc, argv, ":", names, NULL)) != -1;) {
    switch (option) {
    case 'n':
      if (parse_count(optarg, err, &options.demo) != 0) return -WF_EINVAL;
      break;
    case 'j': options.json = true; break;
    case 'k': options.keep = true; break;
    case 'b': options.kafka = optarg; break;
    case 'd': options.database = optarg; break;
    case 'e': options.examples = optarg; break;
    case 'h':
      fprintf(out, "%s%s", usage_text, help_text);
      *ret_options = (struct dev_options){.help = true};
      return 0;
    case ':': return refuse_option(argv, "needs a value", err);
    default: return refuse_option(argv, "is no option of it", err);
    }
  }
  if (optind != argc) return usage(err);
  if (options.json && options.demo == 0) {
    fprintf(err, "workflowctl dev: --json goes with --demo N: it is what was counted\n");
    return -WF_EINVAL;
  }
  if (options.demo == 0) options.keep = true; // without a demonstration there is nothing else to do
  *ret_options = options;
  return 0;
}
