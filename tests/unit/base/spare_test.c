// SPDX-License-Identifier: Apache-2.0
#include "base/spare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void given_back_once_a_pause(void **state) {
  (void)state;
  struct spare spare = {0};
  usec_t now = 1000;
  assert_false(spare_give_back(&spare, 0, now));
  assert_false(spare_give_back(&spare, 0, now + SPARE_PAUSE - 1));
  assert_true(spare_give_back(&spare, 0, now + SPARE_PAUSE));
  assert_false(spare_give_back(&spare, 0, now + SPARE_PAUSE + 1));
  assert_false(spare_give_back(&spare, 0, now + 100 * SPARE_PAUSE));
}

static void work_puts_it_off(void **state) {
  (void)state;
  struct spare spare = {0};
  usec_t now = 1000;
  for (uint64_t work = 1; work < 10; work++, now += SPARE_PAUSE) assert_false(spare_give_back(&spare, work, now));
  assert_true(spare_give_back(&spare, 9, now));
}

static void after_work_it_is_given_back_again(void **state) {
  (void)state;
  struct spare spare = {0};
  usec_t now = 1000;
  assert_false(spare_give_back(&spare, 1, now));
  assert_true(spare_give_back(&spare, 1, now += SPARE_PAUSE));
  assert_false(spare_give_back(&spare, 2, now += SPARE_PAUSE));
  assert_true(spare_give_back(&spare, 2, now + SPARE_PAUSE));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(given_back_once_a_pause),
      cmocka_unit_test(work_puts_it_off),
      cmocka_unit_test(after_work_it_is_given_back_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
