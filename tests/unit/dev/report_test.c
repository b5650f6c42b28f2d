// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/cluster.h"
#include "dev/process.h"
#include "dev/report.h"
#include "dev/table.h"
#include "io/pg_migrate.h"

struct fixture {
  char folder[32];
  struct cluster *cluster;
  struct pg_admin *admin;
};

static int set_up(void **state) {
  static struct fixture fixture = {.folder = "/tmp/report_test.XXXXXX"};
  *state = &fixture;
  char *reason;
  if (!mkdtemp(fixture.folder) || cluster_start(fixture.folder, &fixture.cluster) != 0 ||
      pg_admin_connect(cluster_conninfo(fixture.cluster), "report_test", &fixture.admin, &reason) != 0)
    return -1;
  return pg_migrate(fixture.admin, NULL, NULL);
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  pg_admin_free(fixture->admin);
  cluster_stop(fixture->cluster);
  const char *argv[] = {"/bin/rm", "-rf", fixture->folder, NULL};
  return process_run(&(struct process_spec){.name = "rm", .argv = argv}, 30 * USEC_PER_SEC);
}

static void assert_table(void **state, const char *sql, const char *expected) {
  struct fixture *fixture = *state;
  char text[1024] = "";
  FILE *out = fmemopen(text, sizeof text, "w");
  struct pg_rows *rows;
  assert_int_equal(pg_admin_query(fixture->admin, sql, NULL, 0, &rows), 0);
  table_print(rows, out);
  pg_rows_free(rows);
  fclose(out);
  assert_string_equal(text, expected);
}

static void test_columns_are_aligned(void **state) {
  assert_table(state, "SELECT 'a' AS wide_name, 'long value' AS b UNION ALL SELECT 'bb', 'x'",
               " wide_name | b\n-----------+------------\n a         | long value\n bb        | x\n(2 rows)\n");
}

static void test_null_is_nothing(void **state) {
  assert_table(state, "SELECT NULL::text AS a, 1 AS b", " a | b\n---+---\n   | 1\n(1 row)\n");
}

static void test_width_counts_characters(void **state) {
  assert_table(state, "SELECT 'é' AS a, 1 AS b UNION ALL SELECT 'xy', 2", " a  | b\n----+---\n é  | 1\n xy | 2\n(2 rows)\n");
}

static void test_empty_table(void **state) {
  assert_table(state, "SELECT 1 AS a WHERE false", " a\n---\n(0 rows)\n");
}

static void test_counts_an_empty_database(void **state) {
  struct fixture *fixture = *state;
  struct demo demo = demo_make(5);
  assert_int_equal(demo_count_now(&demo, fixture->admin), 0);
  assert_int_equal(demo.count.triggers, 0);
  assert_int_equal(demo.count.runs, 0);
  assert_int_equal(demo.count.stuck, 0);
  assert_false(demo_is_whole(&demo));
}

// The report's queries fit the schema, and it ends well without a run to tell of.
static void test_report_of_an_empty_database(void **state) {
  struct fixture *fixture = *state;
  struct demo demo = demo_make(5);
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_int_equal(report_print(&demo, fixture->admin, out), 0);
  fclose(out);
  assert_non_null(strstr(text, "workflow.run_status"));
  assert_non_null(strstr(text, "(0 rows)"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_columns_are_aligned),      cmocka_unit_test(test_null_is_nothing),
      cmocka_unit_test(test_width_counts_characters),  cmocka_unit_test(test_empty_table),
      cmocka_unit_test(test_counts_an_empty_database), cmocka_unit_test(test_report_of_an_empty_database),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
