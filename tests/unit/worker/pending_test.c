// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/pending.h"

static const struct action_id A = {.run_id = {{1}}, .action_no = 1}, B = {.run_id = {{1}}, .action_no = 2};

static void put(struct pending *pending, const struct action_id *id, int32_t attempt, usec_t due_at, usec_t heartbeat_at) {
  pending_put(pending, &(struct pending_work){.action = *id, .reply_topic = (char *)"t", .attempt = attempt, .due_at = due_at,
                                              .heartbeat_at = heartbeat_at, .result = (char *)"r", .result_size = 1});
}

static void test_due_at_its_instant_and_not_before(void **state) {
  (void)state;
  struct pending *pending = pending_new();
  put(pending, &A, 1, 100, USEC_NEVER);
  assert_null(pending_due(pending, 99));
  assert_int_equal(pending_due(pending, 100)->action.action_no, 1);
  pending_free(pending);
}

static void test_found_by_id_and_attempt(void **state) {
  (void)state;
  struct pending *pending = pending_new();
  put(pending, &A, 2, 100, USEC_NEVER);
  assert_null(pending_find(pending, &A, 1));
  assert_null(pending_find(pending, &B, 2));
  assert_non_null(pending_find(pending, &A, 2));
  pending_free(pending);
}

static void test_removed_is_gone(void **state) {
  (void)state;
  struct pending *pending = pending_new();
  put(pending, &A, 1, 100, USEC_NEVER);
  pending_remove(pending, pending_find(pending, &A, 1));
  assert_null(pending_due(pending, 1000));
  assert_true(pending_next(pending) == USEC_NEVER);
  pending_free(pending);
}

static void test_next_is_the_earliest_of_both_kinds(void **state) {
  (void)state;
  struct pending *pending = pending_new();
  put(pending, &A, 1, 100, 70);
  put(pending, &B, 1, 80, USEC_NEVER);
  assert_int_equal(pending_next(pending), 70);
  assert_int_equal(pending_silent(pending, 70)->action.action_no, 1);
  assert_null(pending_silent(pending, 69));
  pending_free(pending);
}

static void test_free_takes_null(void **state) {
  (void)state;
  pending_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_due_at_its_instant_and_not_before),
      cmocka_unit_test(test_found_by_id_and_attempt),
      cmocka_unit_test(test_removed_is_gone),
      cmocka_unit_test(test_next_is_the_earliest_of_both_kinds),
      cmocka_unit_test(test_free_takes_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
