// SPDX-License-Identifier: Apache-2.0
#include "pg_write_fixture.h"

static void an_empty_commit_writes_nothing(void **state) {
  (void)state;
  struct store_commit commit = {.lookback = 5};
  assert_int_equal(pg_write_correlation(&commit, &parameters), 0);
  assert_int_equal(pg_write_arrivals(&commit, &parameters), 0);
  assert_int_equal(pg_write_gatherings(&commit, &parameters), 0);
  assert_int_equal(pg_write_handovers(&commit, &parameters), 0);
  assert_int_equal(parameters.count, 0);
}

// An array's dimension says how many elements it has; an empty one has none.
static uint32_t elements(size_t parameter) {
  uint32_t dimensions, count;
  memcpy(&dimensions, parameters.values[parameter].data, sizeof dimensions);
  if (!dimensions) return 0;
  memcpy(&count, parameters.values[parameter].data + 12, sizeof count);
  return __builtin_bswap32(count);
}

static void each_part_has_its_own_number_of_rows(void **state) {
  (void)state;
  struct store_arrival arrivals[] = {{.home = 1, .type = TEXT("t"), .id = TEXT("1"), .event = TEXT("{}")},
                                     {.home = 1, .type = TEXT("t"), .id = TEXT("2"), .event = TEXT("{}")}};
  struct store_unsubscription ended = {.subscription_no = 4};
  struct store_subscription begun[] = {{.subscription_no = 5, .filter_no = 1}, {.subscription_no = 5, .filter_no = 2}, {.subscription_no = 6, .filter_no = 1}};
  struct store_commit commit = {.arrivals = arrivals, .arrival_count = 2, .unsubscriptions = &ended, .unsubscription_count = 1,
                                .subscriptions = begun, .subscription_count = 3, .lookback = 7};
  assert_int_equal(written(pg_write_correlation, &commit, PG_CORRELATE), 6);
  for (size_t i = 0; i < 2; i++) assert_int_equal(elements(i), 1);
  for (size_t i = 2; i < 10; i++) assert_int_equal(elements(i), 3);
  assert_int_equal(parameters.values[10].data[7], 7);
  pg_parameters_reset(&parameters);
  assert_int_equal(written(pg_write_arrivals, &commit, PG_NOTE_EVENTS), 2);
  for (size_t i = 0; i < 7; i++) assert_int_equal(elements(i), 2);
}

// Its arrivals are noted before, but it is here that they find who listens.
static void arrivals_alone_are_correlated(void **state) {
  (void)state;
  struct store_arrival arrival = {.home = 1, .type = TEXT("t"), .id = TEXT("1"), .event = TEXT("{}")};
  struct store_commit commit = {.arrivals = &arrival, .arrival_count = 1};
  assert_int_equal(pg_write_correlation(&commit, &parameters), 1);
  for (size_t i = 0; i < 10; i++) assert_int_equal(elements(i), 0);
}

static void homes_hand_over_a_piece(void **state) {
  (void)state;
  int homes[] = {3, 5};
  struct store_commit commit = {.handing = homes, .handing_count = 2, .handing_piece = 9};
  assert_int_equal(written(pg_write_handovers, &commit, PG_HAND_OVER), 2);
  assert_int_equal(elements(0), 2);
  assert_int_equal(parameters.values[1].data[3], 9);
}

// It holds the lock of its slots until the commit: nothing is to stand behind it.
static void listeners_and_events_meet_last(void **state) {
  (void)state;
  assert_int_equal(pg_write_steps[pg_write_step_count - 1].statement, PG_CORRELATE);
}

static void parts_may_be_empty(void **state) {
  (void)state;
  struct store_unsubscription ended = {.subscription_no = 4};
  struct store_commit commit = {.unsubscriptions = &ended, .unsubscription_count = 1};
  assert_int_equal(pg_write_correlation(&commit, &parameters), 1);
  assert_int_equal(elements(0), 1);
  assert_int_equal(elements(2), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_empty_commit_writes_nothing, clear, clear),
      cmocka_unit_test_setup_teardown(each_part_has_its_own_number_of_rows, clear, clear),
      cmocka_unit_test_setup_teardown(parts_may_be_empty, clear, clear),
      cmocka_unit_test_setup_teardown(arrivals_alone_are_correlated, clear, clear),
      cmocka_unit_test_setup_teardown(homes_hand_over_a_piece, clear, clear),
      cmocka_unit_test_setup_teardown(listeners_and_events_meet_last, clear, clear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
