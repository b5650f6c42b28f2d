// SPDX-License-Identifier: Apache-2.0
// workflow-example-worker: the quickstart's worker, and a model for one in C.
//
//   workflow-example-worker --brokers HOST:PORT [--group NAME] [--topic NAME]
//                           [--assign-all] [-X PROPERTY=VALUE]...
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
enum { PROPERTIES_MAX = 64 };

static int usage(void) {
  fputs("usage: workflow-example-worker --brokers HOST:PORT [--group NAME] [--topic NAME] [--assign-all]\n"
        "                               [-X PROPERTY=VALUE]...\n",
        stderr);
  return 2;
}

// "name=value"; the text is cut in two, in place.
static bool add_property(char *text, struct worker_property *properties, size_t *count) {
  char *equals = strchr(text, '=');
  if (!equals || *count == PROPERTIES_MAX) return false;
  *equals = '\0';
  properties[(*count)++] = (struct worker_property){text, equals + 1};
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
