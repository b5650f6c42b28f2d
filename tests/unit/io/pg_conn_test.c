// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "closed_port.h"
#include "io/pg_conn.h"

// What a server answers is tested on a real one: tests/sql/pg_server_test.c.

struct seen {
  struct event_base *base;
  int downs, others;
};

static void on_ready(void *context) { ((struct seen *)context)->others++; }

static void on_down(void *context, const char *reason) {
  struct seen *seen = context;
  assert_non_null(strstr(reason, "refused"));
  if (++seen->downs == 3) event_base_loopbreak(seen->base);
}

static void on_result(void *context, enum pg_statement statement, const PGresult *result) {
  (void)statement, (void)result;
  ((struct seen *)context)->others++;
}

static void on_done(void *context, const struct pg_outcome *outcome) {
  (void)outcome;
  ((struct seen *)context)->others++;
}

static void it_tries_again_and_again(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  struct seen seen = {.base = event_base_new()};
  struct pg_conn *conn = pg_conn_new(seen.base, &(struct pg_conn_config){.conninfo = conninfo, .application_name = "test"},
                                     &(struct pg_conn_handler){&seen, on_ready, on_down, on_result, on_done});
  assert_false(pg_conn_is_ready(conn));
  assert_int_equal(seen.downs, 0);
  event_base_dispatch(seen.base);
  assert_int_equal(seen.downs, 3);
  assert_int_equal(seen.others, 0);
  assert_false(pg_conn_is_ready(conn));
  pg_conn_free(conn);
  event_base_free(seen.base);
  close(closed.fd);
}

static void on_another_reason(void *context, const char *reason) {
  struct seen *seen = context;
  seen->downs++;
  if (strstr(reason, "/nonexistent")) event_base_loopbreak(seen->base);
}

static void another_conninfo_is_tried_at_once(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  struct seen seen = {.base = event_base_new()};
  struct pg_conn *conn = pg_conn_new(seen.base, &(struct pg_conn_config){.conninfo = conninfo, .application_name = "test"},
                                     &(struct pg_conn_handler){&seen, on_ready, on_another_reason, on_result, on_done});
  while (!seen.downs) event_base_loop(seen.base, EVLOOP_ONCE);
  int before = seen.downs;
  pg_conn_set_conninfo(conn, "host=/nonexistent");
  event_base_dispatch(seen.base);
  assert_int_equal(seen.downs, before + 1);
  pg_conn_free(conn);
  event_base_free(seen.base);
  close(closed.fd);
}

static void it_may_be_freed_at_once(void **state) {
  (void)state;
  struct seen seen = {.base = event_base_new()};
  pg_conn_free(pg_conn_new(seen.base, &(struct pg_conn_config){.conninfo = "host=127.0.0.1", .application_name = "test"},
                           &(struct pg_conn_handler){&seen, on_ready, on_down, on_result, on_done}));
  pg_conn_free(NULL);
  event_base_loop(seen.base, EVLOOP_NONBLOCK);
  assert_int_equal(seen.downs + seen.others, 0);
  event_base_free(seen.base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_tries_again_and_again),
      cmocka_unit_test(another_conninfo_is_tried_at_once),
      cmocka_unit_test(it_may_be_freed_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
