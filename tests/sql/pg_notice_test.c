// SPDX-License-Identifier: Apache-2.0
// Notices from SQL and from the store to a listener, on a real server.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "io/pg_listen.h"
#include "loop.h"
#include "store_fixture.h"

struct listener {
  struct event_base *base;
  struct pg_listen *listen;
  int notices, downs, deafs;
  enum pg_listen_state state;
};

static void on_notice(void *context, int home) {
  (void)home;
  struct listener *listener = context;
  listener->notices++;
  event_base_loopbreak(listener->base);
}

static void on_state(void *context, enum pg_listen_state state, const char *reason) {
  struct listener *listener = context;
  listener->state = state;
  listener->downs += state == PG_LISTEN_DOWN;
  listener->deafs += state == PG_LISTEN_DEAF;
  assert_true((reason == NULL) == (state == PG_LISTEN_WORKS));
  event_base_loopbreak(listener->base);
}

static void listen_by(struct fixture *fixture, struct listener *listener, const char *conninfo) {
  *listener = (struct listener){.base = fixture->base};
  listener->listen = pg_listen_new(fixture->base, &(struct pg_listen_config){.conninfo = conninfo, .instance = fixture->database, .probe_ms = 2000},
                                   &(struct pg_listen_handler){listener, on_notice, on_state});
}

static void turn(struct listener *listener) { loop_turn(listener->base, "a notice, or another state"); }

static void wait_for(struct listener *listener, enum pg_listen_state state) {
  while (listener->state != state) turn(listener);
}

static void wait_for_notices(struct listener *listener, int notices) {
  while (listener->notices < notices) turn(listener);
  assert_int_equal(listener->notices, notices);
}

static void notices_arrive(void **state) {
  struct fixture *fixture = *state;
  struct listener listener;
  fixture_take(fixture, 2, "a");
  listen_by(fixture, &listener, fixture->conninfo);
  wait_for(&listener, PG_LISTEN_WORKS);
  assert_int_equal(listener.notices, 1); // what was sent before is not heard: one look
  int homes[] = {1, 2};
  struct store_request request = {.kind = STORE_NOTIFY, .notify = {homes, 2}};
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  assert_true(fixture->clock > 0);
  wait_for_notices(&listener, 3); // one for each home
  request.notify.home_count = 0;
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  wait_for_notices(&listener, 4);
  free(fixture_sql(fixture, "SELECT workflow.cancel_by_key('k', 'acme')"));
  wait_for_notices(&listener, 5);
  assert_int_equal(listener.downs + listener.deafs, 0);
  pg_listen_free(listener.listen);
}

static void a_broken_connection_is_made_anew(void **state) {
  struct fixture *fixture = *state;
  struct listener listener;
  listen_by(fixture, &listener, fixture->conninfo);
  wait_for(&listener, PG_LISTEN_WORKS);
  free(fixture_sql(fixture, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'workflowd/%/listen'"));
  wait_for(&listener, PG_LISTEN_DOWN);
  wait_for(&listener, PG_LISTEN_WORKS);
  assert_int_equal(listener.downs, 1);
  assert_int_equal(listener.notices, 2);
  // The connection that sent the notice to ourselves goes.
  char *left;
  while ((left = fixture_sql(fixture, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'workflowd/%/probe'"))) free(left);
  pg_listen_free(listener.listen);
}

// As through a pooler of transactions: the notice is sent, and nobody gets it.
static void notices_that_do_not_arrive_are_told(void **state) {
  struct fixture *fixture = *state;
  struct listener listener;
  free(fixture_sql(fixture, "CREATE SCHEMA deaf"));
  free(fixture_sql(fixture, "CREATE FUNCTION deaf.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''"));
  free(fixture_sql(fixture, "GRANT USAGE ON SCHEMA deaf TO PUBLIC"));
  char *conninfo = xasprintf("%s options='-c search_path=deaf,pg_catalog'", fixture->conninfo);
  listen_by(fixture, &listener, conninfo);
  wait_for(&listener, PG_LISTEN_DEAF);
  assert_int_equal(listener.deafs, 1);
  // Should one arrive all the same, it works.
  free(fixture_sql(fixture, "SELECT pg_notify('workflow_home', '1')"));
  wait_for(&listener, PG_LISTEN_WORKS);
  pg_listen_free(listener.listen);
  free(conninfo);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(notices_arrive),
      CASE(a_broken_connection_is_made_anew),
      CASE(notices_that_do_not_arrive_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
