// SPDX-License-Identifier: Apache-2.0
// Events with many listeners, listeners with many events before them.
#include "fake_world.h"

enum { MANY = 40 };

static void event(struct fake_world *fake, int number) {
  fake_record(fake, FAKE_TRIGGERS, 0, arena_printf(fake->arena, "{\"specversion\":\"1.0\",\"id\":\"e%d\",\"source\":\"s\",\"type\":\"t.wanted\"}", number));
}

static void many_listen(struct fake_world *fake) {
  for (int i = 0; i < MANY; i++) fake_start_run(fake, "hear", arena_printf(fake->arena, "r%d", i));
  fake_settle(fake);
  assert_int_equal(fake->db.subscriptions.count, MANY);
}

static int still_open(struct fake_world *fake) {
  int count = 0;
  for (size_t i = 0; i < fake->db.runs.count; i++) count += fake_is_open(fake, i);
  return count;
}

static void test_all_hear_in_pieces(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 15;
  fake_start(fake);
  many_listen(fake);
  event(fake, 1);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  assert_int_equal(fake->db.handovers.count, MANY); // more than a few: nothing at once
  fake_until(fake, STORE_COMMIT);
  assert_int_equal(fake->asked[0]->commit.handing_count, 1);
  assert_int_equal(fake->asked[0]->commit.handing_piece, 15);
  fake_answer(fake, 0);
  assert_int_equal(fake->db.handovers.count, MANY - 15);
  fake_settle(fake);
  assert_int_equal(still_open(fake), 0);
}

static void test_it_stops_when_all_is_handed_over(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  many_listen(fake);
  event(fake, 1);
  fake_settle(fake);
  event(fake, 2);
  fake_until(fake, STORE_COMMIT);
  assert_int_equal(fake->asked[0]->commit.handing_count, 0);
}

static void test_the_next_owner_goes_on(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 15;
  fake_start(fake);
  many_listen(fake);
  event(fake, 1);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  fake_crash(fake);
  assert_int_equal(still_open(fake), MANY);
  fake_start(fake);
  fake_settle(fake);
  assert_int_equal(still_open(fake), 0);
  for (size_t i = 0; i < MANY; i++) assert_int_equal(fake_count_events(fake, i, WF_EVENT_MATCHED), 1);
}

static void test_many_events_before_one_listener(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 15;
  fake_define(fake, "counts", "1.0.0", "do: [{hear: {listen: {to: {any: [{with: {type: t.wanted}}], until: '. | length > 39'}}}}]\n");
  fake_start(fake);
  for (int i = 0; i < MANY; i++) event(fake, i);
  fake_settle(fake);
  fake_start_run(fake, "counts", "a");
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), MANY);
  assert_int_equal(still_open(fake), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_all_hear_in_pieces, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_it_stops_when_all_is_handed_over, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_the_next_owner_goes_on, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_many_events_before_one_listener, fake_setup, fake_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
