// SPDX-License-Identifier: Apache-2.0
// One decision of the engine, put into the batch: messages and timers.
#include "fake_world.h"

#include <string.h>

#include "io/codec_outbox.h"

static const struct store_commit *commit_of(struct fake_world *fake, const char *workflow) {
  fake_start(fake);
  fake_start_run(fake, workflow, "a");
  return &fake_until(fake, STORE_COMMIT)->commit;
}

static void test_a_request_says_all_a_worker_needs(void **state) {
  struct fake_world *fake = *state;
  commit_of(fake, "one");
  usec_t asked_at = fake_clock(fake);
  fake_settle(fake);
  assert_int_equal(fake->messages.count, 1);
  const struct fake_message *message = &fake->messages.items[0];
  char key[UUID_TEXT_SIZE];
  assert_string_equal(message->topic, "requests");
  assert_string_equal(message->key, uuid_format(fake_run_id(fake, 0), key)); // one run, one partition
  assert_string_equal(message->function, "act");
  assert_string_equal(message->arguments, "{\"n\":1}");
  assert_int_equal(message->action_no, 1);
  assert_int_equal(message->attempt, 1);
  assert_int_equal(message->answer_partition, 0);
  assert_true(message->deadline == asked_at + 60 * USEC_PER_SEC);
}

static void expect_traced(struct fake_world *fake, size_t count) {
  assert_int_equal(fake->messages.count, count);
  for (size_t i = 0; i < count; i++) assert_string_equal(fake->messages.items[i].traceparent, "00-ab-01");
}

static void test_every_request_goes_on_with_the_trigger_s_trace(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.cached_run_bytes = 1; // so that the second is decided by a run that was loaded
  fake_start(fake);
  fake->deliver = false;
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/two\",\"traceparent\":\"00-ab-01\"}");
  fake_settle(fake);
  expect_traced(fake, 1);
  fake_crash(fake);
  fake->deliver = true;
  fake_start(fake);
  expect_traced(fake, 2); // the same request again
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  expect_traced(fake, 3);
  assert_int_equal(fake->messages.items[2].action_no, 2);
}

static void test_requests_stand_packed_in_the_batch(void **state) {
  struct fake_world *fake = *state;
  const struct store_commit *commit = commit_of(fake, "beat");
  struct outbox_request *requests;
  size_t count;
  assert_int_equal(codec_outbox_unpack(commit->fences[0].requests, fake->arena, &requests, &count), 0);
  assert_int_equal(count, 1);
  assert_true(uuid_equal(&requests[0].run_id, &commit->runs[0]->identity.run_id));
  assert_true(requests[0].deadline == fake_clock(fake) + 60 * USEC_PER_SEC);
  assert_true(requests[0].heartbeat == 10 * USEC_PER_SEC);
  assert_true(requests[0].timer_no > 0); // to watch the deadline again after a take-over
  assert_string_equal(requests[0].message.topic, "requests");
}

static void test_a_deadline_is_watched_without_a_row(void **state) {
  struct fake_world *fake = *state;
  const struct store_commit *commit = commit_of(fake, "one");
  assert_int_equal(commit->timer_count, 0);
  assert_int_equal(fake_stats(fake).timers, 0); // not before it is in
  fake_answer(fake, 0);
  assert_int_equal(fake_stats(fake).timers, 1);
  assert_true(timers_next(fake->job->lanes[0]->timers) == fake_clock(fake) + 60 * USEC_PER_SEC);
}

static void test_with_heartbeats_it_is_the_next_sign_of_life(void **state) {
  struct fake_world *fake = *state;
  commit_of(fake, "beat");
  fake_answer(fake, 0);
  assert_true(timers_next(fake->job->lanes[0]->timers) == fake_clock(fake) + 10 * USEC_PER_SEC);
}

static void test_an_answer_ends_the_watch_with_the_commit(void **state) {
  struct fake_world *fake = *state;
  commit_of(fake, "one");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_until(fake, STORE_COMMIT);
  assert_int_equal(fake_stats(fake).timers, 1);
  fake_answer(fake, 0);
  assert_int_equal(fake_stats(fake).timers, 0);
}

static void test_a_wait_is_a_row(void **state) {
  struct fake_world *fake = *state;
  const struct store_commit *commit = commit_of(fake, "nap");
  assert_int_equal(commit->timer_count, 1);
  assert_int_equal(commit->timers[0].home, 1);
  assert_true(commit->timers[0].due_at == fake_clock(fake) + USEC_PER_HOUR);
}

static void test_far_ones_are_not_held_in_memory(void **state) {
  struct fake_world *fake = *state;
  commit_of(fake, "nap");
  fake_answer(fake, 0);
  assert_int_equal(fake_stats(fake).timers, 0);
}

static void test_near_ones_are(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  commit_of(fake, "nap");
  fake_answer(fake, 0);
  assert_int_equal(fake_stats(fake).timers, 1);
}

static void test_no_row_lies_further_ahead_than_four_weeks(void **state) {
  struct fake_world *fake = *state;
  const struct store_commit *commit = commit_of(fake, "long");
  assert_true(commit->timers[0].due_at == fake_clock(fake) + 28 * USEC_PER_DAY);
}

static void test_events_are_gapless_from_one(void **state) {
  struct fake_world *fake = *state;
  const struct store_commit *commit = commit_of(fake, "one");
  assert_int_equal(commit->previous_seqs[0], 0);
  for (size_t i = 0; i < commit->event_count; i++) assert_int_equal(commit->events[i].event->seq, i + 1);
  assert_int_equal(commit->runs[0]->last_seq, commit->event_count);
}

static void test_two_decisions_on_a_run_are_one_row(void **state) {
  struct fake_world *fake = *state;
  commit_of(fake, "two");
  fake_settle(fake);
  int32_t before = (int32_t)fake->db.runs.items[0]->events.count;
  fake_complete(fake, &fake->messages.items[0]);
  fake_command(fake, "cancel", 0);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->run_count, 1);
  assert_int_equal(commit->previous_seqs[0], before);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_request_says_all_a_worker_needs),
      CASE(test_every_request_goes_on_with_the_trigger_s_trace),
      CASE(test_requests_stand_packed_in_the_batch),
      CASE(test_a_deadline_is_watched_without_a_row),
      CASE(test_with_heartbeats_it_is_the_next_sign_of_life),
      CASE(test_an_answer_ends_the_watch_with_the_commit),
      CASE(test_a_wait_is_a_row),
      CASE(test_far_ones_are_not_held_in_memory),
      CASE(test_near_ones_are),
      CASE(test_no_row_lies_further_ahead_than_four_weeks),
      CASE(test_events_are_gapless_from_one),
      CASE(test_two_decisions_on_a_run_are_one_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
