// SPDX-License-Identifier: Apache-2.0
#include "dev/cluster.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "dev/process.h"

static const usec_t START_LIMIT = 60 * USEC_PER_SEC;
enum { SOCKET_PATH_MAX = 107, SOCKET_NAME_SIZE = sizeof "/.s.PGSQL.65535" - 1 };

struct cluster {
  char *programs, *folder, *conninfo;
  const char *user; // NULL = as we are
  int port;
  struct process process;
};

static bool has_initdb(const char *folder) {
  char *path = xasprintf("%s/initdb", folder);
  bool has = access(path, X_OK) == 0;
  free(path);
  return has;
}

static char *ask_pg_config(void) {
  FILE *pipe = popen("pg_config --bindir 2>/dev/null", "re");
  if (!pipe) return NULL;
  char line[512] = "";
  char *read = fgets(line, sizeof line, pipe);
  pclose(pipe);
  if (!read) return NULL;
  line[strcspn(line, "\n")] = '\0';
  return has_initdb(line) ? xstrdup(line) : NULL;
}

int cluster_find_programs(char **ret_folder) {
  char *found = ask_pg_config();
  glob_t matches = {0};
  if (!found && glob("/usr/lib/postgresql/*/bin", 0, NULL, &matches) == 0) {
    for (size_t i = matches.gl_pathc; i > 0 && !found; i--) {
      if (has_initdb(matches.gl_pathv[i - 1])) found = xstrdup(matches.gl_pathv[i - 1]);
    }
  }
  globfree(&matches);
  if (!found) return -WF_EUNKNOWN;
  *ret_folder = found;
  return 0;
}

// A port that was free a moment ago; who takes it in between makes the start fail.
static int free_port(void) {
  int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int port = 0;
  if (sock >= 0 && bind(sock, (struct sockaddr *)&address, size) == 0 &&
      getsockname(sock, (struct sockaddr *)&address, &size) == 0)
    port = ntohs(address.sin_port);
  if (sock >= 0) close(sock);
  return port;
}

// The cluster's user must own the folder and be able to walk to it.
static int give_folder(const struct cluster *cluster) {
  if (!cluster->user) return 0;
  const struct passwd *account = getpwnam(cluster->user);
  if (!account) return -WF_EUNKNOWN;
  return chown(cluster->folder, account->pw_uid, account->pw_gid) == 0 ? 0 : -WF_EIO;
}

static int make(const struct cluster *cluster, const char *log) {
  char *program = xasprintf("%s/initdb", cluster->programs), *data = xasprintf("%s/data", cluster->folder);
  const char *argv[] = {program, "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-U", "postgres",
                        "--no-sync", NULL};
  int r = process_run(&(struct process_spec){.name = "initdb", .argv = argv, .user = cluster->user, .log_path = log,
                                             .death_signal = SIGTERM},
                      START_LIMIT);
  free(program);
  free(data);
  return r;
}

static int launch(struct cluster *cluster, const char *log) {
  char *program = xasprintf("%s/postgres", cluster->programs), *data = xasprintf("%s/data", cluster->folder),
       *port = xasprintf("%d", cluster->port), *sockets = xasprintf("unix_socket_directories=%s", cluster->folder);
  const char *argv[] = {program, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", sockets,
                        "-c", "max_connections=50", "-c", "shared_buffers=128MB", NULL};
  int r = process_start(&(struct process_spec){.name = "PostgreSQL", .argv = argv, .user = cluster->user,
                                               .log_path = log, .death_signal = SIGINT},
                        &cluster->process);
  free(program);
  free(data);
  free(port);
  free(sockets);
  return r;
}

static int await(struct cluster *cluster) {
  usec_t end = clock_boottime() + START_LIMIT;
  while (PQping(cluster->conninfo) != PQPING_OK) {
    // Waiting for its end is also the pause between two tries.
    if (process_wait(&cluster->process, 20 * USEC_PER_MSEC) || clock_boottime() > end) return -WF_EIO;
  }
  return 0;
}

static void show_log(const char *path) {
  FILE *log = fopen(path, "re");
  if (!log) return;
  char line[1024];
  while (fgets(line, sizeof line, log)) fputs(line, stderr);
  fclose(log);
}

int cluster_start(const char *folder, struct cluster **ret_cluster) {
  if (strlen(folder) + SOCKET_NAME_SIZE > SOCKET_PATH_MAX) return -WF_EINVAL;
  char *programs;
  int r = cluster_find_programs(&programs);
  if (r != 0) return r;
  struct cluster *cluster = xcalloc(1, sizeof *cluster);
  cluster->programs = programs;
  cluster->folder = xstrdup(folder);
  cluster->user = geteuid() == 0 ? "postgres" : NULL;
  cluster->port = free_port();
  cluster->conninfo = xasprintf("host=%s port=%d user=postgres", folder, cluster->port);
  char *log = xasprintf("%s/postgresql.log", folder);
  r = give_folder(cluster);
  if (r == 0) r = make(cluster, log);
  if (r == 0) r = launch(cluster, log);
  if (r == 0) r = await(cluster);
  if (r != 0) show_log(log);
  free(log);
  if (r != 0) {
    cluster_stop(cluster);
    return r;
  }
  *ret_cluster = cluster;
  return 0;
}

void cluster_stop(struct cluster *cluster) {
  if (!cluster) return;
  process_stop(&cluster->process, SIGINT, 30 * USEC_PER_SEC);
  free(cluster->programs);
  free(cluster->folder);
  free(cluster->conninfo);
  free(cluster);
}

const char *cluster_conninfo(const struct cluster *cluster) { return cluster->conninfo; }

struct process *cluster_process(struct cluster *cluster) { return &cluster->process; }
