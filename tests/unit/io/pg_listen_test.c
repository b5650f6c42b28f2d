// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "closed_port.h"
#include "io/pg_listen.h"

// What is heard is tested on a real server: tests/sql/pg_notice_test.c.

struct seen {
  int notices, states;
  enum pg_listen_state state;
  char reason[256];
};

static void on_notice(void *context, int home) {
  (void)home;
  ((struct seen *)context)->notices++;
}

static void on_state(void *context, enum pg_listen_state state, const char *reason) {
  struct seen *seen = context;
  seen->states++;
  seen->state = state;
  snprintf(seen->reason, sizeof seen->reason, "%s", reason);
}

static void a_server_that_is_away_is_told_once(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  struct seen seen = {0};
  struct event_base *base = event_base_new();
  struct pg_listen *listen = pg_listen_new(base, &(struct pg_listen_config){.conninfo = conninfo, .instance = "i"},
                                           &(struct pg_listen_handler){&seen, on_notice, on_state});
  assert_int_equal(seen.states, 0); // never from within the call
  struct timeval tries = {0, 500000}; // three or so
  event_base_loopexit(base, &tries);
  event_base_dispatch(base);
  assert_int_equal(seen.states, 1);
  assert_int_equal(seen.state, PG_LISTEN_DOWN);
  assert_non_null(strstr(seen.reason, "refused"));
  assert_int_equal(seen.notices, 0);
  pg_listen_free(listen);
  event_base_free(base);
  close(closed.fd);
}

static void it_may_be_freed_before_it_is_connected(void **state) {
  (void)state;
  struct seen seen = {0};
  struct event_base *base = event_base_new();
  pg_listen_free(pg_listen_new(base, &(struct pg_listen_config){.conninfo = "host=127.0.0.1", .instance = "i"},
                               &(struct pg_listen_handler){&seen, on_notice, NULL}));
  event_base_loop(base, EVLOOP_NONBLOCK);
  assert_int_equal(seen.notices, 0);
  pg_listen_free(NULL);
  event_base_free(base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_server_that_is_away_is_told_once),
      cmocka_unit_test(it_may_be_freed_before_it_is_connected),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
