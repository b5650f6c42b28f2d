// SPDX-License-Identifier: Apache-2.0
// workflow-example-worker: the quickstart's worker, and a model for one in C.
//
//   workflow-example-worker --brokers HOST:PORT [--group NAME] [--topic NAME]
//                           [--assign-all] [-X PROPERTY=VALUE]...
//
// A secret is given as in the daemon's configuration: -X sasl.password_file=PATH. The
// first line of that file is it; on the command line all could read it.
//
// Ends on SIGTERM or SIGINT with exit code 0, after sending and committing what it has
// done. Exit code 1: the broker is not there, 2: wrong arguments.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "worker/worker.h"

static const usec_t TURN = 100 * USEC_PER_MSEC;
enum { PROPERTIES_MAX = 64, SECRET_MAX = 4096 };

static int usage(void) {
  fputs("usage: workflow-example-worker --brokers HOST:PORT [--group NAME] [--topic NAME] [--assign-all]\n"
        "                               [-X PROPERTY=VALUE]...\n",
        stderr);
  return 2;
}

// The first line of the file, or NULL, which is said. It is kept while the process lives.
static const char *read_secret(const char *path) {
  char secret[SECRET_MAX];
  FILE *file = fopen(path, "r");
  char *line = file ? fgets(secret, sizeof secret, file) : NULL;
  if (file) fclose(file);
  if (!line) {
    fprintf(stderr, "workflow-example-worker: %s: cannot be read, or is empty\n", path);
    return NULL;
  }
  secret[strcspn(secret, "\n")] = '\0';
  return xstrdup(secret);
}

// "name=value", or "name_file=path"; the text is cut in two, in place.
static bool add_property(char *text, struct worker_property *properties, size_t *count) {
  static const char suffix[] = "_file";
  char *equals = strchr(text, '=');
  if (!equals || *count == PROPERTIES_MAX) return false;
  *equals = '\0';
  const char *value = equals + 1;
  size_t size = strlen(text), end = sizeof suffix - 1;
  if (size > end && strcmp(text + size - end, suffix) == 0) {
    text[size - end] = '\0';
    value = read_secret(value);
    if (!value) return false;
  }
  properties[(*count)++] = (struct worker_property){text, value};
  return true;
}

static bool parse(int argc, char **argv, struct worker_property *properties, struct worker_options *options) {
  static const struct option names[] = {{"brokers", required_argument, NULL, 'b'},
                                        {"group", required_argument, NULL, 'g'},
                                        {"topic", required_argument, NULL, 't'},
                                        {"assign-all", no_argument, NULL, 'a'},
                                        {0}};
  for (int option; (option = getopt_long(argc, argv, "b:g:t:aX:", names, NULL)) != -1;) {
    switch (option) {
    case 'b': options->brokers = optarg; break;
    case 'g': options->group = optarg; break;
    case 't': options->topic = optarg; break;
    case 'a': options->assign_all = true; break;
    case 'X':
      if (!add_property(optarg, properties, &options->property_count)) return false;
      break;
    default: return false;
    }
  }
  return options->brokers && optind == argc;
}

static bool asked_to_end(int signals) {
  struct signalfd_siginfo signal;
  return read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal;
}

int main(int argc, char **argv) {
  struct worker_property properties[PROPERTIES_MAX];
  struct worker_options options = {
      .group = "workflow-example-worker", .topic = "workflow.action-requests", .properties = properties};
  if (!parse(argc, argv, properties, &options)) return usage();

  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  // Before the client's threads start, so that none of them takes the signal.
  sigprocmask(SIG_BLOCK, &end, NULL);
  int signals = signalfd(-1, &end, SFD_CLOEXEC | SFD_NONBLOCK);
  struct worker *worker;
  int r = signals < 0 ? -WF_EIO : worker_new(&options, &worker);
  if (r != 0) {
    log_error("cannot start: %s", wf_strerror(r));
    return r == -WF_EINVAL ? 2 : 1;
  }
  log_info("taking requests from %s at %s", options.topic, options.brokers);
  while (!asked_to_end(signals)) worker_turn(worker, TURN);
  struct worker_counts counts = worker_counts(worker);
  log_info("%zu requests (%zu of them repeated), %zu results, %zu heartbeats, %zu recalled, %zu not understood",
           counts.requests, counts.repeats, counts.results, counts.heartbeats, counts.cancels, counts.refused);
  worker_free(worker);
  return 0;
}
