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
#include "io/pg_admin.h"

// What a server answers is tested on a real one: tests/sql/.

static void nobody_listens(void **state) {
  (void)state;
  struct closed_port closed = closed_port_open();
  char conninfo[128], *reason = NULL;
  snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d", closed.port);
  struct pg_admin *admin = NULL;
  assert_int_equal(pg_admin_connect(conninfo, "test", &admin, &reason), -WF_EDOWN);
  assert_null(admin);
  assert_non_null(strstr(reason, "Connection refused"));
  assert_non_null(strstr(reason, "refused; Is the server running"));
  assert_null(strchr(reason, '\n'));
  assert_null(strchr(reason, '\t'));
  free(reason);
  close(closed.fd);
}

static void a_connection_string_that_cannot_be_read(void **state) {
  (void)state;
  struct pg_admin *admin = NULL;
  char *reason = NULL;
  assert_int_equal(pg_admin_connect("hoost=x", "test", &admin, &reason), -WF_EDOWN);
  assert_non_null(strstr(reason, "hoost"));
  free(reason);
}

static void nothing_is_freed(void **state) {
  (void)state;
  pg_admin_free(NULL);
  pg_rows_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_listens),
      cmocka_unit_test(a_connection_string_that_cannot_be_read),
      cmocka_unit_test(nothing_is_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
