// SPDX-License-Identifier: Apache-2.0
#include "pg_write_fixture.h"

static void an_empty_commit_writes_nothing(void **state) {
  (void)state;
  struct store_commit commit = {.lookback = 5};
  assert_int_equal(pg_write_correlation(&commit, &parameters), 0);
  assert_int_equal(pg_write_arrivals(&commit, &parameters), 0);
  assert_int_equal(pg_write_gatherings(&commit, &parameters), 0);
  assert_int_equal(pg_write_gathering_locks(&commit, &parameters), 0);
  assert_int_equal(pg_write_verdicts(&commit, &parameters), 0);
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

static void gatherings_say_whether_a_condition_is_asked(void **state) {
  (void)state;
  struct store_gathering gatherings[] = {{.home = 1, .workflow = "n/w", .asks = true}, {.home = 1, .workflow = "n/v"}};
  struct store_commit commit = {.gatherings = gatherings, .gathering_count = 2, .gathering_ttl = 5, .gathering_most = 7};
  assert_int_equal(pg_write_gatherings(&commit, &parameters), 2);
  assert_int_equal(parameters.count, pg_statements[PG_GATHER].parameter_count);
  const char *elements_of = parameters.values[5].data + 20;
  assert_memory_equal(elements_of, "\0\0\0\1\1\0\0\0\1\0", 10);
  assert_int_equal(parameters.values[13].data[3], 7);
}

static void verdicts_say_what_they_saw(void **state) {
  (void)state;
  struct store_verdict verdict = {.home = 3, .gathering_no = 4, .first = 9, .judged = 1, .seen = 2, .cuts = TEXT("{2}")};
  struct store_commit commit = {.verdicts = &verdict, .verdict_count = 1, .gathering_ttl = 5};
  assert_int_equal(pg_write_verdicts(&commit, &parameters), 1);
  assert_int_equal(parameters.count, pg_statements[PG_JUDGE].parameter_count);
  const int last[] = {3, 4, 9, 1, 2};
  for (size_t i = 0; i < 5; i++) assert_int_equal(parameters.values[i].data[parameters.values[i].size - 1], last[i]);
  assert_memory_equal(parameters.values[5].data + parameters.values[5].size - 3, "{2}", 3);
  assert_int_equal(parameters.values[6].data[7], 5);
}

// In one statement, so that they are taken in one order.
static void both_are_locked_first(void **state) {
  (void)state;
  struct store_gathering gathering = {.home = 1, .definition_id = 8};
  struct store_verdict verdicts[] = {{.lock = 5}, {.lock = 6}};
  struct store_commit commit = {.gatherings = &gathering, .gathering_count = 1, .verdicts = verdicts, .verdict_count = 2};
  assert_int_equal(pg_write_gathering_locks(&commit, &parameters), 3);
  assert_int_equal(parameters.count, pg_statements[PG_LOCK_GATHERINGS].parameter_count);
  for (size_t i = 0; i < 3; i++) assert_int_equal(elements(i), 1);
  assert_int_equal(elements(3), 2);
  assert_int_equal(parameters.values[3].data[parameters.values[3].size - 1], 6);
  size_t lock = 0;
  while (pg_write_steps[lock].statement != PG_LOCK_GATHERINGS) lock++;
  assert_int_equal(pg_write_steps[lock + 1].statement, PG_JUDGE);
  assert_int_equal(pg_write_steps[lock + 2].statement, PG_GATHER);
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
      cmocka_unit_test_setup_teardown(gatherings_say_whether_a_condition_is_asked, clear, clear),
      cmocka_unit_test_setup_teardown(verdicts_say_what_they_saw, clear, clear),
      cmocka_unit_test_setup_teardown(both_are_locked_first, clear, clear),
      cmocka_unit_test_setup_teardown(listeners_and_events_meet_last, clear, clear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
