// SPDX-License-Identifier: Apache-2.0
// One real cluster for all cases that need one: initdb takes a second.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "dev/cluster.h"
#include "dev/process.h"

struct fixture {
  char folder[32];
  struct cluster *cluster;
};

static int set_up(void **state) {
  static struct fixture fixture = {.folder = "/tmp/cluster_test.XXXXXX"};
  *state = &fixture;
  if (!mkdtemp(fixture.folder)) return -1;
  return cluster_start(fixture.folder, &fixture.cluster);
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  cluster_stop(fixture->cluster);
  const char *argv[] = {"/bin/rm", "-rf", fixture->folder, NULL};
  return process_run(&(struct process_spec){.name = "rm", .argv = argv}, 30 * USEC_PER_SEC);
}

static void assert_answers(const char *conninfo, const char *sql, const char *expected) {
  PGconn *connection = PQconnectdb(conninfo);
  assert_int_equal(PQstatus(connection), CONNECTION_OK);
  PGresult *result = PQexec(connection, sql);
  assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
  assert_string_equal(PQgetvalue(result, 0, 0), expected);
  PQclear(result);
  PQfinish(connection);
}

static void test_socket_answers(void **state) {
  const struct fixture *fixture = *state;
  assert_answers(cluster_conninfo(fixture->cluster), "SELECT current_user", "postgres");
}

static void test_encoding_and_collation_are_the_same_everywhere(void **state) {
  const struct fixture *fixture = *state;
  assert_answers(cluster_conninfo(fixture->cluster),
                 "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_database WHERE datname = 'postgres'",
                 "UTF8 C.UTF-8");
}

static void test_listens_on_loopback_only(void **state) {
  const struct fixture *fixture = *state;
  assert_answers(cluster_conninfo(fixture->cluster), "SELECT current_setting('listen_addresses')", "127.0.0.1");
}

static void test_writes_reach_the_disk(void **state) {
  const struct fixture *fixture = *state;
  assert_answers(cluster_conninfo(fixture->cluster),
                 "SELECT current_setting('fsync') || ' ' || current_setting('synchronous_commit')", "on on");
}

static void test_does_not_run_as_root(void **state) {
  const struct fixture *fixture = *state;
  struct stat data;
  char *path = xasprintf("%s/data", fixture->folder);
  assert_int_equal(stat(path, &data), 0);
  assert_int_not_equal(data.st_uid, 0);
  free(path);
}

static void test_programs_are_found(void **state) {
  (void)state;
  char *folder;
  assert_int_equal(cluster_find_programs(&folder), 0);
  char *initdb = xasprintf("%s/initdb", folder);
  assert_int_equal(access(initdb, X_OK), 0);
  free(initdb);
  free(folder);
}

static void test_path_too_long_for_a_socket(void **state) {
  (void)state;
  struct cluster *cluster;
  char folder[120];
  memset(folder, 'x', sizeof folder - 1);
  folder[0] = '/';
  folder[sizeof folder - 1] = '\0';
  assert_int_equal(cluster_start(folder, &cluster), -WF_EINVAL);
}

static void test_stop_takes_null(void **state) {
  (void)state;
  cluster_stop(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_socket_answers),
      cmocka_unit_test(test_encoding_and_collation_are_the_same_everywhere),
      cmocka_unit_test(test_listens_on_loopback_only),
      cmocka_unit_test(test_writes_reach_the_disk),
      cmocka_unit_test(test_does_not_run_as_root),
      cmocka_unit_test(test_programs_are_found),
      cmocka_unit_test(test_path_too_long_for_a_socket),
      cmocka_unit_test(test_stop_takes_null),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
