// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

static void tasks_run_in_order_and_pass_their_output_on(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- a: {set: {x: '${ .n + 1 }'}}\n"
                                            "- b: {set: {x: '${ .x + 1 }', in: '${ $input.x }'}}\n",
                                 "{\"n\":1}");
  assert_string_equal(story_json(story, story->run->output), "{\"in\":2,\"x\":3}");
  story_free(story);
}

static void data_flows_through_from_as_and_export(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "input: {from: '${ .lead }'}\n"
                                            "do:\n"
                                            "- a:\n"
                                            "    input: {from: '${ {only: .id} }'}\n"
                                            "    set: {got: '${ . }', raw: '${ $task.input }'}\n"
                                            "    output: {as: '${ {out: .got, was: $task.output.raw} }'}\n"
                                            "    export: {as: '${ {saved: .out, in: $input, out: $output.was} }'}\n"
                                            "- b: {set: '${ $context }'}\n"
                                            "output: {as: '${ .saved }'}\n",
                                 "{\"lead\":{\"id\":7,\"x\":1}}");
  assert_string_equal(story_json(story, story->run->context),
                      "{\"in\":{\"only\":7},\"out\":{\"id\":7,\"x\":1},\"saved\":{\"only\":7}}");
  assert_string_equal(story_json(story, story->run->output), "{\"only\":7}");
  assert_string_equal(story_json(story, story->run->input), "{\"lead\":{\"id\":7,\"x\":1}}");
  story_free(story);
}

static void a_false_condition_skips_and_goes_on_in_order(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- a: {if: '${ .n > 5 }', set: {a: 1}, then: c}\n"
                                            "- b: {set: '${ . + {b: 1} }'}\n"
                                            "- c: {set: '${ . + {c: 1} }'}\n",
                                 "{\"n\":1}");
  assert_int_equal(story_count(story, WF_STEP_SKIPPED), 1);
  assert_string_equal(story_last(story, WF_STEP_SKIPPED)->reason_code, "condition");
  assert_string_equal(story->run->skip_code, "condition");
  assert_string_equal(story_json(story, story->run->output), "{\"b\":1,\"c\":1,\"n\":1}");
  story_free(story);
}

static void a_switch_takes_the_first_case_that_holds(void **state) {
  (void)state;
  const char *document =
      STORY_HEAD "do:\n"
                 "- pick: {switch: [{default: {then: d}}, {one: {when: '${ .n >= 1 }', then: b}}, {two: {when: "
                 "'${ .n >= 2 }', then: c}}]}\n"
                 "- a: {set: {a: 1}, then: end}\n- b: {set: {b: 1}, then: end}\n"
                 "- c: {set: {c: 1}, then: end}\n- d: {set: {d: 1}}\n";
  struct story *story = story_of(document, "{\"n\":2}");
  assert_string_equal(story_json(story, story->run->output), "{\"b\":1}");
  story_free(story);
  story = story_of(document, "{\"n\":0}"); // a default may stand anywhere
  assert_string_equal(story_json(story, story->run->output), "{\"d\":1}");
  story_free(story);
}

static void a_switch_without_a_match_goes_on(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- pick: {switch: [{one: {when: '${ .n == 1 }', then: end}}]}\n- a: {set: {a: 1}}\n", "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"a\":1}");
  story_free(story);
}

static void going_back_is_another_visit(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- a: {set: {n: '${ .n + 1 }'}}\n- b: {switch: [{more: {when: '${ .n < 3 }', then: a}}]}\n",
      "{\"n\":0}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_int_equal(story->run->last_step_no, 6);
  assert_string_equal(story_json(story, story->run->output), "{\"n\":3}");
  assert_non_null(strstr(story->steps[4], "visit=3 attempt=1"));
  story_free(story);
}

static void exit_leaves_the_list_and_end_the_workflow(void **state) {
  (void)state;
  const char *format = STORY_HEAD
      "do:\n- outer: {do: [{a: {set: {a: 1}, then: %s}}, {b: {set: {b: 1}}}]}\n- after: {set: '${ . + {after: 1} }'}\n";
  char document[512];
  struct arena *arena = arena_new();
  const char *text = arena_printf(arena, "%s", format);
  char *at = strstr(text, "%s");
  size_t head = (size_t)(at - text);
  memcpy(document, text, head);
  strcpy(document + head, "exit");
  strcat(document, at + 2);
  struct story *story = story_of(document, "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"a\":1,\"after\":1}");
  story_free(story);
  strcpy(document + head, "end");
  strcat(document, at + 2);
  story = story_of(document, "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"a\":1}");
  assert_int_equal(story_count(story, WF_STEP_COMPLETED), 2); // the task and the list around it
  story_free(story);
  arena_free(arena);
}

static void a_list_gives_what_its_last_task_gave(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD
      "do:\n- outer: {do: [{a: {set: {a: 1}}}, {b: {if: '${ false }', set: {b: 1}}}], output: {as: '${ {got: .} }'}}\n",
      "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"got\":{\"a\":1}}");
  assert_non_null(strstr(story->steps[1], "step 2 in 1"));
  story_free(story);
}

static void a_wait_takes_durations_and_instants(void **state) {
  (void)state;
  const char *document = STORY_HEAD "do:\n- a: {wait: '${ .until }'}\n";
  const struct {
    const char *data;
    usec_t after;
  } cases[] = {{"{\"until\":\"PT90S\"}", 90 * USEC_PER_SEC},
               {"{\"until\":{\"hours\":1}}", USEC_PER_HOUR},
               {"{\"until\":\"2026-01-05T09:30:00Z\"}", 30 * USEC_PER_MIN},
               {"{\"until\":\"2026-01-05T11:00:00+01:00\"}", USEC_PER_HOUR}};
  for (int i = 0; i < 4; i++) {
    struct story *story = story_of(document, cases[i].data);
    assert_int_equal(story->run->status, WF_WAITING);
    assert_int_equal(story->run->waiting_for, WF_FOR_TIMER);
    assert_true(story->run->next_wake_at == story->now + cases[i].after);
    assert_true(story_due(story));
    assert_int_equal(story->run->status, WF_COMPLETED);
    assert_string_equal(story_json(story, story->run->output), cases[i].data); // a wait passes its input on
    story_free(story);
  }
}

static void a_wait_until_the_past_is_due_at_once_by_its_timer(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- a: {wait: '${ .until }'}\n", "{\"until\":\"2020-01-01T00:00:00Z\"}");
  usec_t now = story->now;
  assert_int_equal(story->run->status, WF_WAITING);
  assert_true(story_due(story));
  assert_true(story->now == now);
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void an_endless_loop_gives_way_and_is_bounded(void **state) {
  (void)state;
  struct story *story = story_new(STORY_HEAD "do:\n- a: {set: {x: 1}, then: a}\n");
  story->bounds.steps_max = 2500;
  story_create(story, "{}", NULL);
  assert_int_equal(story_count(story, WF_STEP_STARTED), WF_TURN_ENTRIES_MAX);
  assert_int_equal(story_last(story, WF_RUN_YIELDED)->seq, story->run->last_seq);
  assert_int_equal(story->run->waiting_for, WF_FOR_TIMER);
  assert_true(story->run->next_wake_at == story->now);
  assert_true(story_due(story));
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_STEP_STARTED), 2500);
  assert_string_equal(story->run->fault.code, "steps_exceeded");
  assert_true(story->run->step_count < 10); // what has ended is not kept
  story_free(story);
}

// Whatever a task takes and gives is written: a decision must not be larger than a transaction may be.
static void a_loop_over_large_values_gives_way_early(void **state) {
  (void)state;
  static const char *const tasks[] = {"{set: {x: '${ .x }'}, then: a}", "{switch: [{again: {then: a}}]}"};
  char *large = malloc((1 << 19) + 1);
  memset(large, 'x', 1 << 19);
  large[1 << 19] = '\0';
  for (size_t i = 0; i < 2; i++) {
    struct arena *arena = arena_new();
    struct story *story = story_new(arena_printf(arena, STORY_HEAD "do:\n- a: %s\n", tasks[i]));
    story->bounds.steps_max = 30;
    story->bounds.value_bytes_max = 1 << 20;
    story_create(story, arena_printf(arena, "{\"x\":\"%s\"}", large), NULL);
    int entered = story_count(story, WF_STEP_STARTED);
    assert_true(entered >= 4 && entered <= WF_TURN_BYTES_MAX >> 19);
    assert_int_equal(story->run->waiting_for, WF_FOR_TIMER);
    while (story_due(story)) continue; // and gets on each time
    assert_string_equal(story->run->fault.code, "steps_exceeded");
    story_free(story);
    arena_free(arena);
  }
  free(large);
}

static void a_bound_reached_cannot_be_caught(void **state) {
  (void)state;
  struct story *story = story_new(STORY_HEAD "do:\n- t: {try: [{a: {set: {x: 1}, then: a}}], catch: {retry: {}}}\n");
  story->bounds.steps_max = 50;
  story_create(story, "{}", NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "steps_exceeded");
  story_free(story);
}

static void raised_errors_are_built_from_the_model(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {raise: {error: {type: 'https://e.com/full', status: 507, "
                                            "title: '${ \"No room for \" + .who }', detail: x}}}\n",
                                 "{\"who\":\"Ada\"}");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_json(story, story->run->error),
                      "{\"detail\":\"x\",\"instance\":\"/do/0/a\",\"status\":507,"
                      "\"title\":\"No room for Ada\",\"type\":\"https://e.com/full\"}");
  assert_string_equal(story->run->fault.code, "full");
  assert_string_equal(story->run->fault.summary, "No room for Ada");
  story_free(story);
}

static void titles_and_kinds_reach_the_rows(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {metadata: {title: Greet the lead}, set: {x: 1}}\n", "{}");
  assert_non_null(strstr(story->steps[0], "name=\"a\" kind=\"set\" title=\"Greet the lead\""));
  story_free(story);
}

static void what_comes_while_a_run_gave_way_does_not_move_it(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {set: {x: 1}, then: a}\n", "{}");
  size_t before = story->event_count;
  story_completed(story, 1, 1, "{}");
  assert_int_equal(story->event_count, before + 1); // a late result and nothing else
  story_control(story, WF_CONTROL_CANCEL, NULL);
  assert_int_equal(story->run->status, WF_CANCELLED);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tasks_run_in_order_and_pass_their_output_on),
      cmocka_unit_test(data_flows_through_from_as_and_export),
      cmocka_unit_test(a_false_condition_skips_and_goes_on_in_order),
      cmocka_unit_test(a_switch_takes_the_first_case_that_holds),
      cmocka_unit_test(a_switch_without_a_match_goes_on),
      cmocka_unit_test(going_back_is_another_visit),
      cmocka_unit_test(exit_leaves_the_list_and_end_the_workflow),
      cmocka_unit_test(a_list_gives_what_its_last_task_gave),
      cmocka_unit_test(a_wait_takes_durations_and_instants),
      cmocka_unit_test(a_wait_until_the_past_is_due_at_once_by_its_timer),
      cmocka_unit_test(an_endless_loop_gives_way_and_is_bounded),
      cmocka_unit_test(a_loop_over_large_values_gives_way_early),
      cmocka_unit_test(a_bound_reached_cannot_be_caught),
      cmocka_unit_test(raised_errors_are_built_from_the_model),
      cmocka_unit_test(titles_and_kinds_reach_the_rows),
      cmocka_unit_test(what_comes_while_a_run_gave_way_does_not_move_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
