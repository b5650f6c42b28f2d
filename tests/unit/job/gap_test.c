// SPDX-License-Identifier: Apache-2.0
// Records that are gone before they were read.
#include "fake_world.h"

#include <string.h>

static void read_two(struct fake_world *fake) {
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  fake_crash(fake);
  fake->now += USEC_PER_SEC;
  fake_start(fake);
}

static void again(struct fake_world *fake, int64_t offset, const char *id) {
  fake->next_offset[FAKE_TRIGGERS][0] = offset;
  fake_start_run(fake, "done", id);
  fake_settle(fake);
}

static void test_reading_begins_at_the_last_record(void **state) {
  struct fake_world *fake = *state;
  read_two(fake);
  assert_int_equal(fake->consumed.items[0].offset, 1);
  assert_int_equal(fake->consumed.items[1].offset, -1); // nothing read yet
}

static void test_the_same_record_is_dropped_in_silence(void **state) {
  struct fake_world *fake = *state;
  read_two(fake);
  again(fake, 1, "b");
  again(fake, 2, "c");
  assert_int_equal(fake->db.triggers.count, 3);
  assert_int_equal(fake->duplicates.count + fake->quarantine.count, 0);
  assert_int_equal(fake_stats(fake).gaps, 0);
}

static void test_another_in_its_place_stops_the_partition(void **state) {
  struct fake_world *fake = *state;
  read_two(fake);
  again(fake, 1, "x");
  again(fake, 2, "y");
  assert_int_equal(fake_stats(fake).gaps, 1);
  assert_int_equal(fake_stats(fake).stopped, 1);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "gap");
  assert_int_equal(fake->db.triggers.count, 2); // nothing is taken in
  assert_int_equal(fake_batch(fake, 1)->next_offset, 2);
}

static void test_or_goes_on_with_it_by_policy(void **state) {
  struct fake_world *fake = *state;
  fake->config.gap_policy = JOB_GAP_CONTINUE;
  read_two(fake);
  again(fake, 1, "x");
  assert_int_equal(fake_stats(fake).gaps, 1);
  assert_int_equal(fake_stats(fake).stopped, 0);
  assert_non_null(strstr(fake->quarantine.items[0].text, "made anew; what was there from offset 2 on"));
  assert_int_equal(fake->db.triggers.count, 2); // it comes again, behind what stands before it
  assert_int_equal(fake->seeks.count, 1);
  assert_int_equal(fake->seeks.items[0].offset, 0);
  again(fake, 0, "w");
  again(fake, 1, "x");
  again(fake, 2, "y");
  assert_int_equal(fake_stats(fake).gaps, 1);
  assert_int_equal(fake->db.triggers.count, 5);
  assert_int_equal(fake_batch(fake, 1)->next_offset, 3);
}

static void test_made_anew_and_its_beginning_removed(void **state) {
  struct fake_world *fake = *state;
  fake->config.gap_policy = JOB_GAP_CONTINUE;
  read_two(fake);
  again(fake, 1, "x");
  job_on_gap(fake->job, "triggers", 0, 1, 3); // there is nothing at 0
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).gaps, 2);
  assert_non_null(strstr(fake->quarantine.items[1].text, "offsets 0 to 0"));
  assert_int_equal(fake->seeks.items[1].offset, 1);
  again(fake, 1, "x");
  assert_int_equal(fake->db.triggers.count, 3);
}

static void test_removed_records_are_named(void **state) {
  struct fake_world *fake = *state;
  fake->config.gap_policy = JOB_GAP_CONTINUE;
  read_two(fake);
  job_on_gap(fake->job, "triggers", 0, 10, 12);
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_non_null(strstr(fake->quarantine.items[0].text, "offsets 2 to 9"));
  assert_int_equal(fake->seeks.count, 1);
  assert_int_equal(fake->seeks.items[0].offset, 10);
  assert_int_equal(fake_batch(fake, 1)->next_offset, 10);
}

static void test_reading_stops_at_them_by_policy(void **state) {
  struct fake_world *fake = *state;
  read_two(fake);
  job_on_gap(fake->job, "triggers", 0, 10, 12);
  fake_settle(fake);
  again(fake, 10, "x");
  assert_int_equal(fake->seeks.count, 0);
  assert_int_equal(fake->db.triggers.count, 2);
  assert_int_equal(fake_batch(fake, 1)->next_offset, 2); // recorded, not skipped
}

static void test_only_the_record_to_compare_is_gone(void **state) {
  struct fake_world *fake = *state;
  read_two(fake);
  job_on_gap(fake->job, "triggers", 0, 2, 2); // all that was read was removed, nothing else
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).gaps, 0);
  assert_int_equal(fake->seeks.count, 1);
  assert_int_equal(fake->seeks.items[0].offset, 2);
}

static void test_a_topic_made_anew_is_seen_by_its_end(void **state) {
  struct fake_world *fake = *state;
  fake->config.gap_policy = JOB_GAP_CONTINUE;
  read_two(fake);
  job_on_gap(fake->job, "triggers", 0, 0, 1);
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).gaps, 1);
  assert_int_equal(fake->seeks.items[0].offset, 0);
  again(fake, 0, "x");
  assert_int_equal(fake->db.triggers.count, 3);
}

static void test_other_partitions_go_on(void **state) {
  struct fake_world *fake = *state;
  read_two(fake);
  job_on_gap(fake->job, "results", 0, 10, 12);
  fake_settle(fake);
  again(fake, 2, "c");
  assert_int_equal(fake->db.triggers.count, 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_reading_begins_at_the_last_record),
      CASE(test_the_same_record_is_dropped_in_silence),
      CASE(test_another_in_its_place_stops_the_partition),
      CASE(test_or_goes_on_with_it_by_policy),
      CASE(test_made_anew_and_its_beginning_removed),
      CASE(test_removed_records_are_named),
      CASE(test_reading_stops_at_them_by_policy),
      CASE(test_only_the_record_to_compare_is_gone),
      CASE(test_a_topic_made_anew_is_seen_by_its_end),
      CASE(test_other_partitions_go_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
