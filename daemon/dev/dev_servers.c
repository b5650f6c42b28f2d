// SPDX-License-Identifier: Apache-2.0
#include "dev/dev_servers.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "dev/cluster.h"
#include "dev/dev_settings.h"
#include "dev/process.h"
#include "dev/topics.h"
#include "io/pg_admin.h"
#include "io/pg_migrate.h"

static const usec_t GRACE = 30 * USEC_PER_SEC;
static const int BROKER_LIMIT_MS = 10000;
enum { LINE_MAX_SIZE = 256 };

struct dev_servers {
  char *folder, *programs; // where our own binaries are
  char *database, *daemon_database, *brokers, *config, *examples;
  struct cluster *cluster;
  struct process broker, daemon, worker;
};

// ---- paths ------------------------------------------------------------------

static char *find_programs(void) {
  char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  if (size <= 0) return xstrdup(".");
  path[size] = '\0';
  *strrchr(path, '/') = '\0';
  return xstrdup(path);
}

// The first of the two that exists, as an absolute path; or NULL. Frees both.
static char *first_existing(char *first, char *second) {
  char *found = realpath(first, NULL);
  if (!found) found = realpath(second, NULL);
  free(first);
  free(second);
  return found;
}

// workflowd stands beside us, or, installed, in sbin.
static char *find_daemon(const struct dev_servers *servers) {
  return first_existing(xasprintf("%s/workflowd", servers->programs), xasprintf("%s/../sbin/workflowd", servers->programs));
}

static int find_examples(struct dev_servers *servers, const char *asked) {
  servers->examples =
      asked ? realpath(asked, NULL)
            : first_existing(xasprintf("%s/../share/workflowd/examples", servers->programs), xstrdup("config/examples"));
  if (servers->examples) return 0;
  fprintf(stderr, "workflowctl dev: no folder %s\n", asked ? asked : "with example workflows");
  return -WF_EUNKNOWN;
}

static int make_folder(struct dev_servers *servers) {
  const char *parent = getenv("TMPDIR");
  char *template = xasprintf("%s/workflowd-dev.XXXXXX", parent && *parent ? parent : "/tmp");
  // PostgreSQL may run as another user, who must be able to walk to its folder.
  if (mkdtemp(template) && chmod(template, 0755) == 0) {
    servers->folder = template;
    return 0;
  }
  fprintf(stderr, "workflowctl dev: %s: %s\n", template, strerror(errno));
  free(template);
  return -WF_EIO;
}

// ---- PostgreSQL -------------------------------------------------------------

static int start_cluster(struct dev_servers *servers) {
  char *folder = xasprintf("%s/postgresql", servers->folder);
  int r = mkdir(folder, 0755) == 0 ? cluster_start(folder, &servers->cluster) : -WF_EIO;
  if (r != 0) fprintf(stderr, "workflowctl dev: PostgreSQL does not start: %s\n", wf_strerror(r));
  free(folder);
  return r;
}

static int connect_to(const char *conninfo, struct pg_admin **ret_admin) {
  char *reason;
  int r = pg_admin_connect(conninfo, "workflowctl dev", ret_admin, &reason);
  if (r != 0) {
    fprintf(stderr, "workflowctl dev: %s\n", reason);
    free(reason);
  }
  return r;
}

static int run_script(const char *conninfo, const char *script) {
  struct pg_admin *admin;
  int r = connect_to(conninfo, &admin);
  if (r != 0) return r;
  r = pg_admin_script(admin, script);
  if (r != 0) fprintf(stderr, "workflowctl dev: %s\n", pg_admin_error(admin));
  pg_admin_free(admin);
  return r;
}

static int migrate(const char *conninfo) {
  struct pg_admin *admin;
  int r = connect_to(conninfo, &admin);
  if (r != 0) return r;
  r = pg_migrate(admin, NULL, NULL);
  if (r != 0) fprintf(stderr, "workflowctl dev: migrate: %s\n", pg_admin_error(admin));
  pg_admin_free(admin);
  return r;
}

static int prepare_database(struct dev_servers *servers, const char *given) {
  if (given) {
    servers->database = xstrdup(given);
    servers->daemon_database = xstrdup(given);
    int r = migrate(given);
    if (r == 0) printf("PostgreSQL       the one given; schema workflow is ready\n");
    return r;
  }
  int r = start_cluster(servers);
  if (r != 0) return r;
  const char *root = cluster_conninfo(servers->cluster);
  servers->database = xasprintf("%s dbname=workflow", root);
  // As in production: the daemon has a login of its own that can neither change an
  // event nor the schema.
  servers->daemon_database = xasprintf("%s dbname=workflow user=workflowd", root); // the later setting wins
  r = run_script(root, "CREATE DATABASE workflow");
  if (r == 0) r = migrate(servers->database);
  if (r == 0) r = run_script(servers->database, "CREATE ROLE workflowd LOGIN IN ROLE workflow_daemon");
  if (r == 0) printf("PostgreSQL       private, in %s/postgresql; schema workflow is ready\n", servers->folder);
  return r;
}

// ---- Kafka ------------------------------------------------------------------

static int read_address(int fd, char *out, size_t size) {
  size_t n = 0;
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  while (n + 1 < size && poll(&wait, 1, BROKER_LIMIT_MS) == 1 && read(fd, out + n, 1) == 1) {
    if (out[n] == '\n') {
      out[n] = '\0';
      return 0;
    }
    n++;
  }
  return -WF_EIO;
}

static int start_broker(struct dev_servers *servers) {
  char *program = xasprintf("%s/workflowctl", servers->programs), *log = xasprintf("%s/broker.log", servers->folder);
  char *topics[TOPICS_COUNT];
  const char *argv[2 + 2 * TOPICS_COUNT + 1] = {program, "dev-broker"};
  for (int i = 0; i < TOPICS_COUNT; i++) {
    topics[i] = xasprintf("%s:%d", topics_names[i], TOPICS_PARTITIONS);
    argv[2 + 2 * i] = "--topic";
    argv[3 + 2 * i] = topics[i];
  }
  int output = -1;
  char address[LINE_MAX_SIZE];
  int r = process_start(&(struct process_spec){.name = "the embedded broker", .argv = argv, .log_path = log,
                                               .death_signal = SIGTERM, .ret_output = &output},
                        &servers->broker);
  if (r == 0) r = read_address(output, address, sizeof address);
  if (output >= 0) close(output);
  if (r == 0) servers->brokers = xstrdup(address);
  if (r == 0) printf("Kafka            embedded broker at %s; it keeps nothing\n", address);
  if (r != 0) fprintf(stderr, "workflowctl dev: the embedded broker does not start; see %s\n", log);
  for (int i = 0; i < TOPICS_COUNT; i++) free(topics[i]);
  free(program);
  free(log);
  return r;
}

static int prepare_kafka(struct dev_servers *servers, const char *given) {
  if (!given) return start_broker(servers);
  servers->brokers = xstrdup(given);
  int r = topics_create(given);
  if (r == 0) printf("Kafka            the one at %s; topics are ready\n", given);
  return r;
}

// ---- our own ----------------------------------------------------------------

static int start_daemon(struct dev_servers *servers, bool embedded) {
  servers->config = xasprintf("%s/workflowd.yaml", servers->folder);
  int r = dev_settings_write(servers->config, &(struct dev_settings){.database = servers->daemon_database,
                                                                     .brokers = servers->brokers,
                                                                     .embedded = embedded,
                                                                     .examples = servers->examples});
  char *program = find_daemon(servers), *log = xasprintf("%s/workflowd.log", servers->folder);
  if (r == 0 && !program) r = -WF_EUNKNOWN;
  const char *argv[] = {program, "-c", servers->config, NULL};
  if (r == 0)
    r = process_start(&(struct process_spec){.name = "workflowd", .argv = argv, .log_path = log, .death_signal = SIGKILL},
                      &servers->daemon);
  if (r == 0) printf("workflowd        running, process %d; workflows from %s\n", servers->daemon.pid, servers->examples);
  if (r != 0) fprintf(stderr, "workflowctl dev: workflowd does not start: %s\n", wf_strerror(r));
  free(program);
  free(log);
  return r;
}

static int start_worker(struct dev_servers *servers, bool embedded) {
  char *program = xasprintf("%s/workflow-example-worker", servers->programs),
       *log = xasprintf("%s/worker.log", servers->folder);
  const char *argv[] = {program, "--brokers", servers->brokers, "-X", "fetch.wait.max.ms=1",
                        embedded ? "--assign-all" : NULL, NULL};
  int r = process_start(&(struct process_spec){.name = "the example worker", .argv = argv, .log_path = log,
                                               .death_signal = SIGKILL},
                        &servers->worker);
  if (r == 0) printf("worker           running, process %d\n", servers->worker.pid);
  if (r != 0) fprintf(stderr, "workflowctl dev: the example worker does not start: %s\n", wf_strerror(r));
  free(program);
  free(log);
  return r;
}

// ---- the whole --------------------------------------------------------------

int dev_servers_start(const struct dev_options *options, struct dev_servers **ret_servers) {
  bool embedded = !options->kafka;
  struct dev_servers *servers = xcalloc(1, sizeof *servers);
  servers->programs = find_programs();
  int r = make_folder(servers);
  if (r == 0) r = find_examples(servers, options->examples);
  if (r == 0) r = prepare_database(servers, options->database);
  if (r == 0) r = prepare_kafka(servers, options->kafka);
  if (r == 0) r = start_daemon(servers, embedded);
  if (r == 0) r = start_worker(servers, embedded);
  fflush(stdout);
  if (r != 0) {
    dev_servers_stop(servers, true);
    return r;
  }
  *ret_servers = servers;
  return 0;
}

static void remove_folder(const char *folder) {
  const char *argv[] = {"/bin/rm", "-rf", folder, NULL};
  if (process_run(&(struct process_spec){.name = "rm", .argv = argv}, GRACE) != 0)
    fprintf(stderr, "workflowctl dev: %s could not be removed\n", folder);
}

void dev_servers_stop(struct dev_servers *servers, bool keep_folder) {
  if (!servers) return;
  process_stop(&servers->worker, SIGTERM, GRACE);
  process_stop(&servers->daemon, SIGTERM, GRACE);
  process_stop(&servers->broker, SIGTERM, GRACE);
  cluster_stop(servers->cluster);
  if (servers->folder && keep_folder) fprintf(stderr, "workflowctl dev: logs are in %s\n", servers->folder);
  if (servers->folder && !keep_folder) remove_folder(servers->folder);
  free(servers->folder);
  free(servers->programs);
  free(servers->database);
  free(servers->daemon_database);
  free(servers->brokers);
  free(servers->config);
  free(servers->examples);
  free(servers);
}

enum { WATCHED = 4 };

static void list_processes(struct dev_servers *servers, struct process *out[WATCHED]) {
  out[0] = servers->cluster ? cluster_process(servers->cluster) : NULL;
  out[1] = &servers->broker;
  out[2] = &servers->daemon;
  out[3] = &servers->worker;
}

const char *dev_servers_watch(struct dev_servers *servers, int fd, int limit_ms) {
  struct process *processes[WATCHED];
  list_processes(servers, processes);
  struct pollfd waits[WATCHED + 1];
  for (int i = 0; i < WATCHED; i++) {
    bool runs = processes[i] && processes[i]->pid != 0;
    waits[i] = (struct pollfd){.fd = runs ? processes[i]->pidfd : -1, .events = POLLIN};
  }
  waits[WATCHED] = (struct pollfd){.fd = fd, .events = POLLIN};
  if (poll(waits, WATCHED + 1, limit_ms) <= 0) return NULL;
  for (int i = 0; i < WATCHED; i++) {
    if (waits[i].fd < 0 || !waits[i].revents) continue;
    char fate[64];
    process_wait(processes[i], USEC_PER_SEC);
    fprintf(stderr, "workflowctl dev: %s has ended: %s\n", processes[i]->name,
            process_fate(processes[i], fate, sizeof fate));
    return processes[i]->name;
  }
  return NULL;
}

const char *dev_servers_database(const struct dev_servers *servers) { return servers->database; }
const char *dev_servers_brokers(const struct dev_servers *servers) { return servers->brokers; }
const char *dev_servers_config(const struct dev_servers *servers) { return servers->config; }
const char *dev_servers_folder(const struct dev_servers *servers) { return servers->folder; }
