// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "job/fanout.h"
#include "job/home.h"

static struct home home = {.number = 3};
static const struct uuid trigger_id = {{1, 2, 3}};

static void test_the_record_is_copied(void **state) {
  (void)state;
  char value[] = "{}";
  struct fanout *fanout = fanout_new(&trigger_id, &home, 7, 4, &(struct record){.topic = "triggers", .partition = 2, .offset = 9, .value = value, .value_size = 2});
  memset(value, 'x', 2);
  assert_true(uuid_equal(&fanout->trigger_id, &trigger_id));
  assert_ptr_equal(fanout->home, &home);
  assert_int_equal(fanout->definition_id, 7);
  assert_int_equal(fanout->cursor, 4);
  assert_int_equal(fanout->total, 0); // until a piece was decoded
  assert_memory_equal(fanout->record->record.value, "{}", 2);
  assert_int_equal(fanout->record->record.offset, 9);
  fanout_free(fanout);
}

static void test_none_is_freed(void **state) {
  (void)state;
  fanout_free(NULL);
}

static void test_a_list_is_freed_and_empty(void **state) {
  (void)state;
  struct fanout_list list = TAILQ_HEAD_INITIALIZER(list);
  for (int i = 0; i < 3; i++) {
    struct fanout *fanout = fanout_new(&trigger_id, &home, 1, i, &(struct record){.topic = "t"});
    TAILQ_INSERT_TAIL(&list, fanout, link);
  }
  fanout_list_free(&list);
  assert_true(TAILQ_EMPTY(&list));
}

static void test_one_that_rests_is_passed_over(void **state) {
  (void)state;
  struct fanout_list list = TAILQ_HEAD_INITIALIZER(list);
  assert_null(fanout_ready(&list, 5));
  assert_true(fanout_next(&list) == USEC_NEVER);
  struct fanout *rests = fanout_new(&trigger_id, &home, 1, 0, &(struct record){.topic = "t"});
  struct fanout *next = fanout_new(&trigger_id, &home, 1, 0, &(struct record){.topic = "t"});
  rests->not_before = 9;
  next->not_before = 6;
  TAILQ_INSERT_TAIL(&list, rests, link);
  TAILQ_INSERT_TAIL(&list, next, link);
  assert_null(fanout_ready(&list, 5));
  assert_true(fanout_next(&list) == 6);
  assert_ptr_equal(fanout_ready(&list, 6), next);
  assert_ptr_equal(fanout_ready(&list, 9), rests);
  fanout_list_free(&list);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_record_is_copied),
      cmocka_unit_test(test_none_is_freed),
      cmocka_unit_test(test_a_list_is_freed_and_empty),
      cmocka_unit_test(test_one_that_rests_is_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
