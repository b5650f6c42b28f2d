// SPDX-License-Identifier: Apache-2.0
// What comes for runs that exist: results, signs of life, timers.
#include "fake_world.h"

#include <string.h>

static const struct fake_message *start_one(struct fake_world *fake, const char *workflow) {
  fake_start(fake);
  fake_start_run(fake, workflow, "a");
  fake_settle(fake);
  return &fake->messages.items[0];
}

static void test_a_result_lets_the_run_go_on(void **state) {
  struct fake_world *fake = *state;
  fake_complete(fake, start_one(fake, "one"));
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_COMPLETED), 1);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_COMPLETED), 1);
}

static void test_a_result_counts_once(void **state) {
  struct fake_world *fake = *state;
  const struct fake_message message = *start_one(fake, "two");
  fake_complete(fake, &message);
  fake_complete(fake, &message);
  fake_settle(fake);
  fake_complete(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_COMPLETED), 1);
  assert_int_equal(fake->messages.count, 2); // the second action was asked for once
  assert_int_equal(fake_batch(fake, 3)->next_offset, 3);
}

static void test_a_result_of_an_ended_run_changes_nothing(void **state) {
  struct fake_world *fake = *state;
  const struct fake_message message = *start_one(fake, "one");
  fake_complete(fake, &message);
  fake_settle(fake);
  fake_complete(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_COMPLETED), 1);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_COMPLETED), 1);
  assert_int_equal(fake->quarantine.count, 0);
}

static void test_a_result_of_a_run_that_never_was_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = *start_one(fake, "one");
  message.run_id = uuid_with_recipient(&message.run_id, 99);
  fake_complete(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "unknown_run");
  assert_int_equal(fake_batch(fake, 3)->next_offset, 1);
}

static bool hidden;

static void hide_definitions(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  (void)fake;
  if (request->kind == STORE_DEFINITIONS && hidden) reply->definitions.definition_count = 0;
}

static void test_a_result_without_its_definition_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  const struct fake_message message = *start_one(fake, "one");
  fake_crash(fake);
  hidden = true;
  fake->edit = hide_definitions;
  fake_start(fake);
  fake_complete(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "definition_unavailable");
  assert_non_null(strstr(fake->quarantine.items[0].text, "test/one@1.0.0"));
}

// A function was taken out of the configuration, and comes back.
static void test_a_timer_without_its_definition_comes_again(void **state) {
  struct fake_world *fake = *state;
  start_one(fake, "nap");
  fake_crash(fake);
  hidden = true;
  fake->edit = hide_definitions;
  fake_start(fake);
  fake_advance(fake, 61 * USEC_PER_MIN);
  fake_start_run(fake, "done", "later"); // a batch, whatever becomes of it: timer_low moves on
  fake_settle(fake);
  assert_true(fake_is_open(fake, 0));
  fake_crash(fake);
  hidden = false;
  fake_start(fake);
  fake_advance(fake, USEC_PER_MIN);
  assert_false(fake_is_open(fake, 0));
}

static void test_a_deadline_without_its_definition_comes_again(void **state) {
  struct fake_world *fake = *state;
  start_one(fake, "one");
  fake_crash(fake);
  hidden = true;
  fake->edit = hide_definitions;
  fake_start(fake);
  fake_advance(fake, 5 * USEC_PER_MIN);
  assert_true(fake_is_open(fake, 0));
  assert_true(fake->db.timers.count > 5 && fake->db.timers.count < 30); // now and then, not all the time
  fake_crash(fake);
  hidden = false;
  fake_start(fake);
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_TIMED_OUT), 1);
}

static void test_a_run_out_of_memory_is_loaded_first(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.cached_run_bytes = 1;
  const struct fake_message message = *start_one(fake, "one");
  assert_int_equal(fake_stats(fake).runs_cached, 0);
  fake_complete(fake, &message);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
}

// ---- signs of life ----------------------------------------------------------

static void test_signs_of_life_move_the_deadline(void **state) {
  struct fake_world *fake = *state;
  const struct fake_message message = *start_one(fake, "beat");
  for (int i = 0; i < 4; i++) {
    fake_advance(fake, 9 * USEC_PER_SEC);
    fake_heartbeat(fake, &message);
    fake_settle(fake);
  }
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 11 * USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_silence_ends_the_attempt(void **state) {
  struct fake_world *fake = *state;
  start_one(fake, "beat");
  fake_advance(fake, 11 * USEC_PER_SEC);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_TIMED_OUT), 1);
}

static void test_signs_of_life_never_pass_the_deadline(void **state) {
  struct fake_world *fake = *state;
  const struct fake_message message = *start_one(fake, "beat");
  for (int i = 0; i < 7; i++) {
    fake_advance(fake, 9 * USEC_PER_SEC);
    fake_heartbeat(fake, &message);
    fake_settle(fake);
  }
  assert_false(fake_is_open(fake, 0)); // 63 s: the timeout is 60 s
}

static void test_a_sign_of_life_leaves_no_event(void **state) {
  struct fake_world *fake = *state;
  const struct fake_message message = *start_one(fake, "beat");
  const char *before = fake_events(fake, 0);
  fake_heartbeat(fake, &message);
  fake_settle(fake);
  assert_string_equal(fake_events(fake, 0), before);
  assert_int_equal(fake_batch(fake, 3)->next_offset, 1); // but it is consumed
}

// ---- timers -----------------------------------------------------------------

static void test_a_timer_fires_at_its_instant_not_before(void **state) {
  struct fake_world *fake = *state;
  start_one(fake, "nap");
  usec_t due = fake->db.timers.items[0].due_at;
  fake_advance(fake, due - fake_clock(fake) - 1);
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 1);
  assert_false(fake_is_open(fake, 0));
}

static void test_the_batch_says_the_highest_instant_it_fires(void **state) {
  struct fake_world *fake = *state;
  start_one(fake, "nap");
  usec_t due = fake->db.timers.items[0].due_at;
  fake_advance(fake, 55 * USEC_PER_MIN);
  fake->now = due - fake->ahead;
  job_on_timer(fake->job);
  assert_true(fake_until(fake, STORE_COMMIT)->commit.due_max == due);
}

static void test_a_wait_beyond_a_row_is_made_of_several(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = USEC_PER_DAY;
  start_one(fake, "long");
  assert_true(fake->db.timers.items[0].due_at <= fake_clock(fake) + 28 * USEC_PER_DAY);
  fake_advance(fake, 59 * USEC_PER_DAY);
  assert_true(fake_is_open(fake, 0));
  assert_int_equal(fake->db.timers.count, 3);
  fake_advance(fake, 2 * USEC_PER_DAY);
  assert_false(fake_is_open(fake, 0));
}

static bool refuses_ends(const struct store_commit *commit) {
  for (size_t i = 0; i < commit->event_count; i++)
    if (commit->events[i].event->type == WF_RUN_COMPLETED) return true;
  return false;
}

static void test_a_run_that_cannot_be_stored_is_stopped_alone(void **state) {
  struct fake_world *fake = *state;
  start_one(fake, "nap");
  fake->refuses = refuses_ends;
  fake_advance(fake, 61 * USEC_PER_MIN);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_SUSPENDED), 1);
  fake->refuses = NULL;
  fake_command(fake, "resume", 0);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_result_lets_the_run_go_on),
      CASE(test_a_result_counts_once),
      CASE(test_a_result_of_an_ended_run_changes_nothing),
      CASE(test_a_result_of_a_run_that_never_was_is_set_aside),
      CASE(test_a_result_without_its_definition_is_set_aside),
      CASE(test_a_timer_without_its_definition_comes_again),
      CASE(test_a_deadline_without_its_definition_comes_again),
      CASE(test_a_run_out_of_memory_is_loaded_first),
      CASE(test_signs_of_life_move_the_deadline),
      CASE(test_silence_ends_the_attempt),
      CASE(test_signs_of_life_never_pass_the_deadline),
      CASE(test_a_sign_of_life_leaves_no_event),
      CASE(test_a_timer_fires_at_its_instant_not_before),
      CASE(test_the_batch_says_the_highest_instant_it_fires),
      CASE(test_a_wait_beyond_a_row_is_made_of_several),
      CASE(test_a_run_that_cannot_be_stored_is_stopped_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
