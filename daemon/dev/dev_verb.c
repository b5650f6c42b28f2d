// SPDX-License-Identifier: Apache-2.0
#include "dev/dev_verb.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "dev/demo.h"
#include "dev/dev_options.h"
#include "dev/dev_servers.h"
#include "dev/report.h"
#include "dev/topics.h"
#include "io/pg_admin.h"

static int block_signals(void) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGINT);
  sigaddset(&end, SIGTERM);
  sigprocmask(SIG_BLOCK, &end, NULL);
  return signalfd(-1, &end, SFD_CLOEXEC);
}

static void print_where_to_look(const struct dev_servers *servers, bool stays) {
  printf("\nWhere to look next%s:\n"
         "  history and status   psql '%s'\n"
         "  configuration        %s\n"
         "  logs                 %s/*.log\n",
         stays ? ", in another terminal" : " (these end now; with --keep they stay, and are said anew)",
         dev_servers_database(servers), dev_servers_config(servers), dev_servers_folder(servers));
  printf("Publish a trigger of your own:\n"
         "  echo '{\"id\": \"my-1\", \"type\": \"lead.created\", \"tenant\": \"acme\", \"workflow\": \"sales/lead-follow-up\","
         " \"recipients\": [{\"collection\": \"leads\", \"id\": \"you\"}],"
         " \"data\": {\"lead\": \"you\", \"wait\": \"PT1S\"}}' |\n"
         "    kcat -P -b %s -t %s\n"
         "And see its run:\n"
         "  SELECT * FROM workflow.timeline WHERE recipient_id = 'you' ORDER BY run_id, seq;\n",
         dev_servers_brokers(servers), topics_names[0]);
  fflush(stdout);
}

// With --json standard output gets one document; what is for people goes where errors go.
static FILE *open_output(const struct dev_options *options) {
  if (!options->json) return stdout;
  int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return NULL;
  return fdopen(fd, "w");
}

// Runs, reports, prints the line. Returns whether all is well.
static bool demonstrate(struct dev_servers *servers, const struct dev_options *options, int signals, FILE *out) {
  struct pg_admin *admin;
  char *reason;
  if (pg_admin_connect(dev_servers_database(servers), "workflowctl dev", &admin, &reason) != 0) {
    fprintf(stderr, "workflowctl dev: %s\n", reason);
    free(reason);
    return false;
  }
  struct demo demo = demo_make(options->demo);
  bool well = demo_run(&demo, servers, signals, admin, stdout) == 0;
  well = report_print(&demo, admin, stdout) == 0 && well;
  // Counted once more: what is printed last is what the database says last.
  well = demo_count_now(&demo, admin) == 0 && well;
  pg_admin_free(admin);
  print_where_to_look(servers, options->keep);
  putchar('\n');
  demo_print_line(&demo, stdout);
  fflush(stdout);
  if (options->json) demo_print_json(&demo, out);
  return fflush(out) == 0 && well && demo_is_whole(&demo);
}

// Until a signal, or the end of one of the processes.
static bool stay(struct dev_servers *servers, int signals) {
  puts("\nEverything is running; Ctrl-C ends it.");
  fflush(stdout);
  struct pollfd signal = {.fd = signals, .events = POLLIN};
  while (poll(&signal, 1, 0) == 0) {
    if (dev_servers_watch(servers, signals, -1)) return false;
  }
  return true;
}

int dev_verb(int argc, char **argv) {
  struct dev_options options;
  if (dev_options_parse(argc, argv, stdout, stderr, &options) != 0) return 2;
  if (options.help) return 0;
  int signals = block_signals();
  FILE *out = open_output(&options);
  struct dev_servers *servers;
  if (signals < 0 || !out || dev_servers_start(&options, &servers) != 0) return 1;
  bool well = true;
  if (options.demo > 0) {
    well = demonstrate(servers, &options, signals, out);
  } else {
    print_where_to_look(servers, true);
  }
  if (options.keep) well = stay(servers, signals) && well;
  dev_servers_stop(servers, !well);
  close(signals);
  return well ? 0 : 1;
}
