// SPDX-License-Identifier: Apache-2.0
// Every statement on a real server: it can be prepared, and its plan uses the indexes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "io/pg_statement.h"
#include "store_fixture.h"

static void every_statement_is_prepared_with_its_parameters(void **state) {
  struct fixture *fixture = *state;
  for (int i = 0; i < PG_STATEMENTS; i++) {
    char *prepare = xasprintf("PREPARE \"%s\" AS %s", pg_statements[i].name, pg_statements[i].sql);
    // Commands of transactions cannot be prepared by SQL, only by the protocol.
    if (i == PG_BEGIN || i == PG_COMMIT || i == PG_ROLLBACK) assert_int_equal(pg_statements[i].parameter_count, 0);
    else if (pg_admin_script(fixture->admin, prepare)) fail_msg("%s: %s", pg_statements[i].name, pg_admin_error(fixture->admin));
    free(prepare);
  }
  struct pg_rows *rows;
  assert_int_equal(pg_admin_query(fixture->admin, "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements", NULL, 0, &rows), 0);
  assert_int_equal(pg_rows_count(rows), PG_STATEMENTS - 3);
  for (size_t row = 0; row < pg_rows_count(rows); row++)
    for (int i = 0; i < PG_STATEMENTS; i++)
      if (!strcmp(pg_statements[i].name, pg_rows_value(rows, row, 0)))
        assert_int_equal(pg_statements[i].parameter_count, atoi(pg_rows_value(rows, row, 1)));
  pg_rows_free(rows);
}

// A plan made once must use the indexes, whatever the tables' size was then.
static void no_statement_reads_a_whole_table(void **state) {
  static const enum pg_statement by_key[] = {PG_LOAD_RUNS, PG_LOAD_EVENTS, PG_UPDATE_RUNS, PG_UPDATE_STEPS, PG_UPDATE_ACTIONS, PG_SCAN_TIMERS, PG_READ_PACKED};
  struct fixture *fixture = *state;
  assert_int_equal(pg_admin_script(fixture->admin, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
                                                   " SET enable_hashjoin = off; SET enable_mergejoin = off"), 0);
  for (size_t i = 0; i < sizeof by_key / sizeof *by_key; i++) {
    const struct pg_statement_text *text = &pg_statements[by_key[i]];
    char *sql = xasprintf("PREPARE \"%s\" AS %s; EXPLAIN EXECUTE \"%s\"(", text->name, text->sql, text->name);
    assert_int_equal(pg_admin_script(fixture->admin, strndupa(sql, (size_t)(strstr(sql, "; EXPLAIN") - sql))), 0);
    char *explain = xstrdup(strstr(sql, "EXPLAIN"));
    for (size_t p = 0; p < text->parameter_count; p++) {
      static const char *const scan[] = {"1", "now()", "now() + '2 days'", "now()", "gen_random_uuid()", "0", "10"};
      // NULL as a bound of timers would leave no partition to explain.
      char *longer = xasprintf("%s%s%s", explain, by_key[i] == PG_SCAN_TIMERS ? scan[p] : "NULL", p + 1 < text->parameter_count ? ", " : ")");
      free(explain);
      explain = longer;
    }
    struct pg_rows *rows;
    if (pg_admin_query(fixture->admin, explain, NULL, 0, &rows)) fail_msg("%s: %s", explain, pg_admin_error(fixture->admin));
    size_t by_index = 0;
    for (size_t row = 0; row < pg_rows_count(rows); row++) {
      if (strstr(pg_rows_value(rows, row, 0), "Seq Scan")) fail_msg("%s: %s", text->name, pg_rows_value(rows, row, 0));
      by_index += strstr(pg_rows_value(rows, row, 0), "Index") != NULL;
    }
    assert_true(by_index > 0);
    pg_rows_free(rows);
    free(explain);
    free(sql);
  }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(every_statement_is_prepared_with_its_parameters),
      CASE(no_statement_reads_a_whole_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
