// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "closed_port.h"
#include "io/pg_pool.h"

// What a server answers is tested on a real one: tests/integration/test_api.py.

struct seen {
  struct event_base *base;
  int ups, downs, wanted;
};

static void on_up(void *context) { ((struct seen *)context)->ups++; }

static void on_down(void *context, bool is_there, const char *reason) {
  struct seen *seen = context;
  assert_false(is_there);
  assert_non_null(strstr(reason, "refused"));
  if (++seen->downs >= seen->wanted) event_base_loopbreak(seen->base);
}

static const struct pg_pool_statement statements[] = {{"one", "SELECT $1::int", 1}};

static struct pg_pool *open_pool(struct seen *seen, const char *conninfo) {
  return pg_pool_new(seen->base, &(struct pg_pool_config){.conninfo = conninfo, .application_name = "test", .connections = 2,
                                                          .statement_timeout = USEC_PER_SEC, .setting = "a.b", .statements = statements,
                                                          .statement_count = 1, .on_up = on_up, .on_down = on_down, .context = seen});
}

static void on_answer(void *context, const struct pg_pool_answer *answer) {
  (void)answer;
  ++*(int *)context;
}

static void test_each_connection_tries_again_and_again(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128];
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  struct seen seen = {.base = event_base_new(), .wanted = 6};
  struct pg_pool *pool = open_pool(&seen, conninfo);
  assert_int_equal(seen.downs, 0);
  event_base_dispatch(seen.base);
  assert_int_equal(seen.downs, 6);
  assert_int_equal(seen.ups, 0);
  assert_int_equal(pg_pool_up(pool), 0);
  pg_pool_free(pool);
  event_base_free(seen.base);
  close(closed.fd);
}

static void test_without_a_connection_nothing_is_asked(void **state) {
  (void)state;
  struct seen seen = {.base = event_base_new()};
  struct pg_pool *pool = open_pool(&seen, "host=127.0.0.1 port=1");
  const char *values[] = {"1"};
  int answers = 0;
  assert_int_equal(pg_pool_ask(pool, 0, NULL, values, on_answer, &answers), -WF_EDOWN);
  assert_int_equal(pg_pool_busy(pool), 0);
  assert_int_equal(answers, 0);
  pg_pool_free(pool);
  event_base_free(seen.base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_connection_tries_again_and_again),
      cmocka_unit_test(test_without_a_connection_nothing_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
