// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_trouble.h"

static void what_keeps_it_has_a_word(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"53100", "disk_full"}, {"40P01", "deadlock"}, {"40001", "serialization"}, {"55P03", "lock_timeout"},
      {"57P01", "shutdown"},  {"57014", "statement_timeout"}, {"58030", "io_error"}, {"08006", "connection"},
      {"", "connection"},     {"42P01", "other"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_string_equal(pg_trouble_word(rows[i][0]), rows[i][1]);
}

static void advice_is_for_what_an_operator_can_change(void **state) {
  (void)state;
  assert_non_null(strstr(pg_trouble_advice("53100"), "disk is full"));
  assert_non_null(strstr(pg_trouble_advice("25006"), "primary"));
  assert_null(pg_trouble_advice("40P01"));
  assert_null(pg_trouble_advice("57P01"));
  assert_null(pg_trouble_advice(""));
}

static void a_refusal_is_told_from_being_away(void **state) {
  (void)state;
  assert_non_null(strstr(pg_trouble_refusal("FATAL:  password authentication failed for user \"x\""), "password_file"));
  assert_non_null(strstr(pg_trouble_refusal("SSL error: certificate verify failed"), "sslrootcert"));
  assert_non_null(strstr(pg_trouble_refusal("server certificate for \"a\" does not match host name \"b\""), "host in"));
  assert_non_null(strstr(pg_trouble_refusal("FATAL:  no pg_hba.conf entry for host \"127.0.0.1\", no encryption"), "sslmode"));
  assert_non_null(strstr(pg_trouble_refusal("ERROR:  relation \"workflow.migration\" does not exist"), "workflowctl migrate"));
  assert_non_null(strstr(pg_trouble_refusal("ERROR:  permission denied for schema workflow"), "member of workflow_daemon"));
  assert_non_null(strstr(pg_trouble_refusal("ERROR:  permission denied for table batch"), "member of workflow_daemon"));
  assert_null(pg_trouble_refusal("Connection refused"));
  assert_null(pg_trouble_refusal("FATAL:  the database system is starting up"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_keeps_it_has_a_word),
      cmocka_unit_test(advice_is_for_what_an_operator_can_change),
      cmocka_unit_test(a_refusal_is_told_from_being_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
