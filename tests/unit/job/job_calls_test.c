// SPDX-License-Identifier: Apache-2.0
// Calls of the daemon itself, seen from the job: who begins one, and how they end.
#include "fake_world.h"

#include <string.h>

enum { CALLS_MAX = 32 };

static size_t room, begun, hung_up;
static uint64_t cookies[CALLS_MAX];
static int homes[CALLS_MAX];

static bool take_call(void *context, const struct world_call *call, uint64_t cookie) {
  (void)context;
  struct uuid run_id;
  if (!room || begun == CALLS_MAX) return false;
  room--;
  assert_int_equal(uuid_parse(call->idempotency_key, UUID_TEXT_SIZE - 1, &run_id), 0);
  homes[begun] = (int)uuid_home(&run_id);
  cookies[begun++] = cookie;
  return true;
}

static void hang_up(void *context, uint64_t cookie) {
  (void)context;
  (void)cookie;
  hung_up++;
}

static void open_calls(struct fake_world *fake, size_t at_once) {
  room = at_once;
  begun = hung_up = 0;
  fake->world.call = take_call;
  fake->world.hang_up = hang_up;
  fake_define(fake, "fetch", "1.0.0", "do: [{a: {call: http, with: {method: get, endpoint: 'http://e.com/'}}}]\n");
  fake_start(fake);
}

static void fetch(struct fake_world *fake, int partition, const char *id) {
  fake_record(fake, FAKE_TRIGGERS, partition, arena_printf(fake->arena, "{\"workflow\":\"test/fetch\",\"id\":\"%s\"}", id));
}

static void answer(struct fake_world *fake, size_t call) {
  room++;
  job_on_called(fake->job, cookies[call], &(struct world_answer){.completed = true, .output = TEXT("{}")});
}

static void test_lanes_take_turns(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  open_calls(fake, 1);
  for (int i = 0; i < 10; i++)
    for (int partition = 0; partition < 2; partition++) fetch(fake, partition, arena_printf(fake->arena, "%d-%d", i, partition));
  fake_settle(fake);
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal(begun, i + 1);
    answer(fake, i);
    fake_settle(fake);
  }
  for (size_t i = 1; i < 8; i++) assert_int_not_equal(homes[i], homes[i - 1]);
}

static void test_a_lane_alone_gets_all_the_room(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  open_calls(fake, 3);
  for (int i = 0; i < 4; i++) fetch(fake, 1, arena_printf(fake->arena, "%d", i));
  fake_settle(fake);
  assert_int_equal(begun, 3);
}

static void test_a_drain_lets_calls_end(void **state) {
  struct fake_world *fake = *state;
  open_calls(fake, 1);
  fetch(fake, 0, "a");
  fetch(fake, 0, "b");
  fake_settle(fake);
  assert_int_equal(begun, 1);
  job_drain(fake->job);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(hung_up, 0);
  assert_false(job_is_drained(fake->job));
  answer(fake, 0);
  fake_advance(fake, USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
  assert_true(fake_is_open(fake, 1)); // for the next owner
  assert_int_equal(begun, 1);
  assert_true(job_is_drained(fake->job));
}

static void test_a_drain_waits_for_no_timer(void **state) {
  struct fake_world *fake = *state;
  open_calls(fake, 1);
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
  open_calls(fake, 5);
  fetch(fake, 0, "a");
  fake_settle(fake);
  fake_command(fake, "suspend", 0);
  fake_settle(fake);
  fake_command(fake, "resume", 0);
  fake_until(fake, STORE_COMMIT);
  answer(fake, 0);
  fake_settle(fake);
  assert_int_equal(begun, 1);
  assert_false(fake_is_open(fake, 0));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      CASE(test_lanes_take_turns),
      CASE(test_a_lane_alone_gets_all_the_room),
      CASE(test_a_drain_lets_calls_end),
      CASE(test_a_drain_waits_for_no_timer),
      CASE(test_a_resumed_run_does_not_repeat_an_answered_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
