// SPDX-License-Identifier: Apache-2.0
// The guard against a crash loop: who is careful, what is announced, and what becomes of
// an input that kills.
#include "fake_world.h"

#include <string.h>

// The instance starts and dies, without having been well for long.
static void die(struct fake_world *fake, int times) {
  for (int i = 0; i < times; i++) {
    fake_start(fake);
    fake_crash(fake);
  }
}

// Goes on until an input was announced, and dies while trying it.
static void die_trying(struct fake_world *fake) {
  fake_until(fake, STORE_ANNOUNCE);
  fake_answer(fake, 0);
  fake_crash(fake);
}

// What was known as due, or had come, when it died: the first dies of it unannounced.
static void die_of_it(struct fake_world *fake, int announced) {
  fake_boot(fake);
  fake_until(fake, STORE_COMMIT);
  fake_crash(fake);
  for (int i = 0; i < announced; i++) {
    fake_boot(fake);
    die_trying(fake);
  }
}

// The same record again, as the broker has it: the offset did not move.
static void again(struct fake_world *fake, const char *workflow, const char *id) {
  fake->next_offset[FAKE_TRIGGERS][0] = 0;
  fake_start_run(fake, workflow, id);
}

static void test_nobody_is_careful_at_first(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_ANNOUNCE], 0);
  assert_false(fake_is_open(fake, 0));
}

static void test_one_unclean_end_makes_nobody_careful(void **state) {
  struct fake_world *fake = *state;
  die(fake, 1);
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_ANNOUNCE], 0);
}

static void test_two_in_a_row_do(void **state) {
  struct fake_world *fake = *state;
  die(fake, 2);
  fake_start(fake);
  for (const char *id = "abc"; *id; id++) fake_start_run(fake, "done", (char[]){*id, 0});
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_ANNOUNCE], 3); // one by one
  assert_int_equal(fake_stats(fake).batches, 3);
  assert_int_equal(fake->db.runs.count, 3);
}

static void test_caution_is_bounded(void **state) {
  struct fake_world *fake = *state;
  fake->config.careful_inputs = 2;
  die(fake, 2);
  fake_start(fake);
  for (const char *id = "abcde"; *id; id++) fake_start_run(fake, "done", (char[]){*id, 0});
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_ANNOUNCE], 2);
  assert_int_equal(fake->db.runs.count, 5);
}

static void test_each_further_end_doubles_it(void **state) {
  struct fake_world *fake = *state;
  fake->config.careful_inputs = 1;
  die(fake, 4); // 2 ends: 1 input; 3: 2; 4: 4
  fake_start(fake);
  for (const char *id = "abcdef"; *id; id++) fake_start_run(fake, "done", (char[]){*id, 0});
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_ANNOUNCE], 4);
}

static void test_who_held_the_homes_for_long_counts_as_well(void **state) {
  struct fake_world *fake = *state;
  die(fake, 1);
  fake_start(fake);
  fake_advance(fake, fake->config.settle_after);
  assert_int_equal(fake->asks[STORE_SETTLE], 1);
  assert_int_equal(fake->db.homes.items[0].unclean_ends, 0);
  fake_crash(fake);
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_ANNOUNCE], 0);
}

static void test_nothing_is_said_when_nothing_was_wrong(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_advance(fake, 2 * fake->config.settle_after);
  assert_int_equal(fake->asks[STORE_SETTLE], 0);
}

static void test_a_clean_stop_is_no_unclean_end(void **state) {
  struct fake_world *fake = *state;
  for (int i = 0; i < 3; i++) {
    fake_start(fake);
    job_drain(fake->job);
    assert_false(job_is_drained(fake->job)); // the homes are not given back yet
    fake_settle(fake);
    assert_true(job_is_drained(fake->job));
    fake_crash(fake);
  }
  assert_int_equal(fake->db.homes.items[0].unclean_ends, 0);
}

static void test_a_stop_without_database_ends_too(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  job_drain(fake->job);
  fake_refuse(fake, 0, STORE_DOWN);
  assert_true(job_is_drained(fake->job));
}

static void test_a_partition_given_away_is_no_unclean_end(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  job_on_revoked(fake->job);
  fake_settle(fake);
  assert_null(fake->db.homes.items[0].instance);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(fake->db.homes.items[0].unclean_ends, 0);
}

static void test_a_thief_keeps_what_it_took(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_steal(fake, 1);
  job_on_revoked(fake->job);
  fake_settle(fake);
  assert_string_equal(fake->db.homes.items[0].instance, "thief");
}

static void test_the_second_death_sets_a_record_aside(void **state) {
  struct fake_world *fake = *state;
  die(fake, 2);
  for (int i = 0; i < 2; i++) {
    fake_start(fake);
    again(fake, "done", "poison");
    die_trying(fake);
    assert_int_equal(fake->quarantine.count, 0);
  }
  fake_start(fake);
  again(fake, "done", "poison");
  fake_start_run(fake, "done", "good");
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "crash_loop");
  assert_int_equal(fake->quarantine.items[0].offset, 0);
  assert_int_equal(fake->db.runs.count, 1); // the good one
  assert_int_equal(fake_home(fake, 1)->next_offset, 2);
}

static void test_a_record_that_was_taken_in_killed_nobody(void **state) {
  struct fake_world *fake = *state;
  die(fake, 2);
  for (int i = 0; i < 2; i++) {
    fake_start(fake);
    fake->next_offset[FAKE_TRIGGERS][0] = i;
    fake_start_run(fake, "done", i ? "b" : "a");
    fake_until(fake, STORE_ANNOUNCE);
    fake_answer(fake, 0);
    fake_until(fake, STORE_COMMIT);
    fake_answer(fake, 0); // in; the instance dies with it announced
    fake_crash(fake);
  }
  vec_foreach(row, &fake->db.announcements) {
    struct store_reply reply = {0};
    struct store_announce ask = {.home = row->home, .epoch = fake->db.homes.items[row->home - 1].epoch, .instance = "later", .input = row->input};
    assert_int_equal(sim_caution_announce(&fake->db, &ask, &reply), STORE_OK);
    assert_int_equal(reply.announce.deaths, 0);
    break; // announcing has changed what is gone through
  }
}

static void test_one_that_lost_its_home_did_not_die(void **state) {
  struct fake_world *fake = *state;
  die(fake, 2);
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_until(fake, STORE_ANNOUNCE);
  fake_answer(fake, 0);
  assert_int_equal(fake->db.announcements.count, 1);
  fake_refuse(fake, 0, STORE_DOWN); // the try is not in
  job_on_revoked(fake->job);
  fake_settle(fake);
  assert_int_equal(fake->db.announcements.count, 0);
}

static void test_announcing_again_after_a_failure_is_one_announcement(void **state) {
  struct fake_world *fake = *state;
  die(fake, 2);
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_until(fake, STORE_ANNOUNCE);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake->db.announcements.count, 1);
  assert_int_equal(fake->db.runs.count, 1);
}

static void test_announcing_is_fenced(void **state) {
  struct fake_world *fake = *state;
  die(fake, 2);
  fake_start(fake);
  fake_steal(fake, 1);
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).fenced, 1);
  assert_int_equal(fake->db.announcements.count, 0);
}

static void test_a_timer_that_kills_stops_its_run_as_engine_error(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  fake_crash(fake);
  fake->now += 2 * USEC_PER_HOUR;
  die_of_it(fake, 2);
  fake_start(fake);
  assert_true(strstr(fake_events(fake, 0), "run.suspended"));
  struct wf_run *run = sim_db_fold(fake->db.runs.items[0]);
  assert_string_equal(run->reason_code, "engine_error");
  wf_run_free(run);
}

static void test_a_run_that_kills_whoever_looks_at_it_is_left_alone(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  fake_crash(fake);
  fake->now += 2 * USEC_PER_HOUR;
  die_of_it(fake, 4); // the last two die while suspending it
  int loads = fake->asks[STORE_LOAD];
  fake_start(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads); // not even looked at
  assert_true(fake_is_open(fake, 0));
  assert_null(strstr(fake_events(fake, 0), "run.suspended"));
  assert_true(fake_home(fake, 1)->timer_low > 0);
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_false(fake_is_open(fake, 1)); // all else goes on
}

static void test_a_command_that_kills_is_set_aside_with_the_reason(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_crash(fake);
  sim_db_command(&fake->db, WF_CONTROL_CANCEL, fake_run_id(fake, 0), fake_clock(fake));
  die_of_it(fake, 2);
  fake_start(fake);
  assert_int_equal(fake->applied.count, 1);
  assert_true(strstr(fake->applied.items[0].result, "died"));
  assert_true(fake_is_open(fake, 0));
}

static void test_a_piece_of_a_fan_out_that_kills_is_given_up(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 2;
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/done\",\"recipients\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}");
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0); // accepted
  fake_crash(fake);
  die_of_it(fake, 2);
  fake_start(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "crash_loop");
  assert_true(fake->db.fanouts.items[0].done);
}

static void test_a_message_from_another_home_that_kills_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_complete_at(fake, 1, &fake->messages.items[0]); // received by the other lane
  job_on_timer(fake->job);
  fake_answer(fake, 1);
  assert_int_equal(fake->db.inbox.count, 1);
  fake_crash(fake);
  fake_boot(fake);
  fake_until(fake, STORE_SCAN); // taken over, and no further
  fake_crash(fake);
  for (int i = 0; i < 2; i++) {
    fake_boot(fake);
    die_trying(fake);
  }
  fake_start(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "crash_loop");
  assert_true(fake_is_open(fake, 0)); // its deadline does the rest
}

// A death must not be laid at the door of what another lane had under way.
static void test_lanes_try_one_after_the_other(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  die(fake, 2);
  fake_start(fake);
  fake_record(fake, FAKE_TRIGGERS, 0, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/done\",\"recipients\":[\"1\"]}");
  fake_record(fake, FAKE_TRIGGERS, 1, "{\"id\":\"b\",\"type\":\"t\",\"workflow\":\"test/done\",\"recipients\":[\"1\"]}");
  job_on_timer(fake->job);
  assert_int_equal(fake_asked(fake, 0)->kind, STORE_ANNOUNCE);
  assert_null(fake->asked[1]);
  fake_answer(fake, 0);
  assert_int_equal(fake_asked(fake, 0)->kind, STORE_COMMIT);
  assert_null(fake->asked[1]); // still tried
  fake_answer(fake, 0);
  assert_int_equal(fake_asked(fake, 1)->kind, STORE_ANNOUNCE);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 2);
}


#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_nobody_is_careful_at_first),
      CASE(test_one_unclean_end_makes_nobody_careful),
      CASE(test_two_in_a_row_do),
      CASE(test_caution_is_bounded),
      CASE(test_each_further_end_doubles_it),
      CASE(test_who_held_the_homes_for_long_counts_as_well),
      CASE(test_nothing_is_said_when_nothing_was_wrong),
      CASE(test_a_clean_stop_is_no_unclean_end),
      CASE(test_a_stop_without_database_ends_too),
      CASE(test_a_partition_given_away_is_no_unclean_end),
      CASE(test_a_thief_keeps_what_it_took),
      CASE(test_the_second_death_sets_a_record_aside),
      CASE(test_a_record_that_was_taken_in_killed_nobody),
      CASE(test_one_that_lost_its_home_did_not_die),
      CASE(test_announcing_again_after_a_failure_is_one_announcement),
      CASE(test_announcing_is_fenced),
      CASE(test_a_timer_that_kills_stops_its_run_as_engine_error),
      CASE(test_a_run_that_kills_whoever_looks_at_it_is_left_alone),
      CASE(test_a_command_that_kills_is_set_aside_with_the_reason),
      CASE(test_a_piece_of_a_fan_out_that_kills_is_given_up),
      CASE(test_a_message_from_another_home_that_kills_is_set_aside),
      CASE(test_lanes_try_one_after_the_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
