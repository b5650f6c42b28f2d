// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/turn.h"
#include "story.h"

static struct wf_turn turn_of(struct story *story, const struct wf_input *input) {
  return (struct wf_turn){.run = story->run,
                          .definition = story->definition,
                          .bounds = &story->bounds,
                          .input = input,
                          .arena = story->arena,
                          .out = &story->last};
}

static void draws_repeat_by_their_seed(void **state) {
  (void)state;
  struct wf_turn a = {.random_state = 7}, b = {.random_state = 7}, c = {.random_state = 8};
  uint64_t first = wf_turn_random(&a);
  assert_true(first == wf_turn_random(&b));
  assert_false(first == wf_turn_random(&c));
  assert_false(first == wf_turn_random(&a));
}

static void no_instant_lies_beyond_the_longest_duration(void **state) {
  (void)state;
  struct wf_input input = {.now = 1000};
  struct wf_turn turn = {.input = &input};
  assert_true(wf_turn_after(&turn, 5) == 1005);
  assert_true(wf_turn_after(&turn, INT64_MAX) < INT64_C(3200000000000000));
}

static void timers_are_numbered_on(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {call: voice.call}\n", "{}");
  wf_decision_clear(&story->last);
  struct wf_input input = {.now = story->now};
  struct wf_turn turn = turn_of(story, &input);
  assert_int_equal(wf_turn_arm(&turn, story->now + 5, 0), 2);
  assert_int_equal(wf_turn_arm(&turn, story->now + 6, 1), 3);
  assert_int_equal(story->last.timer_count, 2);
  assert_int_equal(story->last.timers[1].action_no, 1);
  story_free(story);
}

static void an_event_is_numbered_dated_folded_and_kept(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {call: voice.call}\n", "{}");
  wf_decision_clear(&story->last);
  struct wf_input input = {.now = story->now + 9};
  struct wf_turn turn = turn_of(story, &input);
  for (int i = 0; i < 20; i++) wf_turn_emit(&turn, (struct wf_event){.type = WF_ACTION_LATE, .action_no = i}, NULL);
  assert_int_equal(story->last.event_count, 20);
  assert_int_equal(story->last.events[0].seq, 5);
  assert_int_equal(story->last.events[19].seq, 24);
  assert_int_equal(story->last.events[19].action_no, 19);
  assert_true(story->last.events[7].at == story->now + 9);
  assert_int_equal(story->run->late_count, 20);
  story_free(story);
}

static void a_scope_names_the_task_at_its_index(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- t: {try: [{a: {call: voice.call}}], catch: {do: [{b: {set: {x: 1}}}, {c: {set: {x: 1}}}]}}\n",
      "{}");
  struct wf_turn turn = turn_of(story, NULL);
  struct wf_scope scope = {.step_no = 1, .part = WF_SCOPE_TRY};
  assert_string_equal(wf_turn_task(&turn, &scope)->name, "a");
  scope.index = 1;
  assert_null(wf_turn_task(&turn, &scope));
  scope.part = WF_SCOPE_CATCH;
  assert_string_equal(wf_turn_task(&turn, &scope)->name, "c");
  scope.index = WF_INDEX_END;
  assert_null(wf_turn_task(&turn, &scope));
  scope = (struct wf_scope){.step_no = 0};
  assert_string_equal(wf_turn_task(&turn, &scope)->name, "t");
  assert_string_equal(wf_turn_task_of(&turn, wf_turn_step(&turn, 2))->name, "a");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(draws_repeat_by_their_seed),
      cmocka_unit_test(no_instant_lies_beyond_the_longest_duration),
      cmocka_unit_test(timers_are_numbered_on),
      cmocka_unit_test(an_event_is_numbered_dated_folded_and_kept),
      cmocka_unit_test(a_scope_names_the_task_at_its_index),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
