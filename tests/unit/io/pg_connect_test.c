// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "closed_port.h"
#include "io/pg_connect.h"

struct answer {
  struct event_base *base;
  int calls;
  bool connected;
  char reason[512];
};

static void connected(void *context, PGconn *pg, const char *reason) {
  struct answer *answer = context;
  answer->calls++;
  answer->connected = pg != NULL;
  PQfinish(pg);
  snprintf(answer->reason, sizeof answer->reason, "%s", reason ? reason : "");
  event_base_loopbreak(answer->base);
}

static struct answer attempt(const char *conninfo) {
  struct answer answer = {.base = event_base_new()};
  struct pg_connect *connect = pg_connect_new(answer.base, conninfo, "test", connected, &answer);
  assert_int_equal(answer.calls, 0);
  event_base_dispatch(answer.base);
  pg_connect_free(connect);
  event_base_free(answer.base);
  assert_int_equal(answer.calls, 1);
  assert_false(answer.connected);
  return answer;
}

static void nobody_listens(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  assert_non_null(strstr(attempt(conninfo).reason, "Connection refused"));
  // By name, which is looked up first; every one of its addresses is tried.
  snprintf(conninfo, sizeof conninfo, "host=localhost,127.0.0.1 port=%d,%d", closed.port, closed.port);
  assert_non_null(strstr(attempt(conninfo).reason, "refused"));
  close(closed.fd);
}

// A listener whose queue is full: the kernel drops whoever comes next without a word.
static void a_host_that_swallows_packets(void **state) {
  (void)state;
  struct closed_port port = closed_port_open();
  assert_int_equal(listen(port.fd, 0), 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port.port)};
  int guests[8];
  for (size_t i = 0; i < 8; i++) {
    guests[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(guests[i], (struct sockaddr *)&address, sizeof address); // some of them wait for ever
  }
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 connect_timeout=1 port=%d", port.port);
  assert_string_equal(attempt(conninfo).reason, "no answer from 127.0.0.1 within 1 seconds");
  for (size_t i = 0; i < 8; i++) close(guests[i]);
  close(port.fd);
}

static void a_name_that_does_not_resolve(void **state) {
  (void)state;
  assert_non_null(strstr(attempt("host=no-such-host.invalid").reason, "cannot be resolved"));
}

static void another_host_is_tried(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  static const char *const others[] = {"localhost", "127.0.0.1"};
  for (size_t i = 0; i < 2; i++) {
    char conninfo[128];
    snprintf(conninfo, sizeof conninfo, "host=no-such-host.invalid,%s port=1,%d", others[i], closed.port);
    char port[24];
    snprintf(port, sizeof port, "port %d failed", closed.port);
    assert_non_null(strstr(attempt(conninfo).reason, port));
  }
  close(closed.fd);
}

static void a_connection_string_that_cannot_be_read(void **state) {
  (void)state;
  assert_non_null(strstr(attempt("hoost=x").reason, "hoost"));
}

static void a_socket_that_is_not_there(void **state) {
  (void)state;
  assert_non_null(strstr(attempt("host=/nonexistent").reason, "No such file"));
}

static void it_may_be_given_up(void **state) {
  (void)state;
  struct answer answer = {.base = event_base_new()};
  pg_connect_free(pg_connect_new(answer.base, "host=localhost", "test", connected, &answer));
  event_base_loop(answer.base, EVLOOP_NONBLOCK);
  assert_int_equal(answer.calls, 0);
  event_base_free(answer.base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_listens),
      cmocka_unit_test(a_host_that_swallows_packets),
      cmocka_unit_test(a_name_that_does_not_resolve),
      cmocka_unit_test(another_host_is_tried),
      cmocka_unit_test(a_connection_string_that_cannot_be_read),
      cmocka_unit_test(a_socket_that_is_not_there),
      cmocka_unit_test(it_may_be_given_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
