// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/home.h"

static struct uuid run(unsigned recipient) { return uuid_make(USEC_PER_SEC, 1, 1, 0, recipient); }

static struct home read_up_to(usec_t due_at, unsigned recipient, int32_t timer_no) {
  return (struct home){.number = 1, .horizon = {.home = 1, .due_at = due_at, .run_id = run(recipient), .timer_no = timer_no}};
}

static bool holds(const struct home *home, usec_t due_at, unsigned recipient, int32_t timer_no) {
  return home_holds_timer(home, &(struct store_timer){1, due_at, run(recipient), timer_no});
}

static void test_before_anything_was_read_it_holds_none(void **state) {
  (void)state;
  struct home home = {.number = 1};
  assert_false(holds(&home, 1, 1, 1));
}

static void test_earlier_instants_are_held(void **state) {
  (void)state;
  struct home home = read_up_to(100, 5, 2);
  assert_true(holds(&home, 99, 9, 9));
  assert_false(holds(&home, 101, 1, 1));
}

static void test_within_one_instant_the_run_tells(void **state) {
  (void)state;
  struct home home = read_up_to(100, 5, 2);
  assert_true(holds(&home, 100, 4, 9));
  assert_false(holds(&home, 100, 6, 1));
}

static void test_within_one_run_the_number_tells(void **state) {
  (void)state;
  struct home home = read_up_to(100, 5, 2);
  assert_true(holds(&home, 100, 5, 1));
  assert_true(holds(&home, 100, 5, 2)); // the edge itself was read
  assert_false(holds(&home, 100, 5, 3));
}

static void test_rows_lie_where_they_are_looked_for(void **state) {
  (void)state;
  struct home home = {.number = 1, .timer_low = 500};
  assert_int_equal(home_row_instant(&home, 700, 600), 700);
  assert_int_equal(home_row_instant(&home, 550, 600), 600); // due already
  assert_int_equal(home_row_instant(&home, 450, 400), 500); // the clock was set back by 100
  assert_int_equal(home_row_instant(&home, 550, 400), 550);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_before_anything_was_read_it_holds_none),
      cmocka_unit_test(test_earlier_instants_are_held),
      cmocka_unit_test(test_within_one_instant_the_run_tells),
      cmocka_unit_test(test_within_one_run_the_number_tells),
      cmocka_unit_test(test_rows_lie_where_they_are_looked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
