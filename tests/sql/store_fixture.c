// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "io/pg_migrate.h"
#include "loop.h"

static struct pg_admin *connect_to(const char *conninfo) {
  struct pg_admin *admin;
  char *reason = NULL;
  if (pg_admin_connect(conninfo, "test", &admin, &reason)) fail_msg("%s: %s", conninfo, reason);
  return admin;
}

static void run(struct pg_admin *admin, const char *sql) {
  if (pg_admin_script(admin, sql)) fail_msg("%s: %s", sql, pg_admin_error(admin));
}

static void on_reply(void *context, int lane, const struct store_request *request, const struct store_reply *reply) {
  struct fixture *fixture = context;
  assert_int_equal(lane, 0);
  fixture->is_answered = true;
  fixture->status = reply->status;
  fixture->clock = reply->clock;
  fixture->fenced_home = reply->error.home;
  memcpy(fixture->sqlstate, reply->error.sqlstate, sizeof fixture->sqlstate);
  snprintf(fixture->text, sizeof fixture->text, "%s", reply->error.text ? reply->error.text : "");
  if (request->kind == STORE_TAKEOVER && reply->status == STORE_OK) {
    for (size_t i = 0; i < reply->takeover.home_count && i < 4; i++) {
      fixture->homes[i] = reply->takeover.homes[i];
      fixture->homes[i].inbox_acks = NULL;
    }
    fixture->packed_count = reply->takeover.packed_count;
    snprintf(fixture->cluster, sizeof fixture->cluster, "%s", reply->takeover.stored_cluster_id);
  }
  if (fixture->check) fixture->check(fixture, reply);
  event_base_loopbreak(fixture->base);
}

static void on_connection(void *context, int lane, bool is_up, const char *reason) {
  (void)lane, (void)reason, (void)is_up;
  event_base_loopbreak(((struct fixture *)context)->base);
}

static int next_number;

int fixture_open(void **state) {
  const char *server = getenv("WORKFLOWD_TEST_DATABASE");
  if (!server) fail_msg("WORKFLOWD_TEST_DATABASE is not set: run by tests/lib/with_postgres.py");
  struct fixture *fixture = xcalloc(1, sizeof *fixture);
  fixture->database = xasprintf("store_%d_%d", (int)getpid(), next_number++);
  struct pg_admin *admin = connect_to(server);
  char *create = xasprintf("CREATE DATABASE %s", fixture->database);
  run(admin, create);
  free(create);
  pg_admin_free(admin);
  char *conninfo = xasprintf("%s dbname=%s", server, fixture->database);
  fixture->admin = connect_to(conninfo);
  free(conninfo);
  if (pg_migrate(fixture->admin, NULL, NULL)) fail_msg("migrate: %s", pg_admin_error(fixture->admin));
  run(fixture->admin, "DO $$ BEGIN IF to_regrole('store_test') IS NULL THEN CREATE ROLE store_test LOGIN IN ROLE workflow_daemon;"
                      " END IF; END $$");
  fixture->conninfo = xasprintf("%s dbname=%s user=store_test", server, fixture->database);
  fixture->base = event_base_new();
  fixture->store = pg_store_new(fixture->base, &(struct pg_store_config){.conninfo = fixture->conninfo, .instance = fixture->database, .lanes = 1},
                                &(struct pg_store_handler){fixture, on_reply, on_connection});
  *state = fixture;
  return 0;
}

int fixture_close(void **state) {
  struct fixture *fixture = *state;
  pg_store_free(fixture->store);
  event_base_free(fixture->base);
  pg_admin_free(fixture->admin);
  free(fixture->conninfo);
  free(fixture->database);
  free(fixture);
  return 0;
}

enum store_status fixture_ask(struct fixture *fixture, const struct store_request *request) {
  fixture->is_answered = false;
  pg_store_submit(fixture->store, 0, request);
  assert_false(fixture->is_answered); // never from within the call
  while (!fixture->is_answered) loop_turn(fixture->base, "request");
  return fixture->status;
}

void fixture_wait_connected(struct fixture *fixture) {
  while (!pg_store_is_connected(fixture->store, 0)) loop_turn(fixture->base, "connection");
}

char *fixture_sql(struct fixture *fixture, const char *sql) {
  struct pg_rows *rows;
  if (pg_admin_query(fixture->admin, sql, NULL, 0, &rows)) fail_msg("%s: %s", sql, pg_admin_error(fixture->admin));
  const char *value = pg_rows_count(rows) ? pg_rows_value(rows, 0, 0) : NULL;
  char *copy = value ? xstrdup(value) : NULL;
  pg_rows_free(rows);
  return copy;
}

void fixture_expect(struct fixture *fixture, const char *sql, const char *expected) {
  char *value = fixture_sql(fixture, sql);
  if (!value || strcmp(value, expected)) fail_msg("%s: got %s, expected %s", sql, value ? value : "NULL", expected);
  free(value);
}

void fixture_take(struct fixture *fixture, int partitions, const char *instance) {
  struct store_source sources[4] = {0};
  for (int i = 0; i < partitions; i++) sources[i] = (struct store_source){.topic = "triggers", .partition = i};
  struct store_request request = {.kind = STORE_TAKEOVER, .takeover = {"cluster", instance, sources, (size_t)partitions, "triggers"}};
  if (fixture_ask(fixture, &request) != STORE_OK) fail_msg("take-over: %s", fixture->text);
}

struct store_fence fixture_fence(struct fixture *fixture, int index) {
  struct store_home *home = &fixture->homes[index];
  return (struct store_fence){.home = home->home,
                              .epoch = home->epoch,
                              .batch_no = ++home->batch_no,
                              .next_offset = 5,
                              .last_offset = 4,
                              .last_timestamp = 1700000000000000,
                              .last_hash = UINT64_C(0xfedcba9876543210),
                              .outbox_acked = 1,
                              .guard_low = 1,
                              .timer_low = 1700000000000000};
}
