// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "closed_port.h"
#include "io/pg_upkeep.h"

// What it does is tested on a real server: tests/sql/pg_upkeep_server_test.c.

static void on_keeper(void *context, bool is_keeper) {
  (void)is_keeper;
  ++*(int *)context;
}

static void on_deed(void *context, const char *deed, const char *object, double amount) {
  (void)deed, (void)object, (void)amount;
  ++*(int *)context;
}

static void on_maintained(void *context) { ++*(int *)context; }

static void on_tables(void *context, const struct pg_upkeep_table *tables, size_t count) {
  (void)tables, (void)count;
  ++*(int *)context;
}

static void on_snapshot(void *context, double seconds, double transactions, const char *holder) {
  (void)seconds, (void)transactions, (void)holder;
  ++*(int *)context;
}

static void on_runs(void *context, const struct pg_upkeep_open *open, size_t count, double stuck) {
  (void)open, (void)count, (void)stuck;
  ++*(int *)context;
}

static void on_failed(void *context, const char *what, const char *reason) {
  (void)what, (void)reason;
  ++*(int *)context;
}

static struct pg_upkeep *upkeep_by(struct event_base *base, const char *conninfo, int *calls) {
  return pg_upkeep_new(base, &(struct pg_upkeep_config){.conninfo = conninfo, .instance = "i"},
                       &(struct pg_upkeep_handler){calls, on_keeper, on_deed, on_maintained, on_tables, on_snapshot, on_runs, on_failed});
}

static void nothing_is_said_while_the_server_is_away(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  int calls = 0;
  struct event_base *base = event_base_new();
  struct pg_upkeep *upkeep = upkeep_by(base, conninfo, &calls);
  struct timeval tries = {0, 500000}; // three or so
  event_base_loopexit(base, &tries);
  event_base_dispatch(base);
  assert_true(event_base_got_exit(base)); // it has kept on trying
  assert_int_equal(calls, 0);
  pg_upkeep_free(upkeep);
  event_base_free(base);
  close(closed.fd);
}

static void it_may_be_freed_before_it_is_connected(void **state) {
  (void)state;
  int calls = 0;
  struct event_base *base = event_base_new();
  pg_upkeep_free(upkeep_by(base, "host=127.0.0.1", &calls));
  event_base_loop(base, EVLOOP_NONBLOCK);
  assert_int_equal(calls, 0);
  pg_upkeep_free(NULL);
  event_base_free(base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_said_while_the_server_is_away),
      cmocka_unit_test(it_may_be_freed_before_it_is_connected),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
