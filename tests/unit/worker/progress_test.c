// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/progress.h"

struct seen {
  int calls;
  int32_t partition;
  int64_t next;
};

static void see(int32_t partition, int64_t next_offset, void *context) {
  struct seen *seen = context;
  seen->calls++;
  seen->partition = partition;
  seen->next = next_offset;
}

static struct seen report(struct progress *progress) {
  struct seen seen = {0};
  progress_report(progress, see, &seen);
  return seen;
}

static void test_in_order(void **state) {
  (void)state;
  struct progress *progress = progress_new();
  progress_end(progress, progress_begin(progress, 2, 10));
  struct seen seen = report(progress);
  assert_int_equal(seen.calls, 1);
  assert_int_equal(seen.partition, 2);
  assert_int_equal(seen.next, 11);
  progress_free(progress);
}

static void test_nothing_moves_past_an_open_one(void **state) {
  (void)state;
  struct progress *progress = progress_new();
  struct progress_item *first = progress_begin(progress, 0, 5), *second = progress_begin(progress, 0, 6);
  progress_end(progress, second);
  assert_int_equal(report(progress).calls, 0);
  progress_end(progress, first);
  assert_int_equal(report(progress).next, 7);
  progress_free(progress);
}

static void test_reports_once(void **state) {
  (void)state;
  struct progress *progress = progress_new();
  progress_end(progress, progress_begin(progress, 0, 0));
  assert_int_equal(report(progress).calls, 1);
  assert_int_equal(report(progress).calls, 0);
  progress_free(progress);
}

static void test_partitions_do_not_wait_for_each_other(void **state) {
  (void)state;
  struct progress *progress = progress_new();
  progress_begin(progress, 0, 0);
  progress_end(progress, progress_begin(progress, 1, 3));
  struct seen seen = report(progress);
  assert_int_equal(seen.partition, 1);
  assert_int_equal(seen.next, 4);
  progress_free(progress);
}

static void test_a_partition_that_comes_back_starts_anew(void **state) {
  (void)state;
  struct progress *progress = progress_new();
  struct progress_item *lost = progress_begin(progress, 0, 8);
  progress_end(progress, progress_begin(progress, 0, 9));
  struct progress_item *again = progress_begin(progress, 0, 8);
  progress_end(progress, lost); // of the time before: moves nothing
  assert_int_equal(report(progress).calls, 0);
  progress_end(progress, again);
  assert_int_equal(report(progress).next, 9);
  progress_free(progress);
}

static void test_free_takes_open_items(void **state) {
  (void)state;
  struct progress *progress = progress_new();
  progress_begin(progress, 0, 1);
  progress_begin(progress, 0, 0); // detaches the one before
  progress_free(progress);
  progress_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_in_order),
      cmocka_unit_test(test_nothing_moves_past_an_open_one),
      cmocka_unit_test(test_reports_once),
      cmocka_unit_test(test_partitions_do_not_wait_for_each_other),
      cmocka_unit_test(test_a_partition_that_comes_back_starts_anew),
      cmocka_unit_test(test_free_takes_open_items),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
