// SPDX-License-Identifier: Apache-2.0
// Calls of the daemon itself, seen from the job: who begins one, and how they end.
#include "fake_world.h"

static void fetch(struct fake_world *fake, int partition, const char *id) {
  fake_record(fake, FAKE_TRIGGERS, partition, arena_printf(fake->arena, "{\"workflow\":\"test/fetch\",\"id\":\"%s\"}", id));
}

static void test_lanes_take_turns(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake->calls_at_once = 1;
  fake_start(fake);
  for (int i = 0; i < 10; i++)
    for (int partition = 0; partition < 2; partition++) fetch(fake, partition, arena_printf(fake->arena, "%d-%d", i, partition));
  fake_settle(fake);
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal(fake->calls.count, i + 1);
    fake_answer_call(fake, i);
    fake_settle(fake);
  }
  for (size_t i = 1; i < 8; i++) assert_int_not_equal(fake->calls.items[i].home, fake->calls.items[i - 1].home);
}

static void test_a_lane_alone_gets_all_the_room(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake->calls_at_once = 3;
  fake_start(fake);
  for (int i = 0; i < 4; i++) fetch(fake, 1, arena_printf(fake->arena, "%d", i));
  fake_settle(fake);
  assert_int_equal(fake->calls.count, 3);
}

static void test_a_drain_lets_calls_end(void **state) {
  struct fake_world *fake = *state;
  fake->calls_at_once = 1;
  fake_start(fake);
  fetch(fake, 0, "a");
  fetch(fake, 0, "b");
  fake_settle(fake);
  assert_int_equal(fake->calls.count, 1);
  job_drain(fake->job);
  fake_advance(fake, USEC_PER_SEC);
  assert_false(fake->calls.items[0].hung_up);
  assert_false(job_is_drained(fake->job));
  fake_answer_call(fake, 0);
  fake_advance(fake, USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
  assert_true(fake_is_open(fake, 1)); // for the next owner
  assert_int_equal(fake->calls.count, 1);
  assert_true(job_is_drained(fake->job));
}

static void test_a_drain_waits_for_no_timer(void **state) {
  struct fake_world *fake = *state;
  fake->calls_at_once = 1;
  fake_start(fake);
  fetch(fake, 0, "a");
  fake_settle(fake);
  job_drain(fake->job);
  fake_settle(fake);
  fake->wake_at = 0;
  job_on_timer(fake->job);
  assert_true(fake->wake_at == 0); // nothing to be done until the answer comes
}

// The answer is there, but a batch is under way that resumes its run.
static void test_a_resumed_run_does_not_repeat_an_answered_call(void **state) {
  struct fake_world *fake = *state;
  fake->calls_at_once = 5;
  fake_start(fake);
  fetch(fake, 0, "a");
  fake_settle(fake);
  fake_command(fake, "suspend", 0);
  fake_settle(fake);
  fake_command(fake, "resume", 0);
  fake_until(fake, STORE_COMMIT);
  fake_answer_call(fake, 0);
  fake_settle(fake);
  assert_int_equal(fake->calls.count, 1);
  assert_false(fake_is_open(fake, 0));
}

#define BUSY .error_type = TEXT("https://e.com/busy"), .error_status = 503, .error_title = TEXT("Busy"), .detail_internal = TEXT("a proxy said so")

static void fetch_with_retries(struct fake_world *fake) {
  fake_define(fake, "again", "1.0.0",
              "do: [{try: {try: [{a: {call: http, with: {method: get, endpoint: 'http://e.com/'}}}],\n"
              "            catch: {retry: {delay: {seconds: 1}, limit: {attempt: {count: 5}}}}}}]\n");
  fake_start(fake);
  fake_start_run(fake, "again", "a");
  fake_settle(fake);
}

static void test_who_is_called_says_when_to_call_again(void **state) {
  struct fake_world *fake = *state;
  fetch_with_retries(fake);
  fake_end_call(fake, 0, &(struct world_answer){BUSY, .retryable = true, .retry_after = 7 * USEC_PER_SEC});
  fake_advance(fake, 6 * USEC_PER_SEC);
  assert_int_equal(fake->calls.count, 1);
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake->calls.count, 2);
}

static void test_a_failure_for_good_is_not_tried_again(void **state) {
  struct fake_world *fake = *state;
  fetch_with_retries(fake);
  fake_end_call(fake, 0, &(struct world_answer){BUSY});
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->calls.count, 1);
  assert_false(fake_is_open(fake, 0));
  struct wf_run *run = sim_db_fold(fake->db.runs.items[0]);
  assert_int_equal(run->status, WF_FAULTED);
  assert_string_equal(run->fault.summary, "Busy");
  assert_string_equal(run->fault.detail_internal, "a proxy said so");
  wf_run_free(run);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      CASE(test_lanes_take_turns),
      CASE(test_a_lane_alone_gets_all_the_room),
      CASE(test_a_drain_lets_calls_end),
      CASE(test_a_drain_waits_for_no_timer),
      CASE(test_a_resumed_run_does_not_repeat_an_answered_call),
      CASE(test_who_is_called_says_when_to_call_again),
      CASE(test_a_failure_for_good_is_not_tried_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
