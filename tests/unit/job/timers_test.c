// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/timers.h"

static struct uuid run(unsigned recipient) { return uuid_make(USEC_PER_SEC, 1, 1, 0, recipient); }

static int setup(void **state) {
  *state = timers_new();
  return 0;
}

static int teardown(void **state) {
  timers_free(*state);
  return 0;
}

static void add_recorded(struct timers *timers, int home, unsigned recipient, int32_t timer_no, usec_t due_at) {
  timers_add(timers, &(struct timer){.run_id = run(recipient), .timer_no = timer_no, .home = home, .due_at = due_at, .deadline = due_at, .recorded = true});
}

static void add_guard(struct timers *timers, int home, unsigned recipient, int64_t batch_no, usec_t due_at) {
  timers_add(timers, &(struct timer){.run_id = run(recipient), .timer_no = 1, .action_no = 1, .attempt = 1, .home = home, .due_at = due_at, .deadline = due_at,
                                     .batch_no = batch_no, .armed_at = batch_no});
}

static void test_none_is_never(void **state) {
  struct timers *timers = *state;
  struct timer timer;
  assert_true(timers_next(timers) == USEC_NEVER);
  assert_false(timers_pop(timers, USEC_NEVER, &timer));
  assert_true(timers_low(timers, 1) == USEC_NEVER);
  assert_true(timers_guard_low(timers, 1) == INT64_MAX);
  assert_null(timers_oldest_guard(timers));
  assert_int_equal(timers_count(timers), 0);
}

static void test_they_come_in_due_order(void **state) {
  struct timers *timers = *state;
  add_recorded(timers, 1, 1, 1, 30);
  add_recorded(timers, 2, 2, 1, 10);
  add_guard(timers, 1, 3, 1, 20);
  struct timer timer;
  for (usec_t due = 10; due <= 30; due += 10) {
    assert_true(timers_next(timers) == due);
    assert_true(timers_pop(timers, 100, &timer));
    assert_true(timer.due_at == due);
  }
  assert_int_equal(timers_count(timers), 0);
}

static void test_none_comes_before_its_instant(void **state) {
  struct timers *timers = *state;
  add_recorded(timers, 1, 1, 1, 30);
  struct timer timer;
  assert_false(timers_pop(timers, 29, &timer));
  assert_true(timers_pop(timers, 30, &timer));
}

static void test_equal_instants_all_come(void **state) {
  struct timers *timers = *state;
  for (unsigned i = 1; i <= 50; i++) add_recorded(timers, 1, i, 1, 30);
  add_recorded(timers, 1, 1, 2, 30); // two of one run
  struct timer timer;
  int count = 0;
  while (timers_pop(timers, 30, &timer)) count++;
  assert_int_equal(count, 51);
}

static void test_the_same_number_replaces(void **state) {
  struct timers *timers = *state;
  add_recorded(timers, 1, 1, 1, 30);
  add_recorded(timers, 1, 1, 1, 50);
  assert_int_equal(timers_count(timers), 1);
  assert_true(timers_next(timers) == 50);
  assert_true(timers_low(timers, 1) == 50);
}

static void test_an_action_has_one_guard(void **state) {
  struct timers *timers = *state;
  struct timer guard = {.run_id = run(1), .timer_no = 1, .action_no = 1, .attempt = 1, .home = 1, .due_at = 30, .deadline = 30};
  timers_add(timers, &guard);
  guard.timer_no = 2; // the next attempt
  guard.attempt = 2;
  guard.due_at = 60;
  timers_add(timers, &guard);
  assert_int_equal(timers_count(timers), 1);
  assert_true(timers_next(timers) == 60);
}

static void test_removing_what_is_not_there_is_harmless(void **state) {
  struct timers *timers = *state;
  struct uuid id = run(1);
  timers_remove(timers, &id, 1);
  timers_remove_guard(timers, &id, 1);
  timers_remove_home(timers, 9);
  timers_recorded(timers, &id, 1);
  add_recorded(timers, 1, 1, 1, 30);
  timers_remove(timers, &id, 2);
  assert_true(timers_has(timers, &id, 1));
  timers_remove(timers, &id, 1);
  assert_false(timers_has(timers, &id, 1));
}

static void test_low_is_the_earliest_row_of_the_home(void **state) {
  struct timers *timers = *state;
  add_recorded(timers, 1, 1, 1, 30);
  add_recorded(timers, 1, 2, 1, 20);
  add_recorded(timers, 2, 3, 1, 10);
  add_guard(timers, 1, 4, 1, 5); // no row says it
  assert_true(timers_low(timers, 1) == 20);
  struct uuid id = run(2);
  timers_remove(timers, &id, 1);
  assert_true(timers_low(timers, 1) == 30);
}

static void test_guard_low_is_the_oldest_open_one_of_the_home(void **state) {
  struct timers *timers = *state;
  add_guard(timers, 1, 1, 7, 30);
  add_guard(timers, 1, 2, 8, 20);
  add_guard(timers, 2, 3, 3, 10);
  assert_true(timers_guard_low(timers, 1) == 7);
  struct uuid id = run(1);
  timers_remove_guard(timers, &id, 1);
  assert_true(timers_guard_low(timers, 1) == 8);
}

static void test_a_row_takes_the_place_of_a_guard(void **state) {
  struct timers *timers = *state;
  add_guard(timers, 1, 1, 7, 30);
  struct uuid id = run(1);
  timers_recorded(timers, &id, 1);
  timers_recorded(timers, &id, 1); // again changes nothing
  assert_true(timers_guard_low(timers, 1) == INT64_MAX);
  assert_null(timers_oldest_guard(timers));
  assert_true(timers_low(timers, 1) == 30);
  timers_remove_guard(timers, &id, 1); // it is still its action's
  assert_int_equal(timers_count(timers), 0);
}

static bool stop_at_two(void *context, const struct timer *timer) {
  int64_t *seen = context;
  seen[seen[0] + 1] = timer->batch_no;
  return ++seen[0] < 2;
}

static void test_guards_are_visited_from_the_oldest_until_told(void **state) {
  struct timers *timers = *state;
  for (int64_t i = 1; i <= 4; i++) add_guard(timers, (int)(i % 2) + 1, (unsigned)i, i, 100 - i);
  int64_t seen[8] = {0};
  timers_unrecorded(timers, 100, stop_at_two, seen);
  assert_int_equal(seen[0], 2);
  assert_int_equal(seen[1], 1);
  assert_int_equal(seen[2], 2);
}

static void test_younger_guards_are_not_visited(void **state) {
  struct timers *timers = *state;
  add_guard(timers, 1, 1, 5, 30);
  int64_t seen[8] = {0};
  timers_unrecorded(timers, 4, stop_at_two, seen);
  assert_int_equal(seen[0], 0);
  timers_unrecorded(timers, 5, stop_at_two, seen);
  assert_int_equal(seen[0], 1);
}

static void add_beating(struct timers *timers, bool recorded) {
  timers_add(timers, &(struct timer){.run_id = run(1), .timer_no = 1, .action_no = 1, .attempt = 2, .home = 1, .due_at = 10, .deadline = 100, .heartbeat = 10, .recorded = recorded});
}

static void test_a_sign_of_life_moves_the_deadline(void **state) {
  struct timers *timers = *state;
  add_beating(timers, false);
  struct uuid id = run(1);
  assert_true(timers_heartbeat(timers, &id, 1, 2, 15));
  assert_true(timers_next(timers) == 25);
}

static void test_but_never_past_the_end(void **state) {
  struct timers *timers = *state;
  add_beating(timers, false);
  struct uuid id = run(1);
  assert_true(timers_heartbeat(timers, &id, 1, 2, 95));
  assert_true(timers_next(timers) == 100);
}

static void test_a_sign_of_life_of_another_attempt_is_none(void **state) {
  struct timers *timers = *state;
  add_beating(timers, false);
  struct uuid id = run(1), other = run(2);
  assert_false(timers_heartbeat(timers, &id, 1, 1, 15));
  assert_false(timers_heartbeat(timers, &id, 2, 2, 15));
  assert_false(timers_heartbeat(timers, &other, 1, 2, 15));
  assert_true(timers_next(timers) == 10);
}

static void test_without_expected_signs_nothing_moves(void **state) {
  struct timers *timers = *state;
  add_guard(timers, 1, 1, 1, 30);
  struct uuid id = run(1);
  assert_true(timers_heartbeat(timers, &id, 1, 1, 15));
  assert_true(timers_next(timers) == 30);
}

static void test_no_row_takes_the_place_of_a_watch(void **state) {
  struct timers *timers = *state;
  add_beating(timers, false);
  struct uuid id = run(1);
  assert_true(timers_watches(timers, &id, 1));
  timers_recorded(timers, &id, 1);
  assert_true(timers_low(timers, 1) == USEC_NEVER);
  assert_false(timers_oldest_guard(timers)->recorded);
  assert_true(timers_oldest_guard(timers)->has_row);
  add_guard(timers, 1, 2, 1, 20);
  id = run(2);
  assert_false(timers_watches(timers, &id, 1));
}

static void test_one_that_is_written_again_is_the_youngest(void **state) {
  struct timers *timers = *state;
  add_guard(timers, 1, 1, 5, 30);
  add_guard(timers, 1, 2, 6, 30);
  struct uuid id = run(1);
  timers_rewritten(timers, &id, 1, 9, 90);
  assert_true(timers_guard_low(timers, 1) == 6);
  id = run(2);
  timers_remove(timers, &id, 1);
  assert_true(timers_guard_low(timers, 1) == 9);
  assert_true(timers_oldest_guard(timers)->armed_at == 90);
}

static void test_a_home_leaves_with_all_it_has(void **state) {
  struct timers *timers = *state;
  add_recorded(timers, 1, 1, 1, 30);
  add_guard(timers, 1, 2, 1, 20);
  add_recorded(timers, 2, 3, 1, 10);
  assert_int_equal(timers_count_home(timers, 1), 2);
  timers_remove_home(timers, 1);
  assert_int_equal(timers_count_home(timers, 1), 0);
  assert_int_equal(timers_count(timers), 1);
  assert_true(timers_next(timers) == 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_none_is_never),
      CASE(test_they_come_in_due_order),
      CASE(test_none_comes_before_its_instant),
      CASE(test_equal_instants_all_come),
      CASE(test_the_same_number_replaces),
      CASE(test_an_action_has_one_guard),
      CASE(test_removing_what_is_not_there_is_harmless),
      CASE(test_low_is_the_earliest_row_of_the_home),
      CASE(test_guard_low_is_the_oldest_open_one_of_the_home),
      CASE(test_a_row_takes_the_place_of_a_guard),
      CASE(test_guards_are_visited_from_the_oldest_until_told),
      CASE(test_younger_guards_are_not_visited),
      CASE(test_a_sign_of_life_moves_the_deadline),
      CASE(test_but_never_past_the_end),
      CASE(test_a_sign_of_life_of_another_attempt_is_none),
      CASE(test_without_expected_signs_nothing_moves),
      CASE(test_no_row_takes_the_place_of_a_watch),
      CASE(test_one_that_is_written_again_is_the_youngest),
      CASE(test_a_home_leaves_with_all_it_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
