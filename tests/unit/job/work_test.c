// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/work.h"

static struct uuid run(unsigned recipient) { return uuid_make(USEC_PER_SEC, 1, 1, 0, recipient); }

static void check_is_about(const struct work *work, unsigned recipient) {
  struct uuid id, wanted = run(recipient);
  assert_true(work_run(work, &id));
  assert_true(uuid_equal(&id, &wanted));
}

static void check_is_about_none(const struct work *work) {
  struct uuid id;
  assert_false(work_run(work, &id));
}

static void test_results_are_about_their_actions_run(void **state) {
  (void)state;
  check_is_about(&(struct work){.kind = WORK_RESULT, .result.action.run_id = run(3)}, 3);
}

static void test_timers_are_about_their_run(void **state) {
  (void)state;
  struct item item = {.kind = ITEM_TIMER, .timer.run_id = run(4)};
  check_is_about(&(struct work){.kind = WORK_TIMER, .item = &item}, 4);
}

static void test_commands_by_id_are_about_a_run(void **state) {
  (void)state;
  check_is_about(&(struct work){.kind = WORK_COMMAND, .command = {.has_run_id = true, .run_id = run(5)}}, 5);
  check_is_about_none(&(struct work){.kind = WORK_COMMAND, .command = {.cancellation_key = TEXT("k")}});
}

static void test_orders_by_id_are_about_a_run(void **state) {
  (void)state;
  struct item by_id = {.kind = ITEM_ORDER, .order = {.has_run_id = true, .run_id = run(6)}};
  struct item by_key = {.kind = ITEM_ORDER, .order = {.key = TEXT("k")}};
  check_is_about(&(struct work){.kind = WORK_ORDER, .item = &by_id}, 6);
  check_is_about_none(&(struct work){.kind = WORK_ORDER, .item = &by_key});
}

// A sign of life needs no run: it moves a deadline in memory.
static void test_the_others_need_no_run(void **state) {
  (void)state;
  check_is_about_none(&(struct work){.kind = WORK_HEARTBEAT, .heartbeat.action.run_id = run(7)});
  check_is_about_none(&(struct work){.kind = WORK_TRIGGER});
  check_is_about_none(&(struct work){.kind = WORK_FANOUT});
  check_is_about_none(&(struct work){.kind = WORK_REFUSED});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_results_are_about_their_actions_run), cmocka_unit_test(test_timers_are_about_their_run),
      cmocka_unit_test(test_commands_by_id_are_about_a_run),      cmocka_unit_test(test_orders_by_id_are_about_a_run),
      cmocka_unit_test(test_the_others_need_no_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
