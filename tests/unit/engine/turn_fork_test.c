// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define FORK(branches) STORY_HEAD "do:\n- f: {fork: {branches: [" branches "]}}\n- after: {set: {got: '${ . }'}}\n"
#define RACE(branches)                                                                                                 \
  STORY_HEAD "do:\n- f: {fork: {compete: true, branches: [" branches "]}}\n- after: {set: {got: '${ . }'}}\n"

static void assert_output(struct story *story, const char *expected) {
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), expected);
  story_free(story);
}

// Why the step at a reference was cancelled; "" when it was not.
static const char *why_cancelled(const struct story *story, const char *reference) {
  for (size_t i = 0; i < story->event_count; i++) {
    const struct wf_event *event = &story->events[i];
    if (event->type == WF_STEP_CANCELLED && strcmp(event->reference, reference) == 0) return event->reason_code;
  }
  return "";
}

static int count_at(const struct story *story, const char *reference) {
  int count = 0;
  for (size_t i = 0; i < story->event_count; i++)
    count += story->events[i].type == WF_STEP_STARTED && strcmp(story->events[i].reference, reference) == 0;
  return count;
}

// Each task takes half a megabyte, so that a decision is over after some of them.
static void a_branch_with_much_to_do_starves_no_other(void **state) {
  (void)state;
  struct story *story = story_new(FORK("{a: {for: {in: '${ [range(200)] }'}, do: [{x: {set: '${ $workflow.input }'}}]}}, "
                                       "{b: {for: {in: '${ [range(20)] }'}, do: [{y: {set: '${ $workflow.input }'}}]}}"));
  story->bounds.value_bytes_max = 1 << 20;
  struct buf input = {0};
  buf_puts(&input, "{\"big\":\"");
  for (int i = 0; i < 500000; i++) buf_put_u8(&input, 'x');
  buf_puts(&input, "\"}");
  buf_put_u8(&input, '\0');
  story_create(story, input.data, NULL);
  buf_free(&input);
  while (count_at(story, "/do/0/f/fork/branches/1/b/do/0/y") < 20) {
    assert_true(story->run->yield_timer_no);
    assert_true(story_due(story));
    assert_true(count_at(story, "/do/0/f/fork/branches/0/a/do/0/x") < 60);
  }
  assert_true(count_at(story, "/do/0/f/fork/branches/0/a/do/0/x") > 10);
  story_free(story);
}

// More branches than a decision gives a share to.
static void many_branches_with_much_to_do_all_go_on(void **state) {
  (void)state;
  struct buf document = {0};
  buf_puts(&document, STORY_HEAD "do:\n- f:\n    fork:\n      branches:\n");
  for (int i = 0; i < 60; i++) buf_printf(&document, "      - b%d: {for: {in: '${ [range(2000)] }'}, do: [{x: {set: {n: 1}}}]}\n", i);
  buf_put_u8(&document, '\0');
  struct story *story = story_new(document.data);
  buf_free(&document);
  story->bounds.steps_max = 1000000;
  story_create(story, "{}", NULL);
  for (int i = 0; i < 4; i++) {
    assert_true(story->run->yield_timer_no);
    assert_true(story_due(story));
  }
  char reference[64];
  for (int i = 0; i < 60; i++) {
    snprintf(reference, sizeof reference, "/do/0/f/fork/branches/%d/b%d/do/0/x", i, i);
    assert_true(count_at(story, reference) >= 20);
  }
  story_free(story);
}

static void all_branches_begin_at_once(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {call: crm.update}}, {b: {wait: PT1H}}, {c: {do: [{d: {call: sms.send}}]}}"), "{}");
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 2);
  assert_int_equal(story_count(story, WF_STEP_WAITING), 1);
  assert_int_equal(story->run->status, WF_RUNNING);
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  assert_int_equal(story->run->current_step_no, 2);
  assert_true(story->run->next_wake_at == story->now + 10 * USEC_PER_SEC); // crm.update's deadline
  story_free(story);
}

static void the_output_is_the_array_in_the_branches_order(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {call: crm.update}}, {b: {call: sms.send}}, {c: {set: {c: 3}}}"), "{}");
  story_completed(story, 2, 1, "2");
  story_completed(story, 1, 1, "1");
  assert_output(story, "{\"got\":[1,2,{\"c\":3}]}");
}

static void each_branch_has_the_forks_input(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- f:\n"
                                            "    input: {from: '${ {x: .n} }'}\n"
                                            "    fork: {branches: [{a: {set: {a: '${ .x }'}}}, {b: {set: {b: '${ .x + $task.input.x }'}}}]}\n"
                                            "    output: {as: '${ {ab: .} }'}\n"
                                            "    export: {as: '${ {kept: .ab[0]} }'}\n"
                                            "- after: {set: '${ . + $context }'}\n",
                                 "{\"n\":5}");
  assert_output(story, "{\"ab\":[{\"a\":5},{\"b\":10}],\"kept\":{\"a\":5}}");
}

static void a_skipped_branch_gives_its_input(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {if: '${ false }', call: crm.update}}, {b: {set: {b: 1}}}"), "{\"n\":1}");
  assert_output(story, "{\"got\":[{\"n\":1},{\"b\":1}]}");
}

static void the_first_to_complete_wins_and_the_others_are_called_back(void **state) {
  (void)state;
  struct story *story = story_of(RACE("{a: {call: crm.update}}, {b: {do: [{c: {call: sms.send}}]}}, {w: {wait: PT1H}}"), "{}");
  story_completed(story, 2, 1, "{\"won\":true}");
  assert_string_equal(why_cancelled(story, "/do/0/f/fork/branches/0/a"), "lost_race");
  assert_string_equal(why_cancelled(story, "/do/0/f/fork/branches/2/w"), "lost_race");
  assert_string_equal(story_last(story, WF_ACTION_CANCELLED)->reason_code, "lost_race");
  const struct wf_effect *last = &story->last.effects[story->last.effect_count - 1];
  assert_int_equal(last->kind, WF_EFFECT_CANCEL);
  assert_int_equal(last->action_no, 1);
  assert_output(story, "{\"got\":{\"won\":true}}");
}

static void a_race_names_its_winner(void **state) {
  (void)state;
  struct story *story = story_of(RACE("{a: {wait: PT1M}}, {b: {wait: PT2M}}"), "{}");
  assert_true(story_due(story));
  for (size_t i = 0; i < story->event_count; i++)
    if (story->events[i].type == WF_STEP_COMPLETED && story->events[i].step_no == 1)
      assert_string_equal(story_json(story, story->events[i].data), "{\"branch\":\"a\"}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void a_race_that_is_over_enters_nobody_else(void **state) {
  (void)state;
  struct story *story = story_of(RACE("{a: {set: {a: 1}}}, {b: {call: crm.update}}"), "{}");
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 0);
  assert_output(story, "{\"got\":{\"a\":1}}");
}

static void who_is_skipped_is_in_no_race(void **state) {
  (void)state;
  struct story *story = story_of(RACE("{a: {if: '${ false }', set: {a: 1}}}, {b: {set: {b: 1}}}"), "{}");
  assert_output(story, "{\"got\":{\"b\":1}}");
  story = story_of(RACE("{a: {if: '${ false }', set: {a: 1}}}, {b: {if: '${ false }', set: {b: 1}}}"), "{\"n\":1}");
  assert_output(story, "{\"got\":{\"n\":1}}");
}

static void a_fault_ends_the_others_and_goes_up(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {call: crm.update}}, {b: {do: [{c: {call: sms.send}}]}}"), "{}");
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(why_cancelled(story, "/do/0/f/fork/branches/1/b"), "sibling_faulted");
  assert_string_equal(why_cancelled(story, "/do/0/f/fork/branches/1/b/do/0/c"), "sibling_faulted");
  assert_string_equal(story_error(story, "instance"), "\"/do/0/f/fork/branches/0/a\"");
  assert_int_equal(story_count(story, WF_STEP_FAULTED), 2);
  story_free(story);
}

static void a_fault_in_a_race_faults_it_too(void **state) {
  (void)state;
  struct story *story = story_of(RACE("{a: {call: crm.update}}, {b: {call: sms.send}}"), "{}");
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
}

static void a_try_inside_a_branch_keeps_the_others_going(void **state) {
  (void)state;
  struct story *story =
      story_of(FORK("{a: {try: [{x: {call: crm.update}}], catch: {do: [{y: {set: {y: 1}}}]}}}, {b: {call: sms.send}}"), "{}");
  story_failed(story, 2, 1, NULL); // all branches are entered before any goes further
  assert_int_equal(story->run->status, WF_RUNNING);
  assert_int_equal(story_count(story, WF_STEP_CANCELLED), 0);
  story_completed(story, 1, 1, "{\"b\":1}");
  assert_output(story, "{\"got\":[{\"y\":1},{\"b\":1}]}");
}

// Nothing of it begins: a fork that is open without branches would be no fold.
static void a_fork_may_fail_before_its_branches_begin(void **state) {
  (void)state;
  static const char *const wrong[] = {"if: '${ .a.b }'", "input: {from: '${ .a.b }'}", "timeout: {after: '${ .none }'}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char document[600];
    snprintf(document, sizeof document,
             STORY_HEAD "do:\n- both:\n    %s\n    fork: {branches: [{one: {set: {x: 1}}}, {two: {wait: PT1S}}]}\n", wrong[i]);
    struct story *story = story_of(document, "{\"a\":1}");
    assert_int_equal(story->run->status, WF_FAULTED);
    assert_string_equal(story_error(story, "instance"), "\"/do/0/both\"");
    assert_int_equal(story_count(story, WF_STEP_STARTED), 1);
    assert_int_equal(story_count(story, WF_STEP_FAULTED), 1);
    story_free(story);
  }
}

static void a_retry_around_enters_all_branches_anew(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- t:\n"
                                            "    try: [{f: {fork: {branches: [{a: {call: crm.update}}, {b: {call: sms.send}}, {c: {set: {c: 1}}}]}}}]\n"
                                            "    catch: {retry: {delay: PT5S}}\n",
                                 "{}");
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  assert_string_equal(why_cancelled(story, "/do/0/t/try/0/f/fork/branches/1/b"), "sibling_faulted");
  assert_true(story_due(story));
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  story_completed(story, 1, 2, "1");
  story_completed(story, 2, 2, "2");
  assert_output(story, "[1,2,{\"c\":1}]");
}

static void end_in_a_branch_ends_the_workflow(void **state) {
  (void)state;
  struct story *story =
      story_of(FORK("{a: {call: crm.update}}, {b: {do: [{c: {set: {c: 1}, then: end}}, {d: {set: {d: 1}}}]}}"), "{}");
  assert_string_equal(why_cancelled(story, "/do/0/f/fork/branches/0/a"), "sibling_ended");
  assert_output(story, "{\"c\":1}");
}

static void exit_ends_the_branch(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {set: {a: 1}, then: exit}}, {b: {call: sms.send}}"), "{}");
  assert_int_equal(story->run->status, WF_RUNNING);
  story_completed(story, 1, 1, "2");
  assert_output(story, "{\"got\":[{\"a\":1},2]}");
}

static void a_branch_may_take_only_so_long(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n"
                                            "- t:\n"
                                            "    try: [{f: {fork: {branches: [{a: {timeout: {after: PT1M}, wait: PT1H}}, {b: {wait: PT2H}}]}}}]\n"
                                            "    catch: {errors: {with: {status: 408}}, do: [{y: {set: {y: '${ $error.instance }'}}}]}\n",
                                 "{}");
  assert_true(story->run->next_wake_at == story->now + USEC_PER_MIN);
  assert_true(story_due(story));
  assert_output(story, "{\"y\":\"/do/0/t/try/0/f/fork/branches/0/a\"}");
}

static void a_timeout_of_the_fork_ends_every_branch(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- f: {timeout: {after: PT1S}, fork: {branches: [{a: {call: crm.update}}, {b: {wait: PT2H}}]}}\n", "{}");
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_STEP_CANCELLED), 2);
  assert_int_equal(story_count(story, WF_ACTION_CANCELLED), 1);
  assert_string_equal(story->run->fault.code, "timeout");
  story_free(story);
}

static void a_cancel_reaches_every_branch(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {call: crm.update}}, {b: {do: [{c: {call: sms.send}}]}}, {w: {wait: PT1H}}"), "{}");
  story_control(story, WF_CONTROL_CANCEL, "enough");
  assert_int_equal(story->run->status, WF_CANCELLED);
  assert_int_equal(story_count(story, WF_ACTION_CANCELLED), 2);
  assert_int_equal(story_count(story, WF_STEP_CANCELLED), 5);
  story_free(story);
}

static void a_suspended_run_takes_answers_and_goes_on_with_all(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {do: [{x: {call: crm.update}}, {y: {call: sms.send}}]}}, {b: {wait: PT1M}}"), "{}");
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  story_completed(story, 1, 1, "1");
  story->now += USEC_PER_HOUR;
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 1);
  story_control(story, WF_CONTROL_RESUME, NULL);
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 2);
  story_completed(story, 2, 1, "2");
  assert_output(story, "{\"got\":[2,{}]}");
}

static void a_retry_of_the_run_goes_on_where_each_branch_was(void **state) {
  (void)state;
  struct story *story = story_of(
      FORK("{a: {do: [{x: {call: crm.update}}, {y: {call: crm.update}}]}}, {b: {do: [{z: {call: sms.send}}, {w: {wait: PT1M}}]}}, {c: {set: {c: 1}}}"), "{}");
  story_completed(story, 2, 1, "{}"); // b waits
  story_completed(story, 1, 1, "{}"); // a is at y
  story_failed(story, 3, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  story_control(story, WF_CONTROL_RETRY, NULL);
  assert_int_equal(story->run->status, WF_RUNNING);
  story_completed(story, 3, 2, "\"y\"");
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 4); // what was over stays over
  assert_true(story_due(story));
  assert_output(story, "{\"got\":[\"y\",{},{\"c\":1}]}");
}

static void a_retry_of_the_run_guards_the_fork_once(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- f: {timeout: {after: PT1H}, fork: {branches: [{a: {call: crm.update}}, {b: {call: sms.send}}]}}\n", "{}");
  story_failed(story, 1, 1, NULL);
  story_control(story, WF_CONTROL_RETRY, NULL);
  jv guards = jv_object_get(jv_copy(story_last(story, WF_RUN_RETRIED)->data), jv_string("guards"));
  assert_int_equal(jv_array_length(guards), 1);
  story_free(story);
}

static void forks_nest(void **state) {
  (void)state;
  struct story *story = story_of(
      FORK("{a: {fork: {branches: [{x: {call: crm.update}}, {y: {set: {y: 1}}}]}}}, {b: {fork: {compete: true, branches: [{p: {wait: PT1M}}, {q: {call: sms.send}}]}}}"), "{}");
  story_completed(story, 2, 1, "\"q\"");
  assert_int_equal(story->run->status, WF_RUNNING);
  story_completed(story, 1, 1, "\"x\"");
  assert_output(story, "{\"got\":[[\"x\",{\"y\":1}],\"q\"]}");
}

static void waking_ends_the_wait_that_is_due_first(void **state) {
  (void)state;
  struct story *story = story_of(FORK("{a: {wait: PT2H}}, {b: {wait: PT1H}}, {c: {call: voice.call}}"), "{}");
  story_control(story, WF_CONTROL_WAKE, NULL);
  assert_int_equal(story_last(story, WF_RUN_WOKEN)->step_no, 3);
  assert_int_equal(story_last(story, WF_STEP_COMPLETED)->step_no, 3);
  story_free(story);
}

static void the_bound_on_tasks_holds_among_branches(void **state) {
  (void)state;
  struct story *story = story_new(FORK("{a: {call: crm.update}}, {b: {wait: PT1H}}, {c: {call: sms.send}}"));
  story->bounds.steps_max = 3;
  story_create(story, "{}", NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "steps_exceeded");
  assert_int_equal(story_count(story, WF_STEP_CANCELLED), 2);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_branch_with_much_to_do_starves_no_other),
      cmocka_unit_test(many_branches_with_much_to_do_all_go_on),
      cmocka_unit_test(all_branches_begin_at_once),
      cmocka_unit_test(the_output_is_the_array_in_the_branches_order),
      cmocka_unit_test(each_branch_has_the_forks_input),
      cmocka_unit_test(a_skipped_branch_gives_its_input),
      cmocka_unit_test(the_first_to_complete_wins_and_the_others_are_called_back),
      cmocka_unit_test(a_race_names_its_winner),
      cmocka_unit_test(a_race_that_is_over_enters_nobody_else),
      cmocka_unit_test(who_is_skipped_is_in_no_race),
      cmocka_unit_test(a_fault_ends_the_others_and_goes_up),
      cmocka_unit_test(a_fault_in_a_race_faults_it_too),
      cmocka_unit_test(a_try_inside_a_branch_keeps_the_others_going),
      cmocka_unit_test(a_fork_may_fail_before_its_branches_begin),
      cmocka_unit_test(a_retry_around_enters_all_branches_anew),
      cmocka_unit_test(end_in_a_branch_ends_the_workflow),
      cmocka_unit_test(exit_ends_the_branch),
      cmocka_unit_test(a_branch_may_take_only_so_long),
      cmocka_unit_test(a_timeout_of_the_fork_ends_every_branch),
      cmocka_unit_test(a_cancel_reaches_every_branch),
      cmocka_unit_test(a_suspended_run_takes_answers_and_goes_on_with_all),
      cmocka_unit_test(a_retry_of_the_run_goes_on_where_each_branch_was),
      cmocka_unit_test(a_retry_of_the_run_guards_the_fork_once),
      cmocka_unit_test(forks_nest),
      cmocka_unit_test(waking_ends_the_wait_that_is_due_first),
      cmocka_unit_test(the_bound_on_tasks_holds_among_branches),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
