// SPDX-License-Identifier: Apache-2.0
// Assignment, back-pressure, time, definitions from files, and the stop.
#include "fake_world.h"

#include <string.h>

static void assign(struct fake_world *fake, const struct world_partition *partitions, size_t count) {
  job_on_assigned(fake->job, "cluster-1", partitions, count);
  fake_settle(fake);
}

// ---- assignment -------------------------------------------------------------

static void test_reading_begins_when_all_is_taken_over(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake_boot(fake);
  while (fake->asked[0]) fake_answer(fake, 0); // lane 1 is not ready
  assert_int_equal(fake->consume_calls, 0);
  fake_settle(fake);
  assert_int_equal(fake->consume_calls, 1);
  assert_int_equal(fake->consumed.count, 6);
}

static void test_records_before_that_are_not_taken(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  fake_start_run(fake, "done", "a"); // it will be read again
  assert_int_equal(fake_stats(fake).queued, 0);
}

static void test_lanes_share_the_partitions(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake_start(fake);
  for (int lane = 0; lane < 2; lane++) {
    assert_int_equal(fake->job->lanes[lane]->home_count, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(fake->job->lanes[lane]->homes[i].partition, lane);
  }
}

static void test_more_lanes_than_partitions_is_fine(void **state) {
  struct fake_world *fake = *state;
  fake->config.lanes = 2;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 1);
}

static void test_what_is_revoked_is_forgotten(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  job_on_revoked(fake->job);
  fake_settle(fake);
  struct job_stats stats = fake_stats(fake);
  assert_false(stats.consuming);
  assert_int_equal(stats.runs_cached + stats.timers + stats.undelivered + stats.queued, 0);
}

static void test_a_revocation_waits_for_the_commit_under_way(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_until(fake, STORE_COMMIT);
  job_on_revoked(fake->job);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 1);
  assert_int_equal(fake->job->lanes[0]->home_count, 0);
}

static void test_time_goes_on_without_kafka(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  job_on_lost(fake->job);
  fake_settle(fake);
  assert_false(fake_stats(fake).consuming);
  fake_advance(fake, USEC_PER_HOUR + USEC_PER_SEC);
  assert_int_equal(fake_stats(fake).timers_fired, 1);
  fake_start_run(fake, "done", "b"); // a straggler: it will be read again
  assert_int_equal(fake_stats(fake).queued, 0);
}

static void test_lost_and_fenced_is_not_taken_back(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  job_on_lost(fake->job);
  fake_steal(fake, 1);
  int takes = fake->asks[STORE_TAKEOVER];
  const char *events = fake_events(fake, 0);
  fake_advance(fake, 2 * USEC_PER_HOUR);
  assert_int_equal(fake_stats(fake).fenced, 1);
  assert_string_equal(fake_events(fake, 0), events);
  assert_int_equal(fake->job->lanes[0]->home_count, 0);
  assert_int_equal(fake->asks[STORE_TAKEOVER], takes);
}

static void test_assigned_after_it_was_lost(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  job_on_lost(fake->job);
  const struct world_partition fewer[] = {{"triggers", 0, -1}};
  assign(fake, fewer, 1);
  assert_true(fake_stats(fake).consuming);
  assert_int_equal(fake->job->lanes[0]->home_count, 1);
}

static void test_an_assignment_replaces_the_one_before(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  const struct world_partition fewer[] = {{"triggers", 0, -1}};
  assign(fake, fewer, 1);
  assert_int_equal(fake->job->lanes[0]->home_count, 1);
  assert_int_equal(fake->consumed.count, 1);
  fake_record(fake, FAKE_RESULTS, 0, "{}"); // a straggler of the old one
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 0);
}

// ---- back-pressure ----------------------------------------------------------

static void test_a_full_queue_stops_the_reading(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.queue_bytes = 8000;
  fake->config.bounds.batch_inputs = 2;
  fake_start(fake);
  int i = 0;
  for (; fake->records_wanted; i++) fake_start_run(fake, "done", arena_printf(fake->arena, "t%d", i));
  assert_true(fake_stats(fake).queued_bytes >= 4000);
  assert_int_equal(fake->flow_changes, 1);
  fake_settle(fake);
  assert_true(fake->records_wanted);
  assert_int_equal(fake->flow_changes, 2);
  assert_int_equal(fake->db.runs.count, i);
}

static void test_it_goes_on_only_at_half(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.queue_bytes = 8000;
  fake->config.bounds.batch_inputs = 1;
  fake_start(fake);
  for (int i = 0; fake->records_wanted; i++) fake_start_run(fake, "done", arena_printf(fake->arena, "t%d", i));
  while (!fake->records_wanted) {
    assert_true(fake_stats(fake).queued_bytes >= 2000);
    fake_until(fake, STORE_COMMIT);
    fake_answer(fake, 0);
  }
  assert_true(fake_stats(fake).queued_bytes < 2000);
}

// ---- time -------------------------------------------------------------------

static void test_the_estimate_is_never_ahead_of_the_database(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_until(fake, STORE_COMMIT);
  fake->now += 3 * USEC_PER_SEC; // a slow answer
  fake_answer(fake, 0);
  assert_true(job_clock(fake->job) <= fake_clock(fake));
}

static void test_a_database_set_back_is_followed(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->ahead -= USEC_PER_MIN;
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_true(job_clock(fake->job) <= fake_clock(fake));
}

static void test_the_best_bound_is_kept(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  job_clock_sample(fake->job, fake->now + 500, fake->now - 1000); // offset is 500 to 1500
  assert_true(job_clock(fake->job) == fake->now + 500);
  job_clock_sample(fake->job, fake->now + 300, fake->now - 5000); // 300 to 5300: no news
  assert_true(job_clock(fake->job) == fake->now + 500);
  job_clock_sample(fake->job, fake->now + 900, fake->now - 100); // 900 to 1000
  assert_true(job_clock(fake->job) == fake->now + 900);
}

// ---- definitions from files -------------------------------------------------

static void publish(struct fake_world *fake, const char *name, struct text document) {
  job_publish(fake->job, &(struct store_publish){"test", name, "1.0.0", document, TEXT("{\"tasks\": []}")}, "x.yaml:1:9");
}

static void test_published_ones_are_offered_in_their_order(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  publish(fake, "x", TEXT("a: 1"));
  publish(fake, "y", TEXT("b: 1"));
  assert_int_equal(job_unpublished(fake->job), 2);
  const struct store_publish *asked = &fake_until(fake, STORE_PUBLISH)->publish;
  assert_string_equal(asked->name, "x");
  assert_true(text_equal(asked->document, TEXT("a: 1")));
  assert_true(text_equal(asked->outline, TEXT("{\"tasks\": []}")));
  fake_settle(fake);
  assert_int_equal(job_unpublished(fake->job), 0);
  assert_int_equal(fake->asks[STORE_PUBLISH], 2);
}

static void test_one_that_is_refused_holds_no_other_back(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  publish(fake, "x", TEXT("a: 1"));
  publish(fake, "y", TEXT("b: 1"));
  fake_until(fake, STORE_PUBLISH);
  fake_refuse(fake, 0, STORE_FAILED);
  assert_string_equal(fake_until(fake, STORE_PUBLISH)->publish.name, "y");
}

static void test_one_that_did_not_arrive_is_sent_again(void **state) {
  struct fake_world *fake = *state;
  fake_boot(fake);
  publish(fake, "x", TEXT("a: 1"));
  fake_until(fake, STORE_PUBLISH);
  fake_refuse(fake, 0, STORE_DOWN);
  assert_int_equal(job_unpublished(fake->job), 1);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(job_unpublished(fake->job), 0);
  assert_int_equal(fake->asks[STORE_PUBLISH], 2);
}

// ---- the stop ---------------------------------------------------------------

static void test_a_drain_finishes_what_is_under_way(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->deliver = false;
  fake_start_run(fake, "one", "a");
  fake_until(fake, STORE_COMMIT);
  job_drain(fake->job);
  assert_false(fake->records_wanted);
  assert_false(job_is_drained(fake->job));
  fake_answer(fake, 0);
  int64_t asked_in = fake_batch(fake, 1)->batch_no;
  assert_false(job_is_drained(fake->job)); // the message is not delivered
  fake_report(fake, 0, true);
  fake_advance(fake, USEC_PER_SEC);
  assert_true(job_is_drained(fake->job));
  assert_true(fake_batch(fake, 1)->outbox_acked > asked_in);
}

static void test_a_drain_begins_nothing(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  job_drain(fake->job);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 0); // read again by the next
  assert_true(job_is_drained(fake->job));
}

static void test_stats_tell_what_was_done(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  struct job_stats stats = fake_stats(fake);
  assert_int_equal(stats.records, 1);
  assert_int_equal(stats.triggers, 1);
  assert_int_equal(stats.runs_created, 1);
  assert_int_equal(stats.runs_ended, 0);
  assert_int_equal(stats.requests, 1);
  assert_int_equal(stats.runs_cached, 1);
  assert_int_equal(stats.commit_since, 0);
  fake_complete(fake, &fake->messages.items[0]);
  fake_until(fake, STORE_COMMIT);
  assert_true(fake_stats(fake).commit_since == fake->now);
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).runs_ended, 1);
  assert_int_equal(fake_stats(fake).runs_cached, 0);
}

struct offsets {
  int count;
  struct job_offset triggers; // of the trigger topic's partition
};

static void see_offset(void *context, const struct job_offset *at) {
  struct offsets *offsets = context;
  offsets->count++;
  if (!strcmp(at->topic, "triggers")) offsets->triggers = *at;
}

static void test_offsets_tell_where_each_partition_stands(void **state) {
  struct fake_world *fake = *state;
  struct offsets before = {0}, after = {0};
  fake_start(fake);
  job_offsets(fake->job, see_offset, &before);
  assert_int_equal(before.count, 3); // of triggers, commands and results
  assert_true(before.triggers.next_offset <= 0);
  assert_true(before.triggers.last_timestamp == 0);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  lane_source(fake->job->lanes[0], "triggers", 0)->last_timestamp = 7;
  job_offsets(fake->job, see_offset, &after);
  assert_int_equal(after.triggers.next_offset, 1);
  assert_true(after.triggers.last_timestamp == 7);
  assert_true(fake_stats(fake).clock == fake->now + fake->ahead);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_reading_begins_when_all_is_taken_over),
      CASE(test_records_before_that_are_not_taken),
      CASE(test_lanes_share_the_partitions),
      CASE(test_more_lanes_than_partitions_is_fine),
      CASE(test_what_is_revoked_is_forgotten),
      CASE(test_a_revocation_waits_for_the_commit_under_way),
      CASE(test_time_goes_on_without_kafka),
      CASE(test_lost_and_fenced_is_not_taken_back),
      CASE(test_assigned_after_it_was_lost),
      CASE(test_an_assignment_replaces_the_one_before),
      CASE(test_a_full_queue_stops_the_reading),
      CASE(test_it_goes_on_only_at_half),
      CASE(test_the_estimate_is_never_ahead_of_the_database),
      CASE(test_a_database_set_back_is_followed),
      CASE(test_the_best_bound_is_kept),
      CASE(test_published_ones_are_offered_in_their_order),
      CASE(test_one_that_is_refused_holds_no_other_back),
      CASE(test_one_that_did_not_arrive_is_sent_again),
      CASE(test_a_drain_finishes_what_is_under_way),
      CASE(test_a_drain_begins_nothing),
      CASE(test_stats_tell_what_was_done),
      CASE(test_offsets_tell_where_each_partition_stands),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
