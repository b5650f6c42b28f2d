// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "job/home.h"
#include "job/queue.h"

static struct home triggers = {.number = 1, .input = ITEM_TRIGGER, .topic = "triggers"};
static struct home results = {.number = 2, .input = ITEM_RESULT, .topic = "results"};

static int setup(void **state) {
  struct queue *queue = test_calloc(1, sizeof *queue);
  queue_init(queue);
  *state = queue;
  return 0;
}

static int teardown(void **state) {
  queue_clear(*state);
  test_free(*state);
  return 0;
}

static struct item *record(struct home *home, int64_t offset) {
  struct record record = {.topic = home->topic, .offset = offset, .value = "v", .value_size = 1};
  return item_from_record(home->input, home, &record);
}

static void assert_next(struct queue *queue, enum stream stream, int64_t offset) {
  struct item *item = queue_take(queue, stream);
  assert_non_null(item);
  assert_int_equal(item->record.offset, offset);
  item_free(item);
}

static void test_streams_are_taken_apart(void **state) {
  struct queue *queue = *state;
  queue_add(queue, record(&triggers, 1));
  queue_add(queue, record(&results, 10));
  queue_add(queue, record(&triggers, 2));
  assert_int_equal(queue_count(queue), 3);
  assert_next(queue, STREAM_ANSWERS, 10);
  assert_true(queue_is_empty(queue, STREAM_ANSWERS));
  assert_null(queue_take(queue, STREAM_ANSWERS));
  assert_next(queue, STREAM_STARTS, 1);
  assert_next(queue, STREAM_STARTS, 2);
  assert_int_equal(queue_bytes(queue), 0);
}

static void test_what_is_given_back_comes_first(void **state) {
  struct queue *queue = *state;
  queue_add(queue, record(&triggers, 2));
  queue_give_back(queue, record(&triggers, 1));
  assert_next(queue, STREAM_STARTS, 1);
  assert_next(queue, STREAM_STARTS, 2);
}

// A gap stands where its records would: behind those that were read before it.
static void test_a_gap_keeps_its_place(void **state) {
  struct queue *queue = *state;
  queue_add(queue, record(&triggers, 1));
  queue_add(queue, item_from_gap(&triggers, 2, 5));
  queue_add(queue, item_from_gap(&results, 7, 9));
  assert_next(queue, STREAM_ANSWERS, 7);
  assert_next(queue, STREAM_STARTS, 1);
  assert_next(queue, STREAM_STARTS, 2);
}

static void test_bytes_are_counted_by_stream(void **state) {
  struct queue *queue = *state;
  struct item *item = record(&results, 1);
  size_t bytes = item->bytes;
  queue_add(queue, item);
  queue_add(queue, record(&triggers, 1));
  assert_int_equal(queue->streams[STREAM_ANSWERS].bytes, bytes);
  assert_int_equal(queue_bytes(queue), bytes + queue->streams[STREAM_STARTS].bytes);
  assert_next(queue, STREAM_ANSWERS, 1);
  assert_int_equal(queue->streams[STREAM_ANSWERS].bytes, 0);
}

static void test_the_oldest_of_both(void **state) {
  struct queue *queue = *state;
  assert_true(queue_oldest(queue, true) == USEC_NEVER);
  struct item *item = record(&triggers, 1), *later = record(&results, 1);
  item->arrived_at = 5;
  later->arrived_at = 9;
  queue_add(queue, later);
  assert_int_equal(queue_oldest(queue, true), 9);
  queue_add(queue, item);
  assert_int_equal(queue_oldest(queue, true), 5);
  assert_int_equal(queue_oldest(queue, false), 9);
}

static void test_what_begins_runs_is_given_back_in_order(void **state) {
  struct queue *queue = *state;
  struct item_list taken = TAILQ_HEAD_INITIALIZER(taken);
  struct item *items[] = {record(&triggers, 1), record(&results, 1), record(&triggers, 2), record(&results, 2)};
  size_t count = 4;
  for (int i = 0; i < 4; i++) TAILQ_INSERT_TAIL(&taken, items[i], link);
  queue_add(queue, record(&triggers, 3));
  queue_give_back_starts(queue, &taken, &count);
  assert_int_equal(count, 2);
  assert_ptr_equal(TAILQ_FIRST(&taken), items[1]);
  assert_ptr_equal(TAILQ_NEXT(items[1], link), items[3]);
  assert_next(queue, STREAM_STARTS, 1);
  assert_next(queue, STREAM_STARTS, 2);
  assert_next(queue, STREAM_STARTS, 3);
  item_list_free(&taken);
}

static void test_timers_given_back_hold_the_low_mark(void **state) {
  struct queue *queue = *state;
  queue_add(queue, record(&results, 1));
  assert_true(queue_timer_low(queue, 1) == USEC_NEVER);
  struct timer late = {.home = 1, .due_at = 30}, early = {.home = 1, .due_at = 20}, other = {.home = 2, .due_at = 10};
  queue_give_back(queue, item_from_timer(&late));
  queue_give_back(queue, item_from_timer(&early));
  queue_give_back(queue, item_from_timer(&other));
  assert_int_equal(queue_timer_low(queue, 1), 20);
  assert_int_equal(queue_timer_low(queue, 2), 10);
  assert_true(queue_timer_low(queue, 3) == USEC_NEVER);
  queue_clear(queue);
  assert_true(queue_timer_low(queue, 1) == USEC_NEVER);
  assert_int_equal(queue_count(queue), 0);
}

static void test_deadlines_given_back_hold_their_batch(void **state) {
  struct queue *queue = *state;
  assert_true(queue_guard_low(queue, 1) == INT64_MAX);
  struct timer late = {.home = 1, .batch_no = 8}, early = {.home = 1, .batch_no = 7}, other = {.home = 2, .batch_no = 3}, row = {.home = 1, .recorded = true};
  queue_give_back(queue, item_from_timer(&late));
  queue_give_back(queue, item_from_timer(&early));
  queue_give_back(queue, item_from_timer(&other));
  queue_give_back(queue, item_from_timer(&row));
  assert_int_equal(queue_guard_low(queue, 1), 7);
  assert_int_equal(queue_guard_low(queue, 2), 3);
  assert_true(queue_guard_low(queue, 3) == INT64_MAX);
}

static struct item *delayed(enum item_kind kind, int64_t offset, usec_t not_before) {
  struct item *item = record(&results, offset);
  item->kind = kind;
  item->not_before = not_before;
  return item;
}

static void test_what_waits_is_released_in_its_order(void **state) {
  struct queue *queue = *state;
  queue_delay(queue, delayed(ITEM_INBOX, 1, 30));
  queue_delay(queue, delayed(ITEM_ANSWER, 2, 10));
  queue_delay(queue, delayed(ITEM_INBOX, 3, 20));
  assert_true(queue_delayed_next(queue) == 10);
  assert_int_equal(queue_delayed_answers(queue), 1);
  queue_release(queue, 9);
  assert_true(queue_is_empty(queue, STREAM_ANSWERS));
  assert_int_equal(queue_count(queue), 0);
  queue_release(queue, 30);
  for (int i = 1; i <= 3; i++) assert_next(queue, STREAM_ANSWERS, i);
  assert_int_equal(queue_delayed_answers(queue), 0);
  assert_true(queue_delayed_next(queue) == USEC_NEVER);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_streams_are_taken_apart, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_given_back_comes_first, setup, teardown),
      cmocka_unit_test_setup_teardown(test_deadlines_given_back_hold_their_batch, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_gap_keeps_its_place, setup, teardown),
      cmocka_unit_test_setup_teardown(test_bytes_are_counted_by_stream, setup, teardown),
      cmocka_unit_test_setup_teardown(test_the_oldest_of_both, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_begins_runs_is_given_back_in_order, setup, teardown),
      cmocka_unit_test_setup_teardown(test_timers_given_back_hold_the_low_mark, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_waits_is_released_in_its_order, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
