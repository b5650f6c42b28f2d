// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "job/calls.h"

enum { BEGUN_MAX = 16 };

// A world with room for some calls, which notes what it is asked.
struct stage {
  struct world world;
  struct calls *calls;
  size_t room, begun, hung_up;
  uint64_t cookies[BEGUN_MAX];
  char keys[BEGUN_MAX][80];
  usec_t timeout;
};

static bool world_call(void *context, const struct world_call *call, uint64_t cookie) {
  struct stage *stage = context;
  if (!stage->room) return false;
  stage->room--;
  stage->cookies[stage->begun] = cookie;
  strncpy(stage->keys[stage->begun++], call->idempotency_key, sizeof *stage->keys - 1);
  stage->timeout = call->timeout;
  return true;
}

static void world_hang_up(void *context, uint64_t cookie) {
  struct stage *stage = context;
  (void)cookie;
  stage->hung_up++;
}

static int set_up(void **state) {
  struct stage *stage = test_calloc(1, sizeof *stage);
  stage->world = (struct world){.context = stage, .call = world_call, .hang_up = world_hang_up};
  stage->calls = calls_new(&stage->world, (struct calls_bounds){4, 100000});
  stage->room = 2;
  *state = stage;
  return 0;
}

static int tear_down(void **state) {
  struct stage *stage = *state;
  calls_free(stage->calls);
  test_free(stage);
  return 0;
}

static void add(struct stage *stage, int32_t action_no, int32_t attempt) {
  jv arguments = jv_object();
  calls_add(stage->calls, &(struct call_request){.run_id = {{1}}, .action_no = action_no, .attempt = attempt, .native = WF_NATIVE_HTTP, .arguments = arguments, .deadline = 1000});
  jv_free(arguments);
}

static void offer_all(struct calls *calls, usec_t clock) {
  while (calls_offer(calls, clock)) continue;
}

static struct item *answer(struct stage *stage, size_t begun) {
  struct calls *calls = NULL;
  struct item *item = calls_answered(stage->cookies[begun], &(struct world_answer){.completed = true, .output = TEXT("{\"a\":1}")}, &calls);
  assert_ptr_equal(calls, stage->calls);
  return item;
}

static void test_names(void **state) {
  (void)state;
  assert_int_equal(calls_native("http"), WF_NATIVE_HTTP);
  assert_int_equal(calls_native("openapi"), WF_NATIVE_OPENAPI);
  assert_int_equal(calls_native("shell"), WF_BY_WORKER);
}

static void test_as_many_as_there_is_room_for_in_order(void **state) {
  struct stage *stage = *state;
  for (int32_t i = 1; i <= 3; i++) add(stage, i, 1);
  offer_all(stage->calls, 100);
  assert_int_equal(stage->begun, 2);
  assert_int_equal(calls_in_flight(stage->calls), 2);
  assert_true(calls_is_waiting(stage->calls));
  assert_true(stage->timeout == 900);
  assert_string_equal(stage->keys[0], "01000000-0000-0000-0000-000000000000:1/1");
  item_free(answer(stage, 0));
  stage->room = 1;
  offer_all(stage->calls, 200);
  assert_string_equal(stage->keys[2], "01000000-0000-0000-0000-000000000000:3/1");
  assert_false(calls_is_waiting(stage->calls));
  assert_int_equal(calls_count(stage->calls), 2);
}

static void test_an_answer_is_an_input(void **state) {
  struct stage *stage = *state;
  add(stage, 7, 3);
  offer_all(stage->calls, 0);
  assert_string_equal(stage->keys[0], "01000000-0000-0000-0000-000000000000:7/3");
  struct item *item = answer(stage, 0);
  assert_int_equal(item->kind, ITEM_ANSWER);
  assert_int_equal(item->answer.action.action_no, 7);
  assert_int_equal(item->answer.attempt, 3);
  assert_true(item->answer.completed);
  assert_string_equal(item->answer.output.data, "{\"a\":1}");
  assert_int_equal(calls_count(stage->calls), 0);
  item_free(item);
}

static void test_the_same_attempt_is_one(void **state) {
  struct stage *stage = *state;
  add(stage, 1, 1);
  offer_all(stage->calls, 0);
  add(stage, 1, 1);
  assert_int_equal(calls_count(stage->calls), 1);
  assert_int_equal(stage->hung_up, 0);
  add(stage, 1, 2); // the next one instead
  assert_int_equal(calls_count(stage->calls), 1);
  assert_int_equal(stage->hung_up, 1);
}

static void test_one_begins_at_a_time(void **state) {
  struct stage *stage = *state;
  add(stage, 1, 1);
  add(stage, 2, 1);
  assert_true(calls_offer(stage->calls, 0));
  assert_int_equal(stage->begun, 1);
  assert_true(calls_offer(stage->calls, 0));
  assert_false(calls_offer(stage->calls, 0));
}

static void test_an_answer_counts_as_asked_until_it_is_settled(void **state) {
  struct stage *stage = *state;
  const struct uuid run = {{1}};
  add(stage, 1, 1);
  offer_all(stage->calls, 0);
  item_free(answer(stage, 0));
  add(stage, 1, 1); // by a run that goes on
  assert_int_equal(calls_count(stage->calls), 0);
  calls_settled(stage->calls, &run, 1, 2); // another attempt's
  add(stage, 1, 1);
  assert_int_equal(calls_count(stage->calls), 0);
  calls_settled(stage->calls, &run, 1, 1);
  add(stage, 1, 1);
  assert_int_equal(calls_count(stage->calls), 1);
  calls_settled(stage->calls, &run, 1, 1); // this one has no answer yet
  assert_int_equal(calls_count(stage->calls), 1);
}

static void test_the_next_attempt_does_not_wait_for_that(void **state) {
  struct stage *stage = *state;
  add(stage, 1, 1);
  offer_all(stage->calls, 0);
  item_free(answer(stage, 0));
  add(stage, 1, 2);
  assert_int_equal(calls_count(stage->calls), 1);
  assert_int_equal(stage->hung_up, 0);
}

static void test_only_what_waits_is_dropped(void **state) {
  struct stage *stage = *state;
  for (int32_t i = 1; i <= 3; i++) add(stage, i, 1);
  offer_all(stage->calls, 0);
  calls_drop_waiting(stage->calls);
  assert_int_equal(calls_count(stage->calls), 2);
  assert_int_equal(calls_in_flight(stage->calls), 2);
  assert_int_equal(stage->hung_up, 0);
}

static void test_removed_or_dropped_it_is_hung_up(void **state) {
  struct stage *stage = *state;
  for (int32_t i = 1; i <= 3; i++) add(stage, i, 1);
  offer_all(stage->calls, 0);
  const struct uuid run = {{1}}, other = {{2}};
  calls_remove(stage->calls, &other, 1);
  calls_remove(stage->calls, &run, 9);
  assert_int_equal(calls_count(stage->calls), 3);
  calls_remove(stage->calls, &run, 1);
  assert_int_equal(stage->hung_up, 1);
  calls_remove(stage->calls, &run, 3); // it has not begun
  assert_int_equal(stage->hung_up, 1);
  calls_drop(stage->calls);
  assert_int_equal(stage->hung_up, 2);
  assert_int_equal(calls_count(stage->calls), 0);
}

static void test_withdrawn_it_goes_on_when_it_is_under_way(void **state) {
  struct stage *stage = *state;
  const struct uuid run = {{1}};
  for (int32_t i = 1; i <= 3; i++) add(stage, i, 1);
  offer_all(stage->calls, 0);
  for (int32_t i = 1; i <= 4; i++) calls_withdraw(stage->calls, &run, i);
  assert_int_equal(stage->hung_up, 0);
  assert_int_equal(calls_count(stage->calls), 2);
  assert_false(calls_is_waiting(stage->calls));
}

static void test_what_is_over_is_not_begun(void **state) {
  struct stage *stage = *state;
  add(stage, 1, 1);
  offer_all(stage->calls, 1000);
  assert_int_equal(stage->begun, 0);
  assert_int_equal(calls_count(stage->calls), 0);
}

static void test_full_until_half_is_free(void **state) {
  struct stage *stage = *state;
  const struct uuid run = {{1}};
  for (int32_t i = 1; i <= 4; i++) {
    assert_false(calls_is_full(stage->calls));
    add(stage, i, 1);
  }
  assert_true(calls_is_full(stage->calls));
  calls_remove(stage->calls, &run, 1);
  assert_true(calls_is_full(stage->calls));
  calls_remove(stage->calls, &run, 2);
  assert_false(calls_is_full(stage->calls));
}

static void test_answered_it_takes_no_room(void **state) {
  struct stage *stage = *state;
  char text[60000];
  memset(text, 'x', sizeof text);
  jv arguments = jv_string_sized(text, (int)sizeof text);
  for (int32_t i = 1; i <= 2; i++) {
    assert_false(calls_is_full(stage->calls));
    calls_add(stage->calls, &(struct call_request){.run_id = {{1}}, .action_no = i, .attempt = 1, .native = WF_NATIVE_HTTP, .arguments = arguments, .deadline = 1000});
  }
  assert_true(calls_is_full(stage->calls));
  offer_all(stage->calls, 0);
  for (size_t i = 0; i < 2; i++) item_free(answer(stage, i));
  assert_false(calls_is_full(stage->calls));
  jv_free(arguments);
}

int main(void) {
#define STAGED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),
      STAGED(test_as_many_as_there_is_room_for_in_order),
      STAGED(test_an_answer_is_an_input),
      STAGED(test_the_same_attempt_is_one),
      STAGED(test_answered_it_takes_no_room),
      STAGED(test_one_begins_at_a_time),
      STAGED(test_an_answer_counts_as_asked_until_it_is_settled),
      STAGED(test_the_next_attempt_does_not_wait_for_that),
      STAGED(test_only_what_waits_is_dropped),
      STAGED(test_removed_or_dropped_it_is_hung_up),
      STAGED(test_withdrawn_it_goes_on_when_it_is_under_way),
      STAGED(test_what_is_over_is_not_begun),
      STAGED(test_full_until_half_is_free),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
