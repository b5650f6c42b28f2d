// SPDX-License-Identifier: Apache-2.0
// Events that name no workflow: `schedule.on`.
#include "fake_world.h"

#include <string.h>

#define DO "do: [{a: {set: '${ . }'}}]\n"
#define ON(filter) "schedule: {on: {one: {with: " filter "}}}\n" DO

static void event(struct fake_world *fake, const char *id, const char *type, const char *more) {
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"%s\",\"type\":\"%s\"%s}", id, type, more));
}

static const char *started(const struct fake_world *fake) {
  const char *all = "";
  vec_foreach(trigger, &fake->db.triggers) all = arena_printf(fake->arena, "%s%s%s", all, *all ? " " : "", (*trigger)->workflow);
  return all;
}

static void test_the_type_decides(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "signed", "1.0.0", ON("{type: customer.signed}"));
  fake_start(fake);
  event(fake, "a", "customer.signed", "");
  event(fake, "b", "customer.signed.twice", "");
  fake_settle(fake);
  assert_string_equal(started(fake), "test/signed");
}

static void test_what_matches_nothing_is_counted_not_kept(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  event(fake, "a", "unheard.of", "");
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).unmatched, 1);
  assert_int_equal(fake->db.triggers.count + fake->quarantine.count, 0);
  assert_int_equal(fake_batch(fake, 1)->next_offset, 1);
}

static void test_an_event_starts_all_that_match(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "first", "1.0.0", ON("{type: x}"));
  fake_define(fake, "other", "1.0.0", ON("{type: y}"));
  fake_define(fake, "second", "1.0.0", ON("{type: x}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"recipients\":[\"r\"]");
  fake_settle(fake);
  assert_string_equal(started(fake), "test/first test/second");
  assert_false(uuid_equal(&fake->db.triggers.items[0]->trigger_id, &fake->db.triggers.items[1]->trigger_id));
  assert_int_equal(fake->db.runs.count, 2);
}

static void test_a_repeat_is_one_for_each(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "first", "1.0.0", ON("{type: x}"));
  fake_define(fake, "second", "1.0.0", ON("{type: x}"));
  fake_start(fake);
  event(fake, "a", "x", "");
  fake_settle(fake);
  event(fake, "a", "x", "");
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 2);
  assert_int_equal(fake->duplicates.count, 2);
  assert_string_equal(fake->duplicates.items[0].workflow, "test/first");
  assert_string_equal(fake->duplicates.items[1].workflow, "test/second");
  for (size_t i = 0; i < 2; i++) assert_true(uuid_equal(&fake->duplicates.items[i].first_trigger_id, &fake->db.triggers.items[i]->trigger_id));
}

static void test_only_the_newest_version_listens(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("{type: x}"));
  fake_define(fake, "w", "2.0.0", ON("{type: y}"));
  fake_start(fake);
  event(fake, "a", "x", "");
  event(fake, "b", "y", "");
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_string_equal(fake->db.triggers.items[0]->workflow_version, "2.0.0");
}

static void test_the_subject_and_source_decide_too(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "subject", "1.0.0", ON("{type: x, subject: s}"));
  fake_define(fake, "source", "1.0.0", ON("{type: x, source: shop}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"subject\":\"s\"");
  event(fake, "b", "x", ",\"source\":{\"kind\":\"api\",\"name\":\"shop\"}");
  event(fake, "c", "x", ",\"subject\":\"t\",\"source\":{\"kind\":\"api\",\"name\":\"web\"}");
  fake_settle(fake);
  assert_string_equal(started(fake), "test/subject test/source");
}

static void test_a_condition_over_the_data_decides(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "large", "1.0.0", ON("{type: x, data: '${ .amount > 10 }'}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"data\":{\"amount\":11}");
  event(fake, "b", "x", ",\"data\":{\"amount\":9}");
  event(fake, "c", "x", "");
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_string_equal(fake->db.triggers.items[0]->event_id, "a");
}

static void test_a_condition_knows_the_time(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "due", "1.0.0", ON("{type: x, data: '${ .at < now }'}"));
  fake_start(fake);
  event(fake, "a", "x", arena_printf(fake->arena, ",\"data\":{\"at\":%lld}", (long long)(fake_clock(fake) / USEC_PER_SEC - 60)));
  event(fake, "b", "x", arena_printf(fake->arena, ",\"data\":{\"at\":%lld}", (long long)(fake_clock(fake) / USEC_PER_SEC + 60)));
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_string_equal(fake->db.triggers.items[0]->event_id, "a");
}

static void test_a_condition_that_fails_stops_no_other(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "fails", "1.0.0", ON("{type: x, data: '${ .amount.deep }'}"));
  fake_define(fake, "holds", "1.0.0", ON("{type: x}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"data\":{\"amount\":11}");
  fake_settle(fake);
  assert_string_equal(started(fake), "test/holds");
}

static void test_the_input_is_the_array_of_events(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("{type: x}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"subject\":\"s\",\"data\":{\"n\":1},\"recipients\":[\"r\"]");
  fake_settle(fake);
  struct wf_run *run = sim_db_fold(fake->db.runs.items[0]);
  jv output = jv_dump_string(jv_copy(run->output), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(output), "[{\"data\":{\"n\":1},\"id\":\"a\",\"specversion\":\"1.0\",\"subject\":\"s\",\"type\":\"x\"}]");
  jv_free(output);
  wf_run_free(run);
}

static void test_a_recipients_own_data_lies_over_the_events(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("{type: x}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"data\":{\"n\":1,\"m\":1},\"recipients\":[{\"id\":\"r\",\"data\":{\"n\":2}},\"s\"]");
  fake_settle(fake);
  const char *const wanted[] = {"\"data\":{\"m\":1,\"n\":2}", "\"data\":{\"m\":1,\"n\":1}"};
  for (size_t i = 0; i < 2; i++) {
    struct wf_run *run = sim_db_fold(fake->db.runs.items[i]);
    jv output = jv_dump_string(jv_copy(run->output), JV_PRINT_SORTED);
    assert_non_null(strstr(jv_string_value(output), wanted[i]));
    jv_free(output);
    wf_run_free(run);
  }
}

static void test_the_pieces_of_many_are_given_it_too(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.recipients_per_batch = 2;
  fake_define(fake, "w", "1.0.0", ON("{type: x}"));
  fake_start(fake);
  event(fake, "a", "x", ",\"recipients\":[\"1\",\"2\",\"3\"]");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 3);
  for (size_t i = 0; i < 3; i++) {
    struct wf_run *run = sim_db_fold(fake->db.runs.items[i]);
    jv output = jv_dump_string(jv_copy(run->output), JV_PRINT_SORTED);
    assert_non_null(strstr(jv_string_value(output), "\"specversion\":\"1.0\""));
    jv_free(output);
    wf_run_free(run);
  }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_the_type_decides),
      CASE(test_what_matches_nothing_is_counted_not_kept),
      CASE(test_an_event_starts_all_that_match),
      CASE(test_a_repeat_is_one_for_each),
      CASE(test_only_the_newest_version_listens),
      CASE(test_the_subject_and_source_decide_too),
      CASE(test_a_condition_over_the_data_decides),
      CASE(test_a_condition_knows_the_time),
      CASE(test_a_condition_that_fails_stops_no_other),
      CASE(test_the_input_is_the_array_of_events),
      CASE(test_a_recipients_own_data_lies_over_the_events),
      CASE(test_the_pieces_of_many_are_given_it_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
