// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/scope.h"
#include "story.h"

static void assert_output(struct story *story, const char *expected) {
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), expected);
  story_free(story);
}

static void each_item_has_its_turn(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n"
                          "- loop:\n"
                          "    for: {each: color, in: .colors}\n"
                          "    do: [{mark: {set: {seen: '${ .seen + [$color] }', at: '${ .at + [$index] }'}}}]\n",
               "{\"colors\":[\"red\",\"green\",\"blue\"]}");
  assert_int_equal(story_count(story, WF_STEP_ITERATED), 3);
  assert_output(story, "{\"at\":[0,1,2],\"seen\":[\"red\",\"green\",\"blue\"]}");
}

static void the_names_have_defaults(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- l: {for: {in: '${ .a }'}, do: [{s: {set: {x: '${ [$item, $index] }'}}}]}\n",
                                 "{\"a\":[7,8]}");
  assert_output(story, "{\"x\":[8,1]}");
}

static void the_output_of_a_turn_is_the_input_of_the_next(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- l:\n"
                                            "    input: {from: '${ {sum: 0, a: .a} }'}\n"
                                            "    for: {each: n, in: '${ .a }', at: i}\n"
                                            "    do:\n"
                                            "    - add: {set: {sum: '${ .sum + $n }'}}\n"
                                            "    - both: {set: {sum: '${ .sum + $i }', in: '${ $input.sum }'}}\n"
                                            "    output: {as: '${ {total: .sum} }'}\n"
                                            "    export: {as: '${ {kept: .total, of: ($input.a | length)} }'}\n"
                                            "- c: {set: '${ . + $context }'}\n",
                                 "{\"a\":[10,20,30]}");
  assert_output(story, "{\"kept\":63,\"of\":3,\"total\":63}");
}

static void nothing_to_go_through_passes_the_input_on(void **state) {
  (void)state;
  const char *data[] = {"{\"a\":[]}", "{\"a\":null}"};
  for (int i = 0; i < 2; i++) {
    struct story *story = story_of(STORY_HEAD "do:\n- l: {for: {in: .a}, do: [{s: {set: {x: 1}}}]}\n", data[i]);
    assert_int_equal(story_count(story, WF_STEP_ITERATED), 0);
    assert_output(story, data[i]);
  }
}

static void what_is_no_array_is_an_error_of_the_expression(void **state) {
  (void)state;
  const char *data[] = {"{\"a\":{\"b\":1}}", "{\"a\":3}", "{\"a\":\"text\"}", "{\"a\":true}"};
  for (int i = 0; i < 4; i++) {
    struct story *story = story_of(STORY_HEAD "do:\n- l: {for: {in: .a}, do: [{s: {set: {x: 1}}}]}\n", data[i]);
    assert_int_equal(story->run->status, WF_FAULTED);
    assert_string_equal(story->run->fault.code, "expression");
    assert_string_equal(story_error(story, "instance"), "\"/do/0/l\"");
    story_free(story);
  }
}

static void while_is_asked_before_each_turn(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- l:\n"
                                            "    for: {each: n, in: '${ [5, 6, 7, 8] }', at: i}\n"
                                            "    while: $n != 7 and $i < 9 and .stop != true\n"
                                            "    do: [{s: {set: {last: '${ $n }'}}}]\n",
                                 "{}");
  assert_int_equal(story_count(story, WF_STEP_ITERATED), 2);
  assert_output(story, "{\"last\":6}");
  story = story_of(STORY_HEAD "do:\n- l: {for: {in: '${ [1] }'}, while: .go, do: [{s: {set: {x: 1}}}]}\n", "{\"n\":1}");
  assert_output(story, "{\"n\":1}");
}

static void an_error_of_while_is_the_loops(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- l: {for: {in: '${ [1] }'}, while: '.a.b', do: [{s: {set: {x: 1}}}]}\n", "{\"a\":3}");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "instance"), "\"/do/0/l\"");
  story_free(story);
}

static void exit_ends_the_turn_and_end_the_workflow(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- l:\n"
                                            "    for: {in: '${ [1, 2, 3] }'}\n"
                                            "    do:\n"
                                            "    - a: {switch: [{odd: {when: '${ $item != 2 }', then: exit}}]}\n"
                                            "    - b: {set: {got: '${ $item }'}}\n"
                                            "- after: {set: '${ . + {after: 1} }'}\n",
                                 "{}");
  assert_output(story, "{\"after\":1,\"got\":2}");
  story = story_of(STORY_HEAD "do:\n"
                              "- l: {for: {in: '${ [1, 2, 3] }'}, do: [{a: {set: {n: '${ $item }'}, then: end}}]}\n"
                              "- after: {set: {after: 1}}\n",
                   "{}");
  assert_output(story, "{\"n\":1}");
}

static void inner_names_hide_outer_ones(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- o:\n"
                                            "    for: {each: x, in: '${ [1, 2] }', at: i}\n"
                                            "    do:\n"
                                            "    - n:\n"
                                            "        for: {each: y, in: '${ [10, 20] }', at: i}\n"
                                            "        do: [{s: {set: {all: '${ .all + [$x + $y + $i] }'}}}]\n"
                                            "    - m: {set: {all: '${ .all + [$i] }'}}\n",
                                 "{}");
  assert_output(story, "{\"all\":[11,22,0,12,23,1]}");
}

static void each_turn_is_a_new_visit(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- l: {for: {in: '${ [1, 2] }'}, do: [{c: {call: crm.update, with: {n: '${ $item }'}}}]}\n", "{}");
  story_completed(story, 1, 1, "{}");
  assert_int_equal(story_last(story, WF_STEP_STARTED)->step_no, 3);
  assert_string_equal(story_json(story, story_last(story, WF_STEP_STARTED)->data), "{\"kind\":\"call\",\"parent\":1,\"visit\":2}");
  assert_string_equal(story_json(story, story_last(story, WF_STEP_ITERATED)->data), "{\"index\":1}");
  story_completed(story, 2, 1, "\"last\"");
  assert_output(story, "\"last\"");
}

static void a_retry_inside_is_of_the_same_turn(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- l:\n"
                                            "    for: {in: '${ [1, 2] }'}\n"
                                            "    do:\n"
                                            "    - t: {try: [{c: {call: crm.update, with: {n: '${ $item }'}}}], catch: {retry: {delay: PT1S}}}\n",
                                 "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  assert_true(story_due(story));
  assert_int_equal(story_last(story, WF_ACTION_REQUESTED)->action_no, 2);
  assert_int_equal(story_last(story, WF_ACTION_REQUESTED)->attempt, 2);
  story_completed(story, 2, 2, "\"ok\"");
  assert_output(story, "\"ok\"");
}

static void a_retry_around_begins_the_loop_anew(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- t:\n"
                                            "    try: [{l: {for: {in: '${ [1, 2] }'}, do: [{c: {call: crm.update, with: {n: '${ $item }'}}}]}}]\n"
                                            "    catch: {retry: {delay: PT1S}}\n",
                                 "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  assert_true(story_due(story));
  const struct wf_event *asked = story_last(story, WF_ACTION_REQUESTED);
  assert_int_equal(asked->action_no, 3); // the first turn again, as a new visit
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "{\"n\":1}");
  story_completed(story, 3, 1, "{}");
  story_completed(story, 4, 1, "{}");
  assert_int_equal(story_count(story, WF_STEP_ITERATED), 4);
  assert_output(story, "{}");
}

static void a_retry_of_the_run_goes_on_in_the_turn(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- l: {for: {in: '${ [1, 2, 3] }'}, do: [{c: {call: crm.update, with: {n: '${ $item }'}}}]}\n", "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  story_control(story, WF_CONTROL_RETRY, NULL);
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "{\"n\":2}");
  story_completed(story, 2, 2, "{}");
  story_completed(story, 3, 1, "3");
  assert_output(story, "3");
}

static void a_loop_may_take_only_so_long(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- l: {timeout: {after: PT90M}, for: {in: '${ [1, 2, 3] }'}, do: [{w: {wait: PT1H}}]}\n", "{}");
  assert_true(story_due(story));
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "timeout");
  assert_int_equal(story_count(story, WF_STEP_ITERATED), 2);
  story_free(story);
}

static void what_it_goes_through_is_said_once(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- l: {input: {from: .a}, for: {in: .}, do: [{s: {set: {x: '${ $item }'}}}]}\n", "{\"a\":[1,2]}");
  const struct wf_event *started = &story->events[2];
  assert_int_equal(started->type, WF_STEP_STARTED);
  assert_string_equal(story_json(story, started->data), "{\"input\":[1,2],\"kind\":\"for\"}");
  assert_output(story, "{\"x\":2}");
}

// Of a loop that retries may begin anew, no more than a turn is kept.
static void what_it_keeps_does_not_grow(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- t:\n"
                                            "    try:\n"
                                            "    - l:\n"
                                            "        for: {in: '${ [range(500)] }'}\n"
                                            "        do: [{a: {set: {n: '${ $item }'}}}, {b: {do: [{c: {set: {n: '${ .n }'}}}]}}]\n"
                                            "    - w: {wait: PT1H}\n"
                                            "    catch: {retry: {delay: PT1S}}\n",
                                 "{}");
  while (story->run->yield_timer_no) {
    assert_in_range(story->run->step_count, 1, 6);
    assert_true(story_due(story));
  }
  assert_int_equal(story_count(story, WF_STEP_ITERATED), 500);
  assert_in_range(story->run->step_count, 1, 3);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_item_has_its_turn),
      cmocka_unit_test(the_names_have_defaults),
      cmocka_unit_test(the_output_of_a_turn_is_the_input_of_the_next),
      cmocka_unit_test(nothing_to_go_through_passes_the_input_on),
      cmocka_unit_test(what_is_no_array_is_an_error_of_the_expression),
      cmocka_unit_test(while_is_asked_before_each_turn),
      cmocka_unit_test(an_error_of_while_is_the_loops),
      cmocka_unit_test(exit_ends_the_turn_and_end_the_workflow),
      cmocka_unit_test(inner_names_hide_outer_ones),
      cmocka_unit_test(each_turn_is_a_new_visit),
      cmocka_unit_test(a_retry_inside_is_of_the_same_turn),
      cmocka_unit_test(a_retry_around_begins_the_loop_anew),
      cmocka_unit_test(a_retry_of_the_run_goes_on_in_the_turn),
      cmocka_unit_test(a_loop_may_take_only_so_long),
      cmocka_unit_test(what_it_goes_through_is_said_once),
      cmocka_unit_test(what_it_keeps_does_not_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
