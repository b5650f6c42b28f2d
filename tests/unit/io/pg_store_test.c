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
#include "io/pg_store.h"

// What a server answers is tested on a real one: tests/sql/pg_server_test.c.

struct seen {
  struct event_base *base;
  const struct store_request *request;
  int answers, downs;
  enum store_status status;
  char text[256];
};

static void on_reply(void *context, int lane, const struct store_request *request, const struct store_reply *reply) {
  struct seen *seen = context;
  assert_int_equal(lane, 1);
  assert_ptr_equal(request, seen->request);
  seen->answers++;
  seen->status = reply->status;
  snprintf(seen->text, sizeof seen->text, "%s", reply->error.text);
  event_base_loopbreak(seen->base);
}

static void on_connection(void *context, int lane, bool is_up, const char *reason) {
  (void)lane;
  assert_false(is_up);
  assert_non_null(reason);
  ((struct seen *)context)->downs++;
}

static void without_a_server_a_request_is_answered_by_down(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  struct seen seen = {.base = event_base_new()};
  struct pg_store *store = pg_store_new(seen.base, &(struct pg_store_config){.conninfo = conninfo, .instance = "i", .lanes = 2},
                                        &(struct pg_store_handler){&seen, on_reply, on_connection});
  struct uuid run = {{1}};
  struct store_request requests[] = {{.kind = STORE_DEFINITIONS}, {.kind = STORE_LOAD, .load = {.runs = &run, .run_count = 1}}};
  for (int i = 0; i < 2; i++) {
    seen.request = &requests[i];
    pg_store_submit(store, 1, &requests[i]);
    assert_int_equal(seen.answers, i); // never from within the call
    event_base_dispatch(seen.base);
    assert_int_equal(seen.answers, i + 1);
    assert_int_equal(seen.status, STORE_DOWN);
    assert_non_null(strstr(seen.text, "refused"));
  }
  assert_true(seen.downs >= 2);
  assert_false(pg_store_is_connected(store, 0));
  pg_store_free(store);
  event_base_free(seen.base);
  close(closed.fd);
}

static void it_may_be_freed_with_a_request_under_way(void **state) {
  (void)state;
  struct seen seen = {.base = event_base_new()};
  struct pg_store *store = pg_store_new(seen.base, &(struct pg_store_config){.conninfo = "host=127.0.0.1", .instance = "i", .lanes = 1},
                                        &(struct pg_store_handler){&seen, on_reply, on_connection});
  struct store_request request = {.kind = STORE_LOAD};
  pg_store_submit(store, 0, &request);
  pg_store_free(store);
  pg_store_free(NULL);
  event_base_free(seen.base);
  assert_int_equal(seen.answers, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_server_a_request_is_answered_by_down),
      cmocka_unit_test(it_may_be_freed_with_a_request_under_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
