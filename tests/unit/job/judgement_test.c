// SPDX-License-Identifier: Apache-2.0
// Workflows that start on any events until a condition holds.
#include "fake_world.h"

#include <string.h>

#include "engine/member.h"

#define ON(until) "schedule: {on: {any: [{with: {type: x}}], until: '" until "'}}\ndo: [{a: {set: '${ . }'}}]\n"

static void event(struct fake_world *fake, const char *id, const char *more) {
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"%s\",\"type\":\"x\"%s}", id, more));
}

static void events(struct fake_world *fake, const char *ids) {
  for (; *ids; ids++) event(fake, (char[]){*ids, '\0'}, "");
}

// The ids of the events that runs were started with: "abc d".
static const char *started(struct fake_world *fake) {
  const char *all = "";
  for (size_t i = 0; i < fake->db.runs.count; i++) {
    struct wf_run *run = sim_db_fold(fake->db.runs.items[i]);
    all = arena_printf(fake->arena, "%s%s", all, i ? " " : "");
    jv_array_foreach(run->output, n, event) {
      jv id = jv_object_get(event, jv_string("id"));
      all = arena_printf(fake->arena, "%s%s", all, jv_string_value(id));
      jv_free(id);
    }
    wf_run_free(run);
  }
  return all;
}

static size_t held(const struct fake_world *fake) {
  size_t count = 0;
  vec_foreach(gathering, &fake->db.gatherings) count += gathering->held.count;
  return count;
}

static size_t rows(const struct fake_world *fake, const char *kind) {
  size_t count = 0;
  vec_foreach(row, &fake->db.inbox) count += strcmp(row->kind, kind) == 0;
  return count;
}

static void test_the_event_with_which_it_holds_is_the_last(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("length == 3"));
  fake_start(fake);
  events(fake, "ab");
  fake_settle(fake);
  assert_string_equal(started(fake), "");
  events(fake, "c");
  fake_settle(fake);
  assert_string_equal(started(fake), "abc");
  assert_int_equal(held(fake), 0);
  assert_int_equal(fake->db.triggers.count, 1);
}

static void test_the_next_event_begins_another_set(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("length == 2"));
  fake_start(fake);
  events(fake, "abcdefg"); // at once
  fake_settle(fake);
  assert_string_equal(started(fake), "ab cd ef");
  assert_int_equal(held(fake), 1);
  events(fake, "h");
  fake_settle(fake);
  assert_string_equal(started(fake), "ab cd ef gh");
}

// Not only the whole: that condition would not hold with all four.
static void test_it_is_asked_after_each_event(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON(".[-1].id == \"c\""));
  fake_start(fake);
  events(fake, "abcd");
  fake_settle(fake);
  assert_string_equal(started(fake), "abc");
  assert_int_equal(held(fake), 1);
}

static void test_it_sees_whole_events(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON(".[0].data.n < .[2].data.n"));
  fake_start(fake);
  event(fake, "a", ",\"data\":{\"n\":4}");
  event(fake, "b", ",\"data\":{\"n\":5}");
  event(fake, "c", ",\"data\":{\"n\":6}");
  fake_settle(fake);
  assert_string_equal(started(fake), "abc");
}

static void test_one_that_fails_does_not_hold(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("length == 2 or .[0].id.x"));
  fake_start(fake);
  events(fake, "ab");
  fake_settle(fake);
  assert_string_equal(started(fake), "ab");
}

static void test_nothing_and_null_do_not_hold(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON(".[2]"));
  fake_start(fake);
  events(fake, "ab");
  fake_settle(fake);
  assert_string_equal(started(fake), "");
  events(fake, "c");
  fake_settle(fake);
  assert_string_equal(started(fake), "abc");
}

// What waits is asked about once, however many came; what came meanwhile once more.
static void test_one_row_asks_for_many(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("length == 4"));
  fake_start(fake);
  events(fake, "abcd");
  fake_settle(fake);
  assert_int_equal(rows(fake, "judge"), 1);
  assert_int_equal(rows(fake, "start"), 1);
}

static void test_for_ever_asks_nobody(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("false"));
  fake_start(fake);
  events(fake, "ab");
  fake_settle(fake);
  assert_int_equal(rows(fake, "judge"), 0);
  assert_string_equal(started(fake), "");
}

// The world judges five at a time: a set is no longer cut there than where it would be else.
static void test_more_than_one_verdict_sees(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("length == 3"));
  fake_start(fake);
  events(fake, "abcdefghijklmnop");
  fake_settle(fake);
  assert_string_equal(started(fake), "abc def ghi jkl mno");
  assert_int_equal(held(fake), 1);
  assert_true(rows(fake, "judge") > 1);
}

static void test_a_set_is_no_larger_than_an_input(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.run.value_bytes_max = 400;
  fake_define(fake, "w", "1.0.0", ON("length == 4"));
  fake_start(fake);
  const char *large = arena_printf(fake->arena, ",\"data\":\"%0100d\"", 0);
  for (const char *id = "abc"; *id; id++) event(fake, (char[]){*id, '\0'}, large);
  fake_settle(fake);
  assert_string_equal(started(fake), "ab");
  assert_int_equal(held(fake), 1);
}

static void test_a_thousand_start_whatever_it_says(void **state) {
  struct fake_world *fake = *state;
  fake->db.judged_at_once = 1000;
  fake_define(fake, "w", "1.0.0", "schedule: {on: {any: [{with: {type: x}}], until: length == 1001}}\ndo: [{a: {set: {count: '${ length }'}}}]\n");
  fake_start(fake);
  for (int i = 0; i < 1001; i++) event(fake, arena_printf(fake->arena, "%d", i), "");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 1);
  struct wf_run *run = sim_db_fold(fake->db.runs.items[0]);
  assert_true(wf_member_number(run->output, "count", 0) == 1000);
  wf_run_free(run);
  assert_int_equal(held(fake), 1);
}

static void test_correlations_keep_sets_apart(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0",
              "schedule: {on: {any: [{with: {type: x}, correlate: {k: {from: '${ .data.k }'}}}], until: length == 2}}\ndo: [{a: {set: '${ . }'}}]\n");
  fake_start(fake);
  event(fake, "a", ",\"data\":{\"k\":1}");
  event(fake, "b", ",\"data\":{\"k\":2}");
  event(fake, "c", ",\"data\":{\"k\":1}");
  fake_settle(fake);
  assert_string_equal(started(fake), "ac");
  assert_int_equal(held(fake), 1);
}

static void test_a_repeat_counts_once(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "w", "1.0.0", ON("length == 2"));
  fake_start(fake);
  events(fake, "aa");
  fake_settle(fake);
  events(fake, "a");
  fake_settle(fake);
  assert_string_equal(started(fake), "");
  events(fake, "b");
  fake_settle(fake);
  assert_string_equal(started(fake), "ab");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_the_event_with_which_it_holds_is_the_last),
      CASE(test_the_next_event_begins_another_set),
      CASE(test_it_is_asked_after_each_event),
      CASE(test_it_sees_whole_events),
      CASE(test_one_that_fails_does_not_hold),
      CASE(test_nothing_and_null_do_not_hold),
      CASE(test_one_row_asks_for_many),
      CASE(test_for_ever_asks_nobody),
      CASE(test_more_than_one_verdict_sees),
      CASE(test_a_set_is_no_larger_than_an_input),
      CASE(test_a_thousand_start_whatever_it_says),
      CASE(test_correlations_keep_sets_apart),
      CASE(test_a_repeat_counts_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
