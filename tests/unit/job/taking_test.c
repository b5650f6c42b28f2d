// SPDX-License-Identifier: Apache-2.0
// What waits while too much is not delivered, and that it goes on.
#include "job/taking.h"

#include <string.h>

#include "base/log.h"
#include "fake_world.h"

enum { BOUND = 4 };

static struct lane *first_lane(struct fake_world *fake) { return fake->job->lanes[0]; }

static void start_runs(struct fake_world *fake, const char *workflow, int count) {
  for (int i = 0; i < count; i++) fake_start_run(fake, workflow, arena_printf(fake->arena, "%s-%d", workflow, i));
}

// The broker is away, and as many messages are not delivered as may be.
static void fill(struct fake_world *fake) {
  fake->config.bounds.undelivered_messages = BOUND;
  fake->config.inbox_fallback = USEC_PER_SEC;
  fake_start(fake);
  fake->deliver = false;
  start_runs(fake, "one", BOUND);
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).undelivered, BOUND);
}

// The broker is back and takes all that waits.
static void drain(struct fake_world *fake) {
  fake->deliver = true;
  fake_settle(fake);
}

static void test_no_trigger_is_taken_at_the_bound(void **state) {
  struct fake_world *fake = *state;
  fill(fake);
  start_runs(fake, "two", 3);
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, BOUND);
  assert_int_equal(fake_stats(fake).queued, 3);
  drain(fake);
  assert_int_equal(fake->db.runs.count, BOUND + 3);
  assert_int_equal(fake_stats(fake).undelivered, 0);
}

static void test_results_wait(void **state) {
  struct fake_world *fake = *state;
  fill(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_advance(fake, 10 * USEC_PER_SEC);
  assert_true(fake_is_open(fake, 0));
  drain(fake);
  assert_false(fake_is_open(fake, 0));
}

// Many runs come due while the broker is away: what is in memory stays bounded, and all of
// it leaves afterwards.
static void test_due_timers_wait(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "later", "1.0.0", "do: [{nap: {wait: {hours: 1}}}, {act: {call: act}}]\n");
  fake->config.bounds.undelivered_messages = BOUND;
  fake->config.bounds.batch_inputs = BOUND;
  fake->config.inbox_fallback = USEC_PER_SEC;
  fake_start(fake);
  start_runs(fake, "later", 50);
  fake_settle(fake);
  fake->deliver = false;
  fake_advance(fake, USEC_PER_HOUR + 30 * USEC_PER_SEC);
  assert_int_equal(fake_stats(fake).undelivered, BOUND);
  assert_true(fake_stats(fake).oldest_due_age > 20 * USEC_PER_SEC);
  drain(fake);
  assert_int_equal(fake->messages.count, 50);
  assert_int_equal(fake_stats(fake).undelivered, 0);
}

// Nothing turns while it waits: a few looks a second, no more.
static void test_waiting_costs_little(void **state) {
  struct fake_world *fake = *state;
  fill(fake);
  start_runs(fake, "two", 3);
  fake_advance(fake, 10 * USEC_PER_SEC);
  int before = fake->asks[STORE_COMMIT];
  fake_advance(fake, 10 * USEC_PER_SEC);
  assert_in_range(fake->asks[STORE_COMMIT] - before, 1, 40);
  assert_true(lane_next(first_lane(fake)) > fake->now);
}

static void test_what_is_delivered_is_recorded_at_the_bound(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.undelivered_messages = BOUND;
  fake->config.bounds.batch_inputs = 1;
  fake_start(fake);
  fake->deliver = false;
  start_runs(fake, "one", BOUND);
  fake_settle(fake);
  fake_report(fake, 0, true);
  fake_advance(fake, USEC_PER_SEC);
  assert_true(outbox_is_full(first_lane(fake)->outbox));
  assert_int_equal(fake_batch(fake, 1)->outbox_acked, commit_outbox_acked(first_lane(fake), fake_home(fake, 1)));
}

static void test_control_by_sql_is_taken(void **state) {
  struct fake_world *fake = *state;
  fill(fake);
  sim_db_command(&fake->db, WF_CONTROL_CANCEL, fake_run_id(fake, 0), fake_clock(fake));
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_stats(fake).undelivered, BOUND + 1); // its recall
}

static void test_until_twice_the_bound(void **state) {
  struct fake_world *fake = *state;
  fill(fake);
  fake->config.bounds.batch_inputs = 1;
  first_lane(fake)->outbox = (outbox_free(first_lane(fake)->outbox), outbox_new(&fake->world, (struct outbox_bounds){2, 1 << 20}));
  const char *name = "x";
  struct outbox_request request = {.message = {.topic = "", .value = name}};
  fake->room = 0;
  for (int i = 0; i < 4; i++) outbox_add(first_lane(fake)->outbox, 1, 1, &request, 1);
  sim_db_command(&fake->db, WF_CONTROL_CANCEL, fake_run_id(fake, 0), fake_clock(fake));
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_true(fake_is_open(fake, 0));
  assert_false(taking_may_begin(first_lane(fake))); // though the order is there
  assert_int_equal(fake->applied.count, 0);
}

static void test_a_take_over_of_more_than_the_bound_passes(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.undelivered_messages = 100;
  fake_start(fake);
  fake->deliver = false;
  start_runs(fake, "one", 30);
  fake_settle(fake);
  fake_crash(fake);
  fake->config.bounds.undelivered_messages = BOUND;
  fake_start(fake);
  assert_int_equal(fake_stats(fake).undelivered, 30);
  drain(fake);
  start_runs(fake, "two", 1);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 31);
}

static void test_pieces_of_a_fan_out_wait(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = BOUND;
  fake->config.bounds.undelivered_messages = BOUND;
  fake_start(fake);
  fake->deliver = false;
  fake_trigger(fake, "{\"id\":\"f\",\"type\":\"t\",\"workflow\":\"test/one\",\"recipients\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, BOUND);
  drain(fake);
  assert_int_equal(fake->db.runs.count, 9);
}

// ---- being told ---------------------------------------------------------------

static int warnings, notices;

static void hear(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)fields, (void)context;
  warnings += level == LOG_LEVEL_WARNING && strstr(message, "4 messages") != NULL;
  notices += level == LOG_LEVEL_NOTICE && strstr(message, "delivered again") != NULL;
}

static void test_it_is_said_once_and_when_it_is_over(void **state) {
  struct fake_world *fake = *state;
  log_set_sink(hear, NULL);
  warnings = notices = 0;
  fill(fake);
  assert_int_equal(fake_stats(fake).held, 0); // a short hold is nothing
  fake_advance(fake, 20 * USEC_PER_SEC);
  assert_int_equal(warnings, 1);
  assert_int_equal(fake_stats(fake).held, 1);
  drain(fake);
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(notices, 1);
  assert_int_equal(fake_stats(fake).held, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_no_trigger_is_taken_at_the_bound),
      CASE(test_results_wait),
      CASE(test_due_timers_wait),
      CASE(test_waiting_costs_little),
      CASE(test_what_is_delivered_is_recorded_at_the_bound),
      CASE(test_control_by_sql_is_taken),
      CASE(test_until_twice_the_bound),
      CASE(test_a_take_over_of_more_than_the_bound_passes),
      CASE(test_pieces_of_a_fan_out_wait),
      CASE(test_it_is_said_once_and_when_it_is_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
