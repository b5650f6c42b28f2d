// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_error.h"

static enum store_status status_of(const char *sqlstate) {
  struct pg_outcome outcome = {.kind = PG_FAILED};
  snprintf(outcome.sqlstate, sizeof outcome.sqlstate, "%s", sqlstate);
  return pg_error_status(&outcome, true);
}

static void our_own_states(void **state) {
  (void)state;
  assert_int_equal(status_of("WF001"), STORE_FENCED);
  assert_int_equal(status_of("WF002"), STORE_DUPLICATE);
  assert_int_equal(status_of("WF003"), STORE_CONFLICT);
  assert_int_equal(status_of("WF004"), STORE_STALE_DEFINITIONS);
  assert_int_equal(status_of("WF005"), STORE_TOO_EARLY);
  assert_int_equal(status_of("WF006"), STORE_FAILED);
}

static void what_passes_by_itself_waits(void **state) {
  (void)state;
  const char *states[] = {"08006", "53100", "53200", "57P01", "57014", "58030", "25006", "25P03"};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) assert_int_equal(status_of(states[i]), STORE_DOWN);
}

static void what_collides_is_done_again(void **state) {
  (void)state;
  assert_int_equal(status_of("40001"), STORE_REDO);
  assert_int_equal(status_of("40P01"), STORE_REDO);
  assert_int_equal(status_of("55P03"), STORE_REDO);
  assert_int_equal(status_of("23505"), STORE_CONFLICT);
}

static void what_cannot_be_stored_is_refused(void **state) {
  (void)state;
  const char *states[] = {"22021", "22P05", "23502", "23514", "54000"};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) assert_int_equal(status_of(states[i]), STORE_REFUSED);
}

static void anything_else_is_a_bug(void **state) {
  (void)state;
  assert_int_equal(status_of("42P01"), STORE_FAILED);
  assert_int_equal(status_of("42501"), STORE_FAILED);
  assert_int_equal(status_of("XX000"), STORE_FAILED);
  assert_int_equal(status_of(""), STORE_FAILED);
}

static void a_lost_commit_is_unknown_only_when_it_was_sent(void **state) {
  (void)state;
  struct pg_outcome outcome = {.kind = PG_LOST, .maybe_committed = true};
  assert_int_equal(pg_error_status(&outcome, true), STORE_UNKNOWN);
  assert_int_equal(pg_error_status(&outcome, false), STORE_DOWN);
  outcome.maybe_committed = false;
  assert_int_equal(pg_error_status(&outcome, true), STORE_DOWN);
}

static void a_missing_partition_is_no_named_constraint(void **state) {
  (void)state;
  struct pg_outcome outcome = {.kind = PG_FAILED, .sqlstate = "23514"};
  assert_true(pg_error_is_missing_partition(&outcome));
  outcome.has_constraint = true;
  assert_false(pg_error_is_missing_partition(&outcome));
  assert_false(pg_error_is_missing_partition(&(struct pg_outcome){.kind = PG_FAILED, .sqlstate = "23505"}));
}

static void the_detail_is_a_number_or_nothing(void **state) {
  (void)state;
  assert_int_equal(pg_error_number(&(struct pg_outcome){.detail = "17"}, -1), 17);
  assert_int_equal(pg_error_number(&(struct pg_outcome){.detail = "17 homes"}, -1), -1);
  assert_int_equal(pg_error_number(&(struct pg_outcome){.detail = ""}, -1), -1);
  assert_int_equal(pg_error_number(&(struct pg_outcome){0}, 5), 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(our_own_states),
      cmocka_unit_test(what_passes_by_itself_waits),
      cmocka_unit_test(what_collides_is_done_again),
      cmocka_unit_test(what_cannot_be_stored_is_refused),
      cmocka_unit_test(anything_else_is_a_bug),
      cmocka_unit_test(a_lost_commit_is_unknown_only_when_it_was_sent),
      cmocka_unit_test(a_missing_partition_is_no_named_constraint),
      cmocka_unit_test(the_detail_is_a_number_or_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
