// SPDX-License-Identifier: Apache-2.0
// What a lane does next: who comes first, and how much.
#include "base/log.h"
#include "fake_world.h"

static void start_runs(struct fake_world *fake, const char *workflow, int count) {
  for (int i = 0; i < count; i++) fake_start_run(fake, workflow, arena_printf(fake->arena, "%s-%d", workflow, i));
}

static void test_a_batch_is_bounded(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.batch_inputs = 3;
  fake_start(fake);
  start_runs(fake, "done", 7);
  const size_t wanted[] = {3, 3, 1};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.trigger_count, wanted[i]);
    fake_answer(fake, 0);
  }
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 7);
}

static void test_while_one_commits_the_next_gathers(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "first");
  assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.trigger_count, 1);
  start_runs(fake, "done", 5);
  fake_answer(fake, 0);
  assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.trigger_count, 5);
}

static void test_orders_come_before_records(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.batch_inputs = 2;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  start_runs(fake, "done", 3);
  fake_until(fake, STORE_COMMIT);
  sim_db_command(&fake->db, WF_CONTROL_CANCEL, fake_run_id(fake, 0), fake_clock(fake));
  fake_answer(fake, 0); // its reply brings the order
  assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.applied_count, 1);
}

static void test_one_by_key_is_a_batch_of_its_own(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  start_runs(fake, "done", 3);
  fake_until(fake, STORE_COMMIT);
  fake_order_by_key(fake, 1, "k");
  fake_answer(fake, 0);
  start_runs(fake, "one", 3);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->applied_count, 1);
  assert_int_equal(commit->trigger_count, 0);
}

static void test_timers_leave_half_to_records(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake->config.bounds.batch_inputs = 4;
  fake_start(fake);
  start_runs(fake, "nap", 8);
  fake_settle(fake);
  fake->now += 2 * USEC_PER_HOUR;
  start_runs(fake, "done", 8);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->trigger_count, 2);
  assert_int_equal(commit->run_count, 4);
}

static void test_alone_they_take_all_of_it(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake->config.bounds.batch_inputs = 4;
  fake_start(fake);
  start_runs(fake, "nap", 8);
  fake_settle(fake);
  fake->now += 2 * USEC_PER_HOUR;
  job_on_timer(fake->job);
  assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.run_count, 4);
}

// What was begun is finished before more begins.
static void test_answers_come_before_triggers(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.batch_inputs = 4;
  fake_start(fake);
  start_runs(fake, "one", 3);
  fake_settle(fake);
  fake_start_run(fake, "done", "under way");
  fake_until(fake, STORE_COMMIT);
  start_runs(fake, "done", 8);
  for (size_t i = 0; i < 3; i++) fake_complete(fake, &fake->messages.items[i]);
  fake_answer(fake, 0);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->run_count, 4);
  assert_int_equal(commit->trigger_count, 1);
}

static void test_a_flood_of_answers_leaves_room_for_triggers(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.batch_inputs = 8;
  fake_start(fake);
  start_runs(fake, "one", 16);
  fake_settle(fake);
  fake_start_run(fake, "done", "under way");
  fake_until(fake, STORE_COMMIT);
  for (size_t i = 0; i < 16; i++) fake_complete(fake, &fake->messages.items[i]);
  start_runs(fake, "done", 8);
  fake_answer(fake, 0);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->run_count, 8);
  assert_int_equal(commit->trigger_count, 1);
}

static void test_an_idle_lane_looks_now_and_then(void **state) {
  struct fake_world *fake = *state;
  fake->config.inbox_fallback = USEC_PER_SEC;
  fake_start(fake);
  fake_advance(fake, USEC_PER_SEC);
  int looks = fake->asks[STORE_COMMIT];
  fake_advance(fake, 10 * USEC_PER_SEC);
  int more = fake->asks[STORE_COMMIT] - looks;
  assert_true(more >= 9 && more <= 11);
}

static void test_a_lane_that_commits_need_not_look(void **state) {
  struct fake_world *fake = *state;
  fake->config.inbox_fallback = USEC_PER_SEC;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_advance(fake, USEC_PER_SEC / 2);
  int commits = fake->asks[STORE_COMMIT];
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  fake_advance(fake, USEC_PER_SEC * 3 / 4);
  assert_int_equal(fake->asks[STORE_COMMIT], commits + 1);
}

static void test_a_look_that_fails_is_tried_again(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  sim_db_command(&fake->db, WF_CONTROL_CANCEL, fake_run_id(fake, 0), fake_clock(fake));
  job_on_notified(fake->job);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_advance(fake, fake->config.inbox_fallback + USEC_PER_SEC);
  assert_int_equal(fake->applied.count, 1);
}

static void test_definitions_that_cannot_be_read_are_asked_again(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  fake_until(fake, STORE_DEFINITIONS);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_settle(fake);
  assert_false(fake_stats(fake).consuming);
  fake_advance(fake, USEC_PER_SEC);
  assert_true(fake_stats(fake).consuming);
}

// What the fence would say of it is known already, by another lane.
static void test_a_pause_that_comes_while_a_batch_loads_holds_for_it(void **state) {
  struct fake_world *fake = *state;
  fake->config.lanes = fake->partitions = 2;
  fake_start(fake);
  fake_record(fake, FAKE_TRIGGERS, 0, "{\"id\":\"a\",\"workflow\":\"test/one\",\"cancellation_key\":\"k\"}");
  assert_int_equal(fake_until(fake, STORE_LOAD)->load.tombstone_count, 1);
  sim_db_pause_intake(&fake->db, true);
  fake_record(fake, FAKE_TRIGGERS, 1, "{\"id\":\"b\",\"workflow\":\"test/one\"}");
  job_on_timer(fake->job);
  while (!fake->job->is_intake_paused) fake_answer(fake, 1);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 0);
  sim_db_pause_intake(&fake->db, false);
  fake_advance(fake, 2 * fake->config.inbox_fallback);
  assert_int_equal(fake->db.runs.count, 2);
}

static void remember(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)fields;
  if (strstr(message, "trying again")) snprintf(context, 200, "%s", message);
}

static void assert_said(struct fake_world *fake, struct store_error error, const char *expected) {
  char said[200] = "";
  log_set_sink(remember, said);
  fake->job->lanes[0]->complained = false;
  lane_backoff(fake->job->lanes[0], "reading", &error);
  assert_string_equal(said, expected);
}

static void test_what_has_failed_is_said_in_one_sentence(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  assert_said(fake, (struct store_error){.sqlstate = "57014", .text = "too slow"}, "lane 0: reading: 57014 too slow; trying again");
  // Whoever connects says that there is no connection.
  assert_said(fake, (struct store_error){.text = "connection lost"}, "");
  assert_false(fake->job->lanes[0]->complained);
}

static void test_homes_are_found_by_number_and_by_source(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  const struct lane *lane = fake->job->lanes[0];
  assert_ptr_equal(lane_source(lane, "results", 0), lane_home(lane, 3));
  assert_null(lane_source(lane, "results", 1));
  assert_null(lane_home(lane, 4));
  assert_null(lane_home(lane, 0));
}

static void test_with_nothing_to_do_it_sleeps(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  assert_true(lane_next(fake->job->lanes[0]) > fake->now + USEC_PER_MIN);
  fake_start_run(fake, "done", "a");
  assert_true(lane_next(fake->job->lanes[0]) <= fake->now);
  fake_until(fake, STORE_COMMIT);
  assert_true(lane_next(fake->job->lanes[0]) == USEC_NEVER); // the answer wakes it
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_batch_is_bounded),
      CASE(test_while_one_commits_the_next_gathers),
      CASE(test_orders_come_before_records),
      CASE(test_one_by_key_is_a_batch_of_its_own),
      CASE(test_timers_leave_half_to_records),
      CASE(test_alone_they_take_all_of_it),
      CASE(test_answers_come_before_triggers),
      CASE(test_a_flood_of_answers_leaves_room_for_triggers),
      CASE(test_an_idle_lane_looks_now_and_then),
      CASE(test_a_lane_that_commits_need_not_look),
      CASE(test_a_look_that_fails_is_tried_again),
      CASE(test_definitions_that_cannot_be_read_are_asked_again),
      CASE(test_a_pause_that_comes_while_a_batch_loads_holds_for_it),
      CASE(test_what_has_failed_is_said_in_one_sentence),
      CASE(test_homes_are_found_by_number_and_by_source),
      CASE(test_with_nothing_to_do_it_sleeps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
