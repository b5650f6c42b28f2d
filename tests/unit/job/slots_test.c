// SPDX-License-Identifier: Apache-2.0
// Workflows that start by themselves.
#include "fake_world.h"

#include <string.h>

#include "job/slots.h"

#define SET "do: [{a: {set: {b: 1}}}]\n"
#define NAP "do: [{a: {wait: PT10M}}]\n"
#define HOUR USEC_PER_HOUR

static size_t started(const struct fake_world *fake) {
  size_t count = 0;
  vec_foreach(slot, &fake->db.slots) count += slot->started;
  return count;
}

static void begin(struct fake_world *fake, const char *rest) {
  fake_define(fake, "tick", "1.0.0", rest);
  fake_start(fake);
}

static usec_t since_anchor(const struct fake_world *fake, size_t slot) { return fake->db.slots.items[slot].slot_at - fake->db.slots.items[slot].anchor; }

static void test_every_starts_an_interval_after_it_was_published(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  assert_string_equal(fake->db.schedules.items[0].text, "every 3600s");
  assert_int_equal(fake->db.triggers.count, 0);
  fake_advance(fake, HOUR - USEC_PER_SEC);
  assert_int_equal(fake->db.triggers.count, 0);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_string_equal(fake->db.triggers.items[0]->source_type, "schedule");
  assert_string_equal(fake_events(fake, 0), "run.created run.started step.started step.completed run.completed");
  fake_advance(fake, 3 * HOUR);
  assert_int_equal(started(fake), 4);
  assert_true(since_anchor(fake, 3) == 4 * HOUR);
}

static void test_a_run_that_goes_on_does_not_hold_every_back(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1M}\n" NAP);
  fake_advance(fake, 3 * USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 3);
  assert_true(fake_is_open(fake, 0) && fake_is_open(fake, 2));
}

static void test_cron_starts_at_its_slots(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {cron: '*/15 * * * *'}\n" SET);
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 4);
  vec_foreach(slot, &fake->db.slots) assert_true(slot->slot_at % (15 * USEC_PER_MIN) == 0 && slot->decided_at >= slot->slot_at);
}

static void test_after_starts_at_once_and_then_after_each_end(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {after: PT5M}\n" NAP);
  assert_int_equal(fake->db.runs.count, 1);
  fake_advance(fake, 14 * USEC_PER_MIN);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake->db.runs.count, 1);
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 2);
  assert_true(fake->db.slots.items[1].slot_at == fake->db.runs.items[0]->state->ended_at + 5 * USEC_PER_MIN);
}

static void test_after_goes_on_behind_a_cancel(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {after: PT5M}\n" NAP);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
  fake_advance(fake, 5 * USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 2);
}

static void test_after_without_a_pause_is_bounded(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {after: PT0S}\n" SET);
  assert_int_equal(fake->db.runs.count, 1);
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake->db.runs.count, 11);
}

static void test_a_restart_starts_no_slot_again(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake_advance(fake, HOUR);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(started(fake), 1);
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 2);
}

static void test_a_commit_whose_answer_is_lost(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake_advance(fake, HOUR - USEC_PER_SEC);
  fake->now += USEC_PER_SEC;
  job_on_timer(fake->job);
  while (!fake_asked(fake, 0)->commit.slot_count || fake_asked(fake, 0)->kind != STORE_COMMIT) fake_answer(fake, 0);
  fake_lose(fake, 0);
  fake_crash(fake);
  fake_start(fake);
  assert_int_equal(started(fake), 1);
  assert_int_equal(fake->db.runs.count, 1);
}

static void test_a_take_over_waits_for_the_run_of_after(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {after: PT5M}\n" NAP);
  fake_crash(fake);
  fake->now += 12 * USEC_PER_MIN;
  fake_start(fake); // the nap ends now
  assert_int_equal(fake->db.runs.count, 1);
  assert_false(fake_is_open(fake, 0));
  fake_crash(fake);
  fake_start(fake); // and here it has
  fake_advance(fake, 5 * USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 2);
}

static void test_of_missed_slots_the_latest_is_started(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT10M}\n" SET);
  fake_crash(fake);
  fake->now += HOUR + 5 * USEC_PER_MIN; // six slots
  fake_start(fake);
  assert_int_equal(fake->db.slots.count, 2);
  const struct sim_slot *skipped = &fake->db.slots.items[0], *run = &fake->db.slots.items[1];
  assert_false(skipped->started);
  assert_int_equal(skipped->count, 5);
  assert_true(since_anchor(fake, 0) == 10 * USEC_PER_MIN);
  assert_true(skipped->until - skipped->anchor == 50 * USEC_PER_MIN);
  assert_true(run->started && since_anchor(fake, 1) == HOUR);
}

static void test_all_missed_slots_within_the_window(void **state) {
  struct fake_world *fake = *state;
  fake->config.slots.catchup = SLOTS_ALL;
  fake->config.slots.window = 30 * USEC_PER_MIN;
  begin(fake, "schedule: {every: PT10M}\n" SET);
  fake_crash(fake);
  fake->now += HOUR + 5 * USEC_PER_MIN;
  fake_start(fake);
  assert_int_equal(fake->db.slots.items[0].count, 3); // 10, 20, 30 minutes: older than the window
  assert_false(fake->db.slots.items[0].started);
  assert_int_equal(started(fake), 3);
  assert_true(since_anchor(fake, 1) == 40 * USEC_PER_MIN && since_anchor(fake, 3) == HOUR);
}

static void test_none_is_started_beyond_the_window(void **state) {
  struct fake_world *fake = *state;
  fake->config.slots.window = USEC_PER_MIN;
  begin(fake, "schedule: {every: PT10M}\n" SET);
  fake_crash(fake);
  fake->now += HOUR + 5 * USEC_PER_MIN;
  fake_start(fake);
  assert_int_equal(started(fake), 0);
  assert_int_equal(fake->db.slots.items[0].count, 6);
  fake_advance(fake, 5 * USEC_PER_MIN);
  assert_int_equal(started(fake), 1);
}

static void test_a_new_version_brings_its_schedule(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake_advance(fake, 30 * USEC_PER_MIN);
  fake_define(fake, "tick", "1.1.0", "schedule: {every: PT2H}\n" SET);
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_string_equal(fake->db.schedules.items[0].text, "every 7200s");
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 0);
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 1);
  assert_string_equal(fake->db.triggers.items[0]->workflow_version, "1.1.0");
}

static void test_the_same_schedule_of_a_new_version_goes_on(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake_advance(fake, 30 * USEC_PER_MIN);
  fake_define(fake, "tick", "1.1.0", "schedule: {every: {minutes: 60}}\n" SET);
  job_on_notified(fake->job);
  fake_settle(fake);
  fake_advance(fake, 30 * USEC_PER_MIN);
  assert_int_equal(started(fake), 1);
  assert_string_equal(fake->db.triggers.items[0]->workflow_version, "1.1.0");
}

static void test_without_an_active_version_it_stops_and_catches_nothing_up(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  struct store_definition *definition = &fake->db.definitions.items[fake->db.definitions.count - 1];
  definition->active = false;
  fake->db.generation++;
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_null(fake->db.schedules.items[0].text);
  fake_advance(fake, 3 * HOUR);
  definition->active = true;
  fake->db.generation++;
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_int_equal(fake->db.slots.count, 0);
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 1);
}

static void test_a_paused_intake_starts_nothing(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT20M}\n" SET);
  sim_db_pause_intake(&fake->db, true);
  job_on_notified(fake->job);
  fake_settle(fake);
  fake_advance(fake, HOUR);
  assert_int_equal(fake->db.slots.count, 0);
  sim_db_pause_intake(&fake->db, false);
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_int_equal(started(fake), 1);
  assert_int_equal(fake->db.slots.items[0].count, 2); // skipped
}

static void test_a_slot_whose_id_somebody_used_starts_nothing(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  char at[CLOCK_TEXT_SIZE];
  clock_format(fake->db.schedules.items[0].anchor + HOUR, at);
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"schedule:1:%s\",\"workflow\":\"test/tick\"}", at));
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 1);
  fake_advance(fake, HOUR);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_int_equal(started(fake), 1);
  fake_advance(fake, HOUR);
  assert_int_equal(fake->db.triggers.count, 2);
}

static bool refuses_slots(const struct store_commit *commit) { return commit->slot_count && commit->slots[0].has_trigger; }

static void test_a_slot_that_cannot_be_stored_is_skipped(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake->refuses = refuses_slots;
  fake_advance(fake, HOUR);
  assert_int_equal(fake->db.slots.count, 1);
  assert_false(fake->db.slots.items[0].started);
  fake->refuses = NULL;
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 1);
}

static void test_what_does_not_load_is_left_alone(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake_define(fake, "tick", "2.0.0", "schedule: {every: PT1H}\ndo: [{a: {call: nobody}}]\n");
  job_on_notified(fake->job);
  fake_settle(fake);
  fake_advance(fake, 2 * HOUR);
  assert_int_equal(fake->db.slots.count, 0);
  assert_string_equal(fake->db.schedules.items[0].text, "every 3600s");
}

static void test_another_hand_in_the_rows(void **state) {
  struct fake_world *fake = *state;
  begin(fake, "schedule: {every: PT1H}\n" SET);
  fake->db.schedules.items[0].decided += 30 * USEC_PER_MIN;
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 1);
}

static void test_each_schedule_has_one_home_of_the_triggers(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 3;
  fake->config.lanes = 2;
  for (int i = 0; i < 6; i++) fake_define(fake, arena_printf(fake->arena, "tick%d", i), "1.0.0", "schedule: {every: PT1H}\n" SET);
  fake_start(fake);
  fake_advance(fake, HOUR);
  assert_int_equal(started(fake), 6);
  vec_foreach(run, &fake->db.runs) assert_string_equal(fake->db.homes.items[(*run)->home - 1].topic, "triggers");
}

int main(void) {
#define STORY(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      STORY(test_every_starts_an_interval_after_it_was_published),
      STORY(test_a_run_that_goes_on_does_not_hold_every_back),
      STORY(test_cron_starts_at_its_slots),
      STORY(test_after_starts_at_once_and_then_after_each_end),
      STORY(test_after_goes_on_behind_a_cancel),
      STORY(test_after_without_a_pause_is_bounded),
      STORY(test_a_restart_starts_no_slot_again),
      STORY(test_a_commit_whose_answer_is_lost),
      STORY(test_a_take_over_waits_for_the_run_of_after),
      STORY(test_of_missed_slots_the_latest_is_started),
      STORY(test_all_missed_slots_within_the_window),
      STORY(test_none_is_started_beyond_the_window),
      STORY(test_a_new_version_brings_its_schedule),
      STORY(test_the_same_schedule_of_a_new_version_goes_on),
      STORY(test_without_an_active_version_it_stops_and_catches_nothing_up),
      STORY(test_a_paused_intake_starts_nothing),
      STORY(test_a_slot_whose_id_somebody_used_starts_nothing),
      STORY(test_a_slot_that_cannot_be_stored_is_skipped),
      STORY(test_what_does_not_load_is_left_alone),
      STORY(test_another_hand_in_the_rows),
      STORY(test_each_schedule_has_one_home_of_the_triggers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
