// SPDX-License-Identifier: Apache-2.0
// Upkeep by one keeper, on a real server.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "io/pg_admin.h"
#include "io/pg_upkeep.h"
#include "loop.h"
#include "store_fixture.h"

struct told {
  struct event_base *base;
  struct pg_upkeep *upkeep;
  int keepers, losses, maintained, measured, counted, failed;
  double dropped, put_off, deleted;
  double batches, inbox_waiting, run_ahead, batch_ahead, run_age;
  double waiting, suspended, stuck;
  size_t groups;
  int watched;
  char holder[200];
};

static void on_keeper(void *context, bool is_keeper) {
  struct told *told = context;
  if (is_keeper)
    told->keepers++;
  else
    told->losses++;
  event_base_loopbreak(told->base);
}

static void on_deed(void *context, const char *deed, const char *object, double amount) {
  struct told *told = context;
  assert_true(strlen(object) > 0);
  if (!strcmp(deed, "dropped")) told->dropped += amount;
  if (!strcmp(deed, "put off")) told->put_off += amount;
  if (!strcmp(deed, "deleted")) told->deleted += amount;
  assert_string_not_equal(deed, "again");
  event_base_loopbreak(told->base);
}

static void on_maintained(void *context) {
  struct told *told = context;
  told->maintained++;
  event_base_loopbreak(told->base);
}

static void on_tables(void *context, const struct pg_upkeep_table *tables, size_t count) {
  struct told *told = context;
  told->measured++;
  for (size_t i = 0; i < count; i++) {
    assert_false(isnan(tables[i].rows) || isnan(tables[i].bytes));
    if (!strcmp(tables[i].name, "batch")) told->batches = tables[i].rows, told->batch_ahead = tables[i].ahead;
    if (!strcmp(tables[i].name, "inbox")) told->inbox_waiting = tables[i].waiting;
    if (!strcmp(tables[i].name, "run")) told->run_ahead = tables[i].ahead, told->run_age = tables[i].oldest_age;
  }
  event_base_loopbreak(told->base);
}

static void on_snapshot(void *context, double seconds, double transactions, const char *holder) {
  struct told *told = context;
  told->watched++;
  bool is_old = holder && !isnan(seconds) && seconds > 0.5 && transactions >= 0;
  snprintf(told->holder, sizeof told->holder, "%s", is_old ? holder : "");
  event_base_loopbreak(told->base);
}

static void on_runs(void *context, const struct pg_upkeep_open *open, size_t count, double stuck) {
  struct told *told = context;
  told->counted++;
  told->stuck = stuck;
  told->groups = count;
  told->waiting = told->suspended = 0;
  for (size_t i = 0; i < count; i++) {
    assert_string_equal(open[i].workflow, "n/w");
    if (!strcmp(open[i].status, "waiting")) told->waiting = open[i].runs;
    if (!strcmp(open[i].status, "suspended")) told->suspended = open[i].runs;
  }
  event_base_loopbreak(told->base);
}

static void on_failed(void *context, const char *what, const char *reason) {
  struct told *told = context;
  assert_true(strlen(what) > 0 && strlen(reason) > 0);
  told->failed++;
  event_base_loopbreak(told->base);
}

static void open_upkeep(struct fixture *fixture, struct told *told, const char *conninfo) {
  *told = (struct told){.base = fixture->base};
  struct pg_upkeep_config config = {.conninfo = conninfo,
                                    .instance = fixture->database,
                                    .elect_every = USEC_PER_SEC / 20,
                                    .maintain_every = USEC_PER_SEC / 5,
                                    .measure_every = USEC_PER_SEC / 10,
                                    .watch_every = USEC_PER_SEC / 10,
                                    .survey_every = USEC_PER_SEC / 10,
                                    .retry_after = USEC_PER_SEC / 5,
                                    .slice = 7};
  told->upkeep = pg_upkeep_new(fixture->base, &config,
                               &(struct pg_upkeep_handler){told, on_keeper, on_deed, on_maintained, on_tables, on_snapshot, on_runs, on_failed});
}

// Runs the loop until a counter has risen by so many.
static void wait_until(struct told *told, const int *counter, int value) {
  while (*counter < value) loop_turn(told->base, "news of upkeep");
}

// A call of each kind that began from now on has ended.
static void wait_for_news(struct told *told) {
  wait_until(told, &told->maintained, told->maintained + 2);
  wait_until(told, &told->measured, told->measured + 2);
  wait_until(told, &told->counted, told->counted + 2);
}

static void sql(struct fixture *fixture, const char *text) { free(fixture_sql(fixture, text)); }

static void the_keeper_maintains_measures_and_counts(void **state) {
  struct fixture *fixture = *state;
  struct told told;
  fixture_take(fixture, 2, "a");
  sql(fixture, "SELECT workflow.ensure_partitions('{2020-01-06Z}', '{2020-01-06Z,2020-01-07Z}')");
  sql(fixture, "INSERT INTO workflow.tombstone (home, cancel_time, expires_at, cancellation_key)"
               " SELECT 1, now(), now() - interval '1 day', 'k' FROM generate_series(1, 30)");
  sql(fixture, "INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq, retry_count, error_count, status,"
               " waiting_for, workflow, workflow_version) SELECT id, id, now(), now(), 1, 1, 0, 0, CASE WHEN n > 18 THEN 'suspended' ELSE 'waiting' END,"
               " CASE WHEN n > 2 THEN 'event' END, 'n/w', '1' FROM generate_series(1, 20) n, LATERAL (SELECT overlay(workflow.uuid_at(now() - interval '1 min')"
               "::text placing to_char(n, 'FM00') from 35)::uuid AS id) i");
  sql(fixture, "INSERT INTO workflow.subscription (run_id, subscription_no, filter_no, key, type)"
               " SELECT run_id, 1, 1, 0, 't' FROM workflow.run WHERE waiting_for = 'event'");
  open_upkeep(fixture, &told, fixture->conninfo);
  wait_for_news(&told);
  assert_int_equal(told.keepers, 1);
  assert_int_equal(told.failed, 0);
  assert_true(told.dropped == 3); // two days of timers, one week: what is more is done at once
  assert_true(told.deleted == 30);
  assert_true(told.run_ahead > 14 * 86400 && told.run_ahead < 30 * 86400);
  assert_true(isnan(told.batch_ahead));
  assert_true(told.run_age > 59 && told.run_age < 600);
  assert_true(told.inbox_waiting == 0);
  assert_int_equal(told.groups, 2);
  assert_true(told.waiting == 18 && told.suspended == 2 && told.stuck == 2);
  // What has changed is told with the next count, and is not added to the last.
  sql(fixture, "UPDATE workflow.run SET ended_at = now(), status = 'completed' WHERE status = 'waiting'");
  wait_for_news(&told);
  assert_int_equal(told.groups, 1);
  assert_true(told.waiting == 0 && told.suspended == 2 && told.stuck == 0);
  pg_upkeep_free(told.upkeep);
}

static void who_holds_an_old_snapshot_is_named(void **state) {
  struct fixture *fixture = *state;
  struct told told;
  open_upkeep(fixture, &told, fixture->conninfo);
  struct pg_admin *other;
  char *error;
  assert_int_equal(pg_admin_connect(fixture->conninfo, "report", &other, &error), 0);
  assert_int_equal(pg_admin_script(other, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM workflow.run"), 0);
  while (!*told.holder) wait_until(&told, &told.watched, told.watched + 1);
  assert_non_null(strstr(told.holder, "report, idle in transaction"));
  assert_int_equal(pg_admin_script(other, "COMMIT"), 0);
  while (*told.holder) wait_until(&told, &told.watched, told.watched + 1);
  pg_admin_free(other);
  pg_upkeep_free(told.upkeep);
}

// Its session ends in the middle of a statement, which is no failure of that statement.
static void end_keeper(struct fixture *fixture) {
  struct pg_admin *other;
  char *error, *waits = NULL;
  assert_int_equal(pg_admin_connect(fixture->conninfo, "blocker", &other, &error), 0);
  assert_int_equal(pg_admin_script(other, "BEGIN; LOCK TABLE workflow.run"), 0);
  do {
    free(waits);
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
    waits = fixture_sql(fixture, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%/upkeep' AND wait_event_type = 'Lock'"
                                 " AND datname = current_database()");
  } while (strcmp(waits, "1"));
  free(waits);
  sql(fixture, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%/upkeep' AND wait_event_type = 'Lock'"
               " AND datname = current_database()");
  assert_int_equal(pg_admin_script(other, "ROLLBACK"), 0);
  pg_admin_free(other);
}

static void there_is_one_keeper_until_its_session_ends(void **state) {
  struct fixture *fixture = *state;
  struct told first, second;
  open_upkeep(fixture, &first, fixture->conninfo);
  wait_until(&first, &first.counted, 1);
  open_upkeep(fixture, &second, fixture->conninfo);
  wait_until(&first, &first.counted, first.counted + 5);
  assert_int_equal(second.keepers + second.measured + second.counted + second.maintained, 0);
  end_keeper(fixture);
  wait_until(&first, &first.losses, 1);
  while (first.keepers + second.keepers < 2) wait_until(&second, &second.keepers, first.keepers == 1 ? 1 : 0);
  struct told *keeper = second.keepers ? &second : &first;
  wait_until(keeper, &keeper->counted, keeper->counted + 1);
  assert_int_equal(first.failed + second.failed, 0);
  pg_upkeep_free(first.upkeep);
  pg_upkeep_free(second.upkeep);
}

static void what_fails_is_told_and_tried_again(void **state) {
  struct fixture *fixture = *state;
  struct told told;
  sql(fixture, "ALTER FUNCTION workflow.maintain RENAME TO maintain_away");
  open_upkeep(fixture, &told, fixture->conninfo);
  wait_until(&told, &told.failed, 2);
  assert_int_equal(told.maintained, 0);
  assert_int_equal(told.losses, 0);
  wait_until(&told, &told.counted, 1); // the others go on
  sql(fixture, "ALTER FUNCTION workflow.maintain_away RENAME TO maintain");
  wait_until(&told, &told.maintained, 1);
  pg_upkeep_free(told.upkeep);
}

static void what_is_put_off_is_tried_again(void **state) {
  struct fixture *fixture = *state;
  struct told told;
  sql(fixture, "SELECT workflow.ensure_partitions('{2020-01-06Z}', '{}')");
  struct pg_admin *reader;
  char *problem;
  assert_int_equal(pg_admin_connect(fixture->conninfo, "reader", &reader, &problem), 0);
  assert_int_equal(pg_admin_script(reader, "BEGIN"), 0);
  assert_int_equal(pg_admin_script(reader, "SELECT count(*) FROM workflow.event"), 0);
  open_upkeep(fixture, &told, fixture->conninfo);
  while (told.put_off < 2) wait_until(&told, &told.measured, told.measured + 1);
  assert_int_equal(told.maintained, 0);
  assert_true(told.dropped == 0);
  assert_int_equal(pg_admin_script(reader, "ROLLBACK"), 0);
  wait_until(&told, &told.maintained, 1);
  assert_true(told.dropped == 1);
  pg_admin_free(reader);
  pg_upkeep_free(told.upkeep);
}

static void nothing_is_done_on_another_schema(void **state) {
  struct fixture *fixture = *state;
  struct told told;
  sql(fixture, "INSERT INTO workflow.migration (version, name) VALUES (1000, 'future')");
  open_upkeep(fixture, &told, fixture->conninfo);
  struct timeval tries = {0, 500000};
  event_base_loopexit(fixture->base, &tries);
  event_base_dispatch(fixture->base);
  assert_int_equal(told.keepers + told.failed, 0);
  sql(fixture, "DELETE FROM workflow.migration WHERE version = 1000");
  wait_until(&told, &told.maintained, 1);
  pg_upkeep_free(told.upkeep);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(who_holds_an_old_snapshot_is_named),
      CASE(the_keeper_maintains_measures_and_counts), CASE(there_is_one_keeper_until_its_session_ends),
      CASE(what_fails_is_told_and_tried_again),       CASE(what_is_put_off_is_tried_again),
      CASE(nothing_is_done_on_another_schema),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
