// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/bucket.h"

#define NOW (1000 * USEC_PER_SEC)

static int take_all(struct bucket *bucket, int per_minute, usec_t now) {
  int taken = 0;
  while (taken < 1000 && bucket_take(bucket, per_minute, now)) taken++;
  return taken;
}

static void test_a_new_one_is_full(void **state) {
  (void)state;
  struct bucket bucket = {0};
  assert_int_equal(take_all(&bucket, 60, NOW), 15);
  assert_int_equal(bucket_left(&bucket, 60), 0);
}

static void test_it_fills_by_time(void **state) {
  (void)state;
  struct bucket bucket = {0};
  take_all(&bucket, 60, NOW);
  assert_false(bucket_take(&bucket, 60, NOW + USEC_PER_SEC - 1000));
  assert_true(bucket_take(&bucket, 60, NOW + USEC_PER_SEC));
  assert_false(bucket_take(&bucket, 60, NOW + USEC_PER_SEC));
  assert_int_equal(take_all(&bucket, 60, NOW + USEC_PER_HOUR), 15);
}

static void test_the_average_is_kept(void **state) {
  (void)state;
  struct bucket bucket = {0};
  int taken = 0;
  for (int i = 0; i < 60 * 100; i++) taken += bucket_take(&bucket, 120, NOW + i * USEC_PER_SEC / 100);
  assert_in_range(taken, 120 + 29, 120 + 31);
}

static void test_without_a_bound(void **state) {
  (void)state;
  struct bucket bucket = {0};
  assert_int_equal(take_all(&bucket, 0, NOW), 1000);
}

static void test_one_at_least_at_once(void **state) {
  (void)state;
  struct bucket bucket = {0};
  assert_int_equal(take_all(&bucket, 1, NOW), 1);
  assert_int_equal(bucket_wait(&bucket, 1), 60);
  assert_int_equal(take_all(&bucket, 1, NOW + USEC_PER_MIN), 1);
}

static void test_how_long_to_wait(void **state) {
  (void)state;
  struct bucket bucket = {0};
  take_all(&bucket, 600, NOW);
  assert_int_equal(bucket_wait(&bucket, 600), 1);
  struct bucket slow = {0};
  take_all(&slow, 6, NOW);
  assert_int_equal(bucket_wait(&slow, 6), 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_new_one_is_full),
      cmocka_unit_test(test_it_fills_by_time),
      cmocka_unit_test(test_the_average_is_kept),
      cmocka_unit_test(test_without_a_bound),
      cmocka_unit_test(test_one_at_least_at_once),
      cmocka_unit_test(test_how_long_to_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
