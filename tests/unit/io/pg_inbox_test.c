// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_inbox.h"

static struct pg_inbox inbox;
static struct pg_parameters parameters;

static int setup(void **state) {
  (void)state;
  int64_t acks[] = {3, 10, 4, 20};
  struct store_home homes[] = {{.home = 1, .epoch = 5, .inbox_acks = acks, .inbox_ack_count = 2}, {.home = 2}, {.home = 7, .epoch = 1}};
  pg_inbox_taken(&inbox, &(struct store_takeover_reply){.homes = homes, .home_count = 3});
  return 0;
}

static int teardown(void **state) {
  (void)state;
  pg_inbox_free(&inbox);
  pg_parameters_free(&parameters);
  parameters = (struct pg_parameters){0};
  return 0;
}

static int64_t last_position(void) {
  const struct buf *positions = &parameters.values[3];
  return (int64_t)(uint8_t)positions->data[positions->size - 1];
}

static size_t elements(int parameter) {
  const struct buf *array = &parameters.values[parameter];
  return array->size < 16 ? 0 : (size_t)(uint8_t)array->data[15];
}

static void homes_not_taken_are_left_out(void **state) {
  (void)state;
  assert_int_equal(inbox.home_count, 2);
  assert_int_equal(inbox.homes[1].home, 7);
}

static void what_is_acknowledged_is_told(void **state) {
  (void)state;
  struct store_commit commit = {0};
  assert_int_equal(pg_inbox_put(&inbox, &commit, 100, &parameters), 2);
  assert_int_equal(elements(0), 2);
  assert_int_equal(elements(3), 2);
  assert_int_equal(last_position(), 20);
}

static void a_commit_under_way_counts_already(void **state) {
  (void)state;
  int64_t acks[] = {3, 11};
  struct store_fence fence = {.home = 1, .inbox_acks = acks, .inbox_ack_count = 1};
  struct store_commit commit = {.fences = &fence, .fence_count = 1};
  pg_inbox_put(&inbox, &commit, 100, &parameters);
  assert_int_equal(elements(3), 1);
  assert_int_equal(last_position(), 11);
}

static void a_failed_commit_leaves_what_was(void **state) {
  (void)state;
  a_commit_under_way_counts_already(state);
  pg_parameters_reset(&parameters);
  what_is_acknowledged_is_told(state);
}

static void a_commit_is_remembered(void **state) {
  (void)state;
  int64_t acks[] = {3, 12, 4, 21, 5, 9};
  struct store_fence fence = {.home = 1, .inbox_acks = acks, .inbox_ack_count = 3};
  pg_inbox_committed(&inbox, &(struct store_commit){.fences = &fence, .fence_count = 1});
  pg_inbox_put(&inbox, &(struct store_commit){0}, 100, &parameters);
  assert_int_equal(elements(3), 3);
  assert_int_equal(last_position(), 9);
}

static void read_one_put_off(void) {
  struct store_inbox_row row = {.dst_home = 7, .src_home = STORE_PUT_OFF_SOURCE + STORE_PUT_OFF_STEP + 7, .src_pos = 50};
  pg_inbox_read(&inbox, &(struct store_commit_reply){.inbox = &row, .inbox_count = 1});
}

static void what_is_put_off_is_read_once(void **state) {
  (void)state;
  read_one_put_off();
  pg_inbox_put(&inbox, &(struct store_commit){0}, 100, &parameters);
  assert_int_equal(elements(3), 3);
  assert_int_equal(last_position(), 0xff); // of INT64_MAX
}

static void when_it_is_taken_more_is_read(void **state) {
  (void)state;
  read_one_put_off();
  int64_t acks[] = {STORE_PUT_OFF_SOURCE + STORE_PUT_OFF_STEP + 7, 50};
  struct store_fence fence = {.home = 7, .inbox_acks = acks, .inbox_ack_count = 1};
  pg_inbox_put(&inbox, &(struct store_commit){.fences = &fence, .fence_count = 1}, 100, &parameters);
  assert_int_equal(elements(3), 3);
  assert_int_equal(last_position(), 50);
}

static void without_homes_there_is_nothing_to_read(void **state) {
  (void)state;
  struct pg_inbox none = {0};
  assert_int_equal(pg_inbox_put(&none, &(struct store_commit){0}, 100, &parameters), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(homes_not_taken_are_left_out, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_acknowledged_is_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_commit_under_way_counts_already, setup, teardown),
      cmocka_unit_test_setup_teardown(a_failed_commit_leaves_what_was, setup, teardown),
      cmocka_unit_test_setup_teardown(a_commit_is_remembered, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_put_off_is_read_once, setup, teardown),
      cmocka_unit_test_setup_teardown(when_it_is_taken_more_is_read, setup, teardown),
      cmocka_unit_test_setup_teardown(without_homes_there_is_nothing_to_read, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
