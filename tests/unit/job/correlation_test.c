// SPDX-License-Identifier: Apache-2.0
// Events and who listens for them, before and behind a commit.
#include "fake_world.h"

#include <string.h>

static void event_at(struct fake_world *fake, int partition, const char *id, const char *type) {
  fake_record(fake, FAKE_TRIGGERS, partition,
              arena_printf(fake->arena, "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"%s\",\"data\":{\"n\":1}}", id, type));
  fake_settle(fake);
}

static void event(struct fake_world *fake, const char *id, const char *type) { event_at(fake, 0, id, type); }

static void hear(struct fake_world *fake, const char *id) {
  fake_start_run(fake, "hear", id);
  fake_settle(fake);
}

static void test_an_event_ends_the_listening(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  hear(fake, "a");
  assert_int_equal(fake->db.subscriptions.count, 1);
  assert_true(fake_is_open(fake, 0));
  event(fake, "1", "t.wanted");
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake->db.subscriptions.count, 0);
  assert_non_null(strstr(fake_events(fake, 0), "step.listening event.matched step.completed run.completed"));
}

static void test_an_event_starts_one_and_ends_the_listening_of_another(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "starts", "1.0.0", "schedule: {on: {one: {with: {type: t.wanted}}}}\ndo: [{note: {set: {a: 1}}}]\n");
  fake_start(fake);
  hear(fake, "a");
  event(fake, "1", "t.wanted");
  assert_false(fake_is_open(fake, 0));
  jv output = fake->db.runs.items[0]->state->output;
  jv text = jv_dump_string(jv_copy(output), 0);
  assert_string_equal(jv_string_value(text), "[{\"n\":1}]");
  jv_free(text);
}

static void test_a_workflow_starts_when_all_events_are_there(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "both", "1.0.0", "schedule: {on: {all: [{with: {type: t.one}}, {with: {type: t.two}}]}}\ndo: [{note: {set: {n: '${ $workflow.input | length }'}}}]\n");
  fake_start(fake);
  event(fake, "1", "t.two");
  event(fake, "1", "t.two");
  assert_int_equal(fake->db.runs.count, 0);
  event(fake, "2", "t.one");
  assert_int_equal(fake->db.runs.count, 1);
  jv output = fake->db.runs.items[0]->state->output;
  jv text = jv_dump_string(jv_copy(output), 0);
  assert_string_equal(jv_string_value(text), "{\"n\":2}");
  jv_free(text);
}

static void test_one_event_is_for_all_who_listen(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  hear(fake, "a");
  hear(fake, "b");
  event(fake, "1", "t.wanted");
  assert_false(fake_is_open(fake, 0));
  assert_false(fake_is_open(fake, 1));
}

static void test_an_event_shortly_before_is_heard(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  event(fake, "1", "t.wanted");
  fake_advance(fake, 59 * USEC_PER_SEC);
  hear(fake, "a");
  assert_false(fake_is_open(fake, 0));
}

static void test_an_event_long_before_is_not(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  event(fake, "1", "t.wanted");
  fake_advance(fake, 61 * USEC_PER_SEC);
  hear(fake, "a");
  assert_true(fake_is_open(fake, 0));
}

static void test_a_repeat_is_no_second_event(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "twice", "1.0.0", "do: [{hear: {listen: {to: {any: [{with: {type: t.wanted}}], until: '. | length > 1'}}}}]\n");
  fake_start(fake);
  fake_start_run(fake, "twice", "a");
  fake_settle(fake);
  event(fake, "1", "t.wanted");
  event(fake, "1", "t.wanted");
  assert_true(fake_is_open(fake, 0));
  assert_int_equal(fake->db.arrivals.count, 1);
  event(fake, "2", "t.wanted");
  assert_false(fake_is_open(fake, 0));
}

static void test_what_nobody_listens_for_is_not_kept(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  event(fake, "1", "t.other");
  assert_int_equal(fake->db.arrivals.count, 0);
  assert_int_equal(fake_stats(fake).unmatched, 1);
  event(fake, "2", "t.wanted");
  assert_int_equal(fake->db.arrivals.count, 1);
  assert_int_equal(fake_stats(fake).unmatched, 1);
}

static void test_it_reaches_a_run_of_another_partition(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake_start(fake);
  hear(fake, "a"); // at partition 0
  event_at(fake, 1, "1", "t.wanted");
  fake_advance(fake, 5 * USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_a_crash_between_loses_nothing(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  hear(fake, "a");
  fake_record(fake, FAKE_TRIGGERS, 0, "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"t.wanted\"}");
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0); // the event is in; what it was handed to is not
  fake_crash(fake);
  assert_true(fake_is_open(fake, 0));
  fake_start(fake);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), 1);
}

static void test_a_cancelled_run_listens_no_more(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  hear(fake, "a");
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  assert_int_equal(fake->db.subscriptions.count, 0);
  event(fake, "1", "t.wanted");
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), 0);
}

static void test_a_run_that_listens_leaves_memory(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  hear(fake, "a");
  assert_int_equal(fake_stats(fake).runs_cached, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_an_event_ends_the_listening, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_an_event_starts_one_and_ends_the_listening_of_another, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_workflow_starts_when_all_events_are_there, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_one_event_is_for_all_who_listen, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_an_event_shortly_before_is_heard, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_an_event_long_before_is_not, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_repeat_is_no_second_event, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_what_nobody_listens_for_is_not_kept, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_it_reaches_a_run_of_another_partition, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_crash_between_loses_nothing, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_cancelled_run_listens_no_more, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_run_that_listens_leaves_memory, fake_setup, fake_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
