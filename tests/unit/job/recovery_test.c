// SPDX-License-Identifier: Apache-2.0
// Taking homes over from an owner that died: what it left open is found again.
#include "fake_world.h"

static size_t requests_since(const struct fake_world *fake, size_t from) { return fake->messages.count - from; }

// A run with an open action whose message the broker may not have.
static void die_undelivered(struct fake_world *fake, const char *workflow) {
  fake_start(fake);
  fake->deliver = false;
  fake_start_run(fake, workflow, "a");
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 1);
  fake_crash(fake);
  fake->deliver = true;
}

static void test_undelivered_messages_leave_again(void **state) {
  struct fake_world *fake = *state;
  die_undelivered(fake, "one");
  fake_start(fake);
  assert_int_equal(requests_since(fake, 1), 1);
  const struct fake_message *before = &fake->messages.items[0], *again = &fake->messages.items[1];
  assert_true(uuid_equal(&before->run_id, &again->run_id));
  assert_int_equal(again->action_no, before->action_no);
  assert_int_equal(again->attempt, before->attempt); // the same id: workers can tell
  assert_true(again->deadline == before->deadline);
}

static void test_before_anything_new_of_that_home(void **state) {
  struct fake_world *fake = *state;
  die_undelivered(fake, "one");
  fake_boot(fake);
  fake_until(fake, STORE_SCAN);
  fake_start_run(fake, "one", "b"); // not consumed yet: dropped, and read again
  fake_settle(fake);
  fake_start_run(fake, "one", "c");
  fake_settle(fake);
  assert_true(uuid_equal(&fake->messages.items[1].run_id, fake_run_id(fake, 0)));
  assert_true(uuid_equal(&fake->messages.items[2].run_id, fake_run_id(fake, 1)));
}

static void test_delivered_and_recorded_messages_do_not(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_advance(fake, USEC_PER_SEC); // the delivery is recorded
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake->messages.count, 1);
}

static void test_answered_ones_do_not(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->deliver = false; // the report is lost, not the message
  fake_start_run(fake, "two", "a");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 2);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(requests_since(fake, 2), 1);
  assert_int_equal(fake->messages.items[2].action_no, 2);
}

static void test_those_of_suspended_runs_do_not(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->deliver = false;
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_command(fake, "suspend", 0);
  fake_settle(fake);
  size_t before = fake->messages.count;
  fake_crash(fake);
  fake_start(fake);
  vec_foreach(message, &fake->messages) {
    if (message >= fake->messages.items + before) assert_true(message->is_cancel);
  }
}

// What a take-over left out is asked for at the resume, under the same id and with its deadline.
static void test_their_requests_leave_at_resume(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->deliver = false;
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_command(fake, "suspend", 0);
  fake_settle(fake);
  fake_crash(fake);
  fake_start(fake);
  size_t before = fake->messages.count;
  fake_command(fake, "resume", 0);
  fake_settle(fake);
  assert_int_equal(requests_since(fake, before), 1);
  assert_int_equal(fake->messages.items[before].action_no, 1);
  fake_crash(fake); // its batch alone says what guards it now
  fake_start(fake);
  fake_advance(fake, USEC_PER_DAY);
  assert_non_null(strstr(fake_events(fake, 0), "action.timed_out"));
}

static void test_a_recall_leaves_again_but_its_request_does_not(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->deliver = false;
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 2);
  assert_true(fake->messages.items[1].is_cancel);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(requests_since(fake, 2), 1);
  assert_true(fake->messages.items[2].is_cancel);
}

static void test_deadlines_are_watched_again(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake->db.timers.count, 0); // in memory only
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake_stats(fake).timers, 1);
  fake_advance(fake, 57 * USEC_PER_SEC);
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_TIMED_OUT), 1);
}

static void test_deadlines_missed_while_down_fire_at_once(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_crash(fake);
  fake->now += USEC_PER_HOUR;
  fake_start(fake);
  assert_false(fake_is_open(fake, 0));
}

static void test_a_take_over_counts_as_a_sign_of_life(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "beat", "a");
  fake_advance(fake, 8 * USEC_PER_SEC);
  fake_crash(fake);
  fake_start(fake);
  fake_advance(fake, 9 * USEC_PER_SEC); // 17 s in silence, 9 since the take-over
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_a_worker_is_watched_still_when_its_deadline_has_a_row(void **state) {
  struct fake_world *fake = *state;
  fake->config.guard_spill = 5 * USEC_PER_SEC;
  fake_start(fake);
  fake_start_run(fake, "beat", "a");
  for (int i = 0; i < 2; i++) {
    fake_advance(fake, 9 * USEC_PER_SEC);
    fake_heartbeat(fake, &fake->messages.items[0]);
    fake_settle(fake);
  }
  assert_int_equal(fake->db.timers.count, 1);
  int64_t asked_in = 2;
  assert_true(fake_batch(fake, 1)->guard_low > asked_in); // the request itself is not looked at any more
  fake_crash(fake);
  fake_start(fake);
  fake_advance(fake, 9 * USEC_PER_SEC);
  fake_heartbeat(fake, &fake->messages.items[0]);
  fake_advance(fake, 9 * USEC_PER_SEC);
  assert_true(fake_is_open(fake, 0)); // 18 s since the take-over, 9 since it was heard
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_TIMED_OUT), 1);
  assert_int_equal(fake->messages.items[1].is_cancel, true); // the request did not leave again
}

static void test_reading_goes_on_behind_the_last_commit(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake_home(fake, 1)->next_offset, 2);
  assert_int_equal(fake_home(fake, 2)->next_offset, -1);
}

static void test_the_new_owner_has_a_higher_epoch(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  int64_t epoch = fake_home(fake, 1)->epoch;
  fake_crash(fake);
  fake_start(fake);
  assert_true(fake_home(fake, 1)->epoch > epoch);
}

static void test_fan_outs_go_on_where_they_were(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 2;
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/done\",\"recipients\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}");
  while (fake->db.runs.count < 2) {
    fake_until(fake, STORE_COMMIT);
    fake_answer(fake, 0);
  }
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake->db.runs.count, 5);
  assert_true(fake->db.fanouts.items[0].done);
}

static void test_several_open_fan_outs_go_on(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 2;
  fake_start(fake);
  for (int i = 0; i < 3; i++)
    fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"t%d\",\"type\":\"t\",\"workflow\":\"test/done\",\"recipients\":[\"1\",\"2\",\"3\"]}", i));
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  assert_int_equal(fake->db.fanouts.count, 3);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake->db.runs.count, 9);
}

// ---- timers -----------------------------------------------------------------

static void test_due_timers_fire_after_the_take_over(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  fake_crash(fake);
  fake->now += 2 * USEC_PER_HOUR;
  fake_start(fake);
  assert_false(fake_is_open(fake, 0));
}

static void test_timers_are_read_in_pages(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  for (int i = 0; i < 30; i++) fake_start_run(fake, "nap", arena_printf(fake->arena, "t%d", i)); // all at one instant
  fake_settle(fake);
  fake_crash(fake);
  fake->config.bounds.timers_in_memory = 8;
  fake->now += 2 * USEC_PER_HOUR;
  fake_start(fake);
  for (size_t i = 0; i < 30; i++) assert_false(fake_is_open(fake, i));
}

static void test_memory_holds_a_bounded_number_of_timers(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  for (int i = 0; i < 30; i++) fake_start_run(fake, "nap", arena_printf(fake->arena, "t%d", i));
  fake_settle(fake);
  fake_crash(fake);
  fake->config.bounds.timers_in_memory = 8;
  fake->now += 55 * USEC_PER_MIN; // within the horizon
  fake_start(fake);
  assert_true(fake_stats(fake).timers <= 8);
  int scans = fake->asks[STORE_SCAN];
  fake_advance(fake, 4 * USEC_PER_MIN); // and costs nothing while they wait
  assert_true(fake->asks[STORE_SCAN] - scans <= 1);
  fake_advance(fake, 2 * USEC_PER_MIN);
  for (size_t i = 0; i < 30; i++) assert_false(fake_is_open(fake, i));
}

static void test_rows_beyond_the_horizon_are_read_when_near(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).timers, 0);
  fake_advance(fake, 55 * USEC_PER_MIN);
  assert_int_equal(fake_stats(fake).timers, 1);
}

static void test_waiting_costs_few_queries(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  int scans = fake->asks[STORE_SCAN];
  fake_advance(fake, 6 * fake->config.timer_horizon);
  assert_true(fake->asks[STORE_SCAN] - scans <= 6 * 4 + 1);
}

static void test_a_stale_row_fires_nothing(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_advance(fake, 35 * USEC_PER_SEC); // its deadline has a row
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_int_equal(fake->db.timers.count, 1);
  const char *events = fake_events(fake, 0);
  fake_crash(fake);
  fake->now += USEC_PER_HOUR;
  fake_start(fake);
  assert_string_equal(fake_events(fake, 0), events);
}

// ---- when it does not go well -------------------------------------------------

static void test_a_take_over_that_fails_is_tried_again(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  fake_until(fake, STORE_TAKEOVER);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_settle(fake);
  assert_false(fake_stats(fake).consuming);
  fake_advance(fake, USEC_PER_SEC);
  assert_true(fake_stats(fake).consuming);
}

static void test_loading_that_fails_is_tried_again(void **state) {
  struct fake_world *fake = *state;
  die_undelivered(fake, "one");
  fake_boot(fake);
  fake_until(fake, STORE_LOAD);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(requests_since(fake, 1), 1);
  assert_true(fake_stats(fake).consuming);
}

static void test_a_scan_that_fails_is_tried_again(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  fake_until(fake, STORE_SCAN);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_advance(fake, USEC_PER_SEC);
  assert_true(fake_stats(fake).consuming);
}

static void other_cluster(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  (void)fake;
  if (request->kind == STORE_TAKEOVER) reply->takeover.stored_cluster_id = "cluster-2";
}

static void test_offsets_of_another_cluster_are_not_used(void **state) {
  struct fake_world *fake = *state;
  fake->edit = other_cluster;
  fake_boot(fake);
  fake_advance(fake, USEC_PER_MIN);
  assert_false(fake_stats(fake).consuming);
  assert_int_equal(fake->consume_calls, 0);
}

static void damage(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  (void)fake;
  if (request->kind == STORE_TAKEOVER)
    for (size_t i = 0; i < reply->takeover.packed_count; i++) reply->takeover.packed[i].requests = TEXT("\xff\xff\xff");
}

static void test_damaged_requests_stop_nothing_else(void **state) {
  struct fake_world *fake = *state;
  die_undelivered(fake, "one");
  fake->edit = damage;
  fake_start(fake);
  assert_int_equal(requests_since(fake, 1), 0);
  fake_start_run(fake, "one", "b");
  fake_settle(fake);
  assert_int_equal(requests_since(fake, 1), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_undelivered_messages_leave_again),
      CASE(test_before_anything_new_of_that_home),
      CASE(test_delivered_and_recorded_messages_do_not),
      CASE(test_answered_ones_do_not),
      CASE(test_those_of_suspended_runs_do_not),
      CASE(test_their_requests_leave_at_resume),
      CASE(test_a_recall_leaves_again_but_its_request_does_not),
      CASE(test_deadlines_are_watched_again),
      CASE(test_deadlines_missed_while_down_fire_at_once),
      CASE(test_a_take_over_counts_as_a_sign_of_life),
      CASE(test_a_worker_is_watched_still_when_its_deadline_has_a_row),
      CASE(test_reading_goes_on_behind_the_last_commit),
      CASE(test_the_new_owner_has_a_higher_epoch),
      CASE(test_fan_outs_go_on_where_they_were),
      CASE(test_several_open_fan_outs_go_on),
      CASE(test_due_timers_fire_after_the_take_over),
      CASE(test_timers_are_read_in_pages),
      CASE(test_memory_holds_a_bounded_number_of_timers),
      CASE(test_rows_beyond_the_horizon_are_read_when_near),
      CASE(test_waiting_costs_few_queries),
      CASE(test_a_stale_row_fires_nothing),
      CASE(test_a_take_over_that_fails_is_tried_again),
      CASE(test_loading_that_fails_is_tried_again),
      CASE(test_a_scan_that_fails_is_tried_again),
      CASE(test_offsets_of_another_cluster_are_not_used),
      CASE(test_damaged_requests_stop_nothing_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
