// SPDX-License-Identifier: Apache-2.0
// The transaction of a batch: what it says, what follows it, and what happens when it is
// not in.
#include "fake_world.h"

#include <string.h>


// ---- what a batch says ------------------------------------------------------

static void test_a_record_moves_its_homes_offset(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_start_run(fake, "one", "b");
  fake_settle(fake);
  assert_int_equal(fake_batch(fake, 1)->next_offset, 2);
  assert_int_equal(fake_batch(fake, 1)->last_offset, 1);
  assert_int_equal(fake_home(fake, 1)->next_offset, 2);
  assert_int_equal(fake_home(fake, 1)->batch_no, fake_batch(fake, 1)->batch_no);
}

static void test_what_is_ready_shares_a_transaction(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  int commits = fake->asks[STORE_COMMIT];
  for (int i = 0; i < 10; i++) fake_start_run(fake, "done", arena_printf(fake->arena, "t%d", i));
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_COMMIT] - commits, 1);
  assert_int_equal(fake->db.runs.count, 10);
}

static void test_nothing_leaves_before_the_commit_is_in(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_until(fake, STORE_COMMIT);
  assert_int_equal(fake->messages.count, 0);
  fake_answer(fake, 0);
  assert_int_equal(fake->messages.count, 1);
}

static void test_fences_come_in_the_order_of_homes(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]); // home 3 first
  fake_start_run(fake, "one", "b");
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->fence_count, 2);
  assert_int_equal(commit->fences[0].home, 1);
  assert_int_equal(commit->fences[1].home, 3);
}

static void test_an_idle_lane_records_what_was_delivered(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  int64_t asked_in = fake_batch(fake, 1)->batch_no;
  assert_true(fake_batch(fake, 1)->outbox_acked <= asked_in);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake_batch(fake, 1)->batch_no, asked_in + 1);
  assert_int_equal(fake_batch(fake, 1)->outbox_acked, asked_in + 1);
}

static void test_it_is_recorded_once(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_advance(fake, 2 * USEC_PER_SEC);
  int64_t batch_no = fake_batch(fake, 1)->batch_no;
  fake_advance(fake, 5 * USEC_PER_SEC);
  assert_int_equal(fake_batch(fake, 1)->batch_no, batch_no);
}

static void test_what_is_not_delivered_holds_the_mark_back(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->deliver = false;
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  int64_t asked_in = fake_batch(fake, 1)->batch_no;
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_int_equal(fake_batch(fake, 1)->outbox_acked, asked_in);
  fake_report(fake, 0, true);
  fake_advance(fake, USEC_PER_SEC);
  assert_true(fake_batch(fake, 1)->outbox_acked > asked_in);
}

// ---- timers -----------------------------------------------------------------

static void test_an_old_deadline_gets_a_row(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  usec_t deadline = fake->messages.items[0].deadline;
  int64_t asked_in = fake_batch(fake, 1)->batch_no;
  fake_advance(fake, fake->config.guard_spill - USEC_PER_SEC);
  assert_int_equal(fake->db.timers.count, 0);
  assert_int_equal(fake_batch(fake, 1)->guard_low, asked_in);
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake->db.timers.count, 1);
  assert_true(fake->db.timers.items[0].due_at == deadline);
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_true(fake_batch(fake, 1)->guard_low > asked_in);
}

static void test_a_worker_that_is_watched_is_written_down_again(void **state) {
  struct fake_world *fake = *state;
  fake->config.guard_spill = 8 * USEC_PER_SEC;
  fake_start(fake);
  fake_start_run(fake, "beat", "a");
  fake_settle(fake);
  int64_t low = fake_batch(fake, 1)->guard_low;
  for (int i = 0; i < 4; i++) {
    fake_advance(fake, 9 * USEC_PER_SEC);
    fake_heartbeat(fake, &fake->messages.items[0]);
    fake_settle(fake);
    if (i > 0) assert_true(fake_batch(fake, 1)->guard_low > low); // each time with the batch behind
    low = fake_batch(fake, 1)->guard_low;
    assert_int_equal(fake->db.timers.count, 1); // of the deadline
  }
  assert_int_equal(fake->messages.count, 1); // nothing is sent again
}

static void test_a_watch_beyond_the_horizon_goes_on(void **state) {
  struct fake_world *fake = *state;
  fake->config.guard_spill = 5 * USEC_PER_SEC;
  fake->config.timer_horizon = 20 * USEC_PER_SEC; // the deadline is behind it
  fake_start(fake);
  fake_start_run(fake, "beat", "a");
  fake_advance(fake, 8 * USEC_PER_SEC);
  assert_int_equal(fake->db.timers.count, 1);
  fake_heartbeat(fake, &fake->messages.items[0]);
  fake_advance(fake, 9 * USEC_PER_SEC);
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_TIMED_OUT), 1);
}

static void test_a_deadline_answered_soon_costs_no_row(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_advance(fake, 2 * fake->config.guard_spill);
  assert_int_equal(fake->db.timers.count, 0);
  assert_int_equal(fake_stats(fake).timers, 0);
}

static void test_a_deadline_with_a_row_still_fires(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_advance(fake, 61 * USEC_PER_SEC);
  assert_int_equal(fake->db.timers.count, 1);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_TIMED_OUT), 1);
}

static void test_timer_low_stays_at_a_live_timer(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR; // it is in memory
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  usec_t due = fake->db.timers.items[0].due_at;
  fake_advance(fake, 59 * USEC_PER_MIN);
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_true(fake_batch(fake, 1)->timer_low <= due);
  fake_advance(fake, 2 * USEC_PER_MIN);
  fake_start_run(fake, "done", "c");
  fake_settle(fake);
  assert_true(fake_batch(fake, 1)->timer_low > due);
}

static void test_timer_low_never_passes_what_is_not_read_yet(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a"); // beyond the horizon of ten minutes
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).timers, 0);
  usec_t due = fake->db.timers.items[0].due_at;
  for (int minute = 0; minute < 60; minute++) {
    fake_advance(fake, USEC_PER_MIN - (minute == 59));
    fake_start_run(fake, "done", arena_printf(fake->arena, "t%d", minute));
    fake_settle(fake);
    assert_true(fake_batch(fake, 1)->timer_low <= due);
  }
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 2);
  assert_false(fake_is_open(fake, 0));
}

static bool refuses_all_but_one_event_run(const struct store_commit *commit) { return commit->run_count > 1; }

// Those of more runs are refused, and halved.
static const struct store_commit *commit_of_one(struct fake_world *fake) {
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  for (; commit->run_count > 1; commit = &fake_until(fake, STORE_COMMIT)->commit) fake_answer(fake, 0);
  assert_int_equal(commit->run_count, 1);
  return commit;
}

// Fired timers that wait in the queue while a batch is bisected are live still.
static void test_timer_low_stays_at_timers_given_back(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake_start(fake);
  for (int i = 0; i < 4; i++) {
    fake_start_run(fake, "nap", arena_printf(fake->arena, "t%d", i));
    fake_settle(fake);
    fake_advance(fake, USEC_PER_MSEC);
  }
  fake->refuses = refuses_all_but_one_event_run;
  fake->now += 2 * USEC_PER_HOUR;
  job_on_timer(fake->job);
  for (int done = 0; done < 4; done++) {
    const struct store_commit *commit = commit_of_one(fake);
    usec_t low = commit->fences[0].timer_low;
    for (int later = done + 1; later < 4; later++) assert_true(low <= fake->db.timers.items[later].due_at);
    fake_answer(fake, 0);
  }
  fake_settle(fake);
  for (size_t i = 0; i < 4; i++) assert_false(fake_is_open(fake, i));
}

// So are fired deadlines that no row records: a take-over finds them by the batch that asked.
static void test_guard_low_stays_at_deadlines_given_back(void **state) {
  struct fake_world *fake = *state;
  int64_t asked_in[4];
  fake->config.guard_spill = USEC_PER_HOUR;
  fake_start(fake);
  for (int i = 0; i < 4; i++) {
    fake_start_run(fake, "one", arena_printf(fake->arena, "t%d", i));
    fake_settle(fake);
    asked_in[i] = fake_batch(fake, 1)->batch_no;
    fake_advance(fake, USEC_PER_MSEC);
  }
  fake->refuses = refuses_all_but_one_event_run;
  fake->now += 2 * USEC_PER_MIN;
  job_on_timer(fake->job);
  for (int done = 0; done < 4; done++) {
    const struct store_commit *commit = commit_of_one(fake);
    for (int later = done + 1; later < 4; later++) assert_true(commit->fences[0].guard_low <= asked_in[later]);
    fake_answer(fake, 0);
  }
  fake_settle(fake);
  for (size_t i = 0; i < 4; i++) assert_int_equal(fake_count_events(fake, i, WF_ACTION_TIMED_OUT), 1);
}

static void test_what_is_asked_for_and_recalled_at_once_leaves_no_deadline(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "two", "a");
  fake_settle(fake);
  int commits = fake->asks[STORE_COMMIT];
  fake_complete(fake, &fake->messages.items[0]);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_COMMIT] - commits, 1);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_REQUESTED), 2);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_stats(fake).timers, 0);
}

// ---- when it is not in ------------------------------------------------------

static void test_a_run_that_sleeps_beyond_the_horizon_leaves_memory(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake_start(fake);
  fake_start_run(fake, "nap", "a"); // an hour
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).runs_cached, 1);
  fake_start_run(fake, "long", "b"); // 60 days
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).runs_cached, 1);
  fake_start_run(fake, "one", "c"); // an answer is expected
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).runs_cached, 2);
  fake_command(fake, "suspend", 2);
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).runs_cached, 1);
  fake_command(fake, "resume", 2);
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 2));
}

static void test_stale_definitions_are_read_again(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_define(fake, "one", "2.0.0", "do: [{a: {set: {b: 1}}}]\n");
  fake_start_run(fake, "one", "a");
  int reads = fake->asks[STORE_DEFINITIONS];
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_DEFINITIONS], reads + 1);
  assert_string_equal(fake->db.triggers.items[0]->workflow_version, "2.0.0");
  assert_int_equal(fake->db.runs.count, 1);
}

static void test_too_early_waits_a_moment(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  fake->now += USEC_PER_HOUR;
  job_on_timer(fake->job);
  fake->ahead -= USEC_PER_MSEC; // the database's clock turns out to be behind
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  assert_true(fake_is_open(fake, 0));
  assert_true(fake->wake_at > fake->now);
  fake_advance(fake, 2 * USEC_PER_MSEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_database_away_keeps_the_batch_and_backs_off(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  usec_t last_wait = 0;
  for (int i = 0; i < 12; i++) {
    fake_until(fake, STORE_COMMIT);
    fake_refuse(fake, 0, STORE_DOWN);
    assert_int_equal(fake->job->lanes[0]->taken_count, 1);
    usec_t wait = fake->wake_at - fake->now;
    assert_true(wait >= last_wait && wait > 0 && wait <= 5 * USEC_PER_SEC);
    last_wait = wait;
    fake->now = fake->wake_at;
  }
  assert_true(last_wait == 5 * USEC_PER_SEC);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 1);
  assert_int_equal(fake->messages.count, 1);
}

static void test_success_ends_the_back_off(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_until(fake, STORE_COMMIT);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake->job->lanes[0]->failures, 0);
}

static void test_unknown_outcome_that_is_in(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_until(fake, STORE_COMMIT);
  fake_lose(fake, 0);
  assert_int_equal(fake->messages.count, 0);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_int_equal(fake->duplicates.count, 0);
  assert_int_equal(fake->messages.count, 1);
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
}

static void test_unknown_outcome_that_is_not_in(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_until(fake, STORE_COMMIT);
  fake_refuse(fake, 0, STORE_UNKNOWN);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_int_equal(fake->messages.count, 1);
  assert_int_equal(fake_stats(fake).redone, 1);
}

static void test_unknown_outcome_of_a_home_that_is_lost(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_until(fake, STORE_COMMIT);
  fake_refuse(fake, 0, STORE_UNKNOWN);
  fake_steal(fake, 1);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake_stats(fake).fenced, 1);
  assert_false(fake_stats(fake).consuming);
  assert_int_equal(fake->db.triggers.count, 0);
  assert_int_equal(fake->messages.count, 0);
}

static void test_fenced_does_nothing_more_for_its_homes(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_steal(fake, 1);
  fake_start_run(fake, "one", "b");
  fake_settle(fake);
  struct job_stats stats = fake_stats(fake);
  assert_int_equal(stats.fenced, 1);
  assert_false(stats.consuming);
  assert_int_equal(fake->db.triggers.count, 1);
  int commits = fake->asks[STORE_COMMIT];
  fake_complete(fake, &fake->messages.items[0]); // of an assignment that is gone
  fake_advance(fake, 5 * USEC_PER_SEC);
  assert_int_equal(fake->asks[STORE_COMMIT], commits);
}

static void test_fenced_takes_again_after_a_while(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_steal(fake, 1);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  int takes = fake->asks[STORE_TAKEOVER];
  fake_advance(fake, 9 * USEC_PER_SEC);
  assert_int_equal(fake->asks[STORE_TAKEOVER], takes);
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake->asks[STORE_TAKEOVER], takes + 1);
  assert_true(fake_stats(fake).consuming);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_record_moves_its_homes_offset),
      CASE(test_what_is_ready_shares_a_transaction),
      CASE(test_nothing_leaves_before_the_commit_is_in),
      CASE(test_fences_come_in_the_order_of_homes),
      CASE(test_an_idle_lane_records_what_was_delivered),
      CASE(test_it_is_recorded_once),
      CASE(test_what_is_not_delivered_holds_the_mark_back),
      CASE(test_an_old_deadline_gets_a_row),
      CASE(test_a_worker_that_is_watched_is_written_down_again),
      CASE(test_a_watch_beyond_the_horizon_goes_on),
      CASE(test_a_deadline_answered_soon_costs_no_row),
      CASE(test_a_deadline_with_a_row_still_fires),
      CASE(test_timer_low_stays_at_a_live_timer),
      CASE(test_timer_low_never_passes_what_is_not_read_yet),
      CASE(test_timer_low_stays_at_timers_given_back),
      CASE(test_guard_low_stays_at_deadlines_given_back),
      CASE(test_what_is_asked_for_and_recalled_at_once_leaves_no_deadline),
      CASE(test_a_run_that_sleeps_beyond_the_horizon_leaves_memory),
      CASE(test_stale_definitions_are_read_again),
      CASE(test_too_early_waits_a_moment),
      CASE(test_database_away_keeps_the_batch_and_backs_off),
      CASE(test_success_ends_the_back_off),
      CASE(test_unknown_outcome_that_is_in),
      CASE(test_unknown_outcome_that_is_not_in),
      CASE(test_unknown_outcome_of_a_home_that_is_lost),
      CASE(test_fenced_does_nothing_more_for_its_homes),
      CASE(test_fenced_takes_again_after_a_while),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
