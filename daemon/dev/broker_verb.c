// SPDX-License-Identifier: Apache-2.0
#include "dev/broker_verb.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "dev/broker.h"

// "name:partitions"
static int create_topic(struct broker *broker, const char *text) {
  const char *colon = strrchr(text, ':');
  char *end = NULL;
  long partitions = colon ? strtol(colon + 1, &end, 10) : 0;
  if (!colon || colon == text || !*(colon + 1) || *end || partitions < 1 || partitions > 4095) {
    fprintf(stderr, "workflowctl dev-broker: topic %s: expected NAME:PARTITIONS\n", text);
    return -WF_EINVAL;
  }
  char *name = xstrndup(text, (size_t)(colon - text));
  int r = broker_create_topic(broker, name, (int)partitions);
  if (r != 0) fprintf(stderr, "workflowctl dev-broker: topic %s: %s\n", name, wf_strerror(r));
  free(name);
  return r;
}

static int parse(int argc, char **argv, struct broker *broker) {
  static const struct option options[] = {{"topic", required_argument, NULL, 't'}, {0}};
  opterr = 0; // it would speak of "dev-broker"
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (option != 't') {
      fprintf(stderr, "workflowctl dev-broker: expected --topic NAME:PARTITIONS only\n");
      return -WF_EINVAL;
    }
    int r = create_topic(broker, optarg);
    if (r != 0) return r;
  }
  return optind == argc ? 0 : -WF_EINVAL;
}

static void obey(struct broker *broker, char *line) {
  line[strcspn(line, "\r\n")] = '\0';
  int r = strcmp(line, "down") == 0            ? broker_set_reachable(broker, false)
          : strcmp(line, "up") == 0            ? broker_set_reachable(broker, true)
          : strncmp(line, "topic ", 6) == 0 ? create_topic(broker, line + 6)
                                               : -WF_EUNKNOWN;
  puts(r == 0 ? "ok" : "error");
  fflush(stdout);
}

// Lines come whole: who commands it writes one and waits for the answer.
static void serve(struct broker *broker, int signals) {
  struct pollfd waits[] = {{.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  for (;;) {
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[0].revents) return;
    if (!waits[1].revents) continue;
    char line[512];
    ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);
    if (size <= 0) {
      waits[1].fd = -1; // poll(2) leaves it out
      continue;
    }
    line[size] = '\0';
    obey(broker, line);
  }
}

int broker_verb(int argc, char **argv) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  // Before the broker's threads start, so that none of them takes the signal.
  sigprocmask(SIG_BLOCK, &end, NULL);
  int signals = signalfd(-1, &end, SFD_CLOEXEC);
  struct broker *broker = NULL;
  if (signals < 0 || broker_new(&broker) != 0) {
    fprintf(stderr, "workflowctl dev-broker: cannot listen on loopback\n");
    return 1;
  }
  int r = parse(argc, argv, broker);
  if (r == 0) {
    puts(broker_address(broker));
    fflush(stdout);
    fprintf(stderr, "embedded broker: in memory only; it keeps nothing, and of each partition only the newest "
                    "5 MiB or 100,000 records\n");
    serve(broker, signals);
  }
  broker_free(broker);
  close(signals);
  return r == 0 ? 0 : 2;
}
