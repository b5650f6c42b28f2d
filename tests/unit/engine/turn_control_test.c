// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

static const char call_and_wait[] =
    STORY_HEAD "do:\n- a: {call: voice.call}\n- b: {wait: PT1H}\n- c: {call: sms.send}\n";

static void a_cancel_says_who_and_why(void **state) {
  (void)state;
  struct story *story = story_of(call_and_wait, "{}");
  story_control(story, WF_CONTROL_CANCEL, "customer asked");
  const struct wf_event *event = story_last(story, WF_RUN_CANCELLED);
  assert_string_equal(event->summary, "customer asked");
  assert_string_equal(story_json(story, event->data), "{\"actor\":\"ops@example.com\"}");
  assert_string_equal(story->run->reason_code, "cancelled");
  assert_string_equal(story->run->reason_text, "customer asked");
  assert_int_equal(story->last.effects[0].kind, WF_EFFECT_CANCEL);
  assert_int_equal(story->run->step_count, 0); // nothing is kept of an ended run
  story_free(story);
}

static void what_does_not_apply_makes_no_event(void **state) {
  (void)state;
  struct story *story = story_of(call_and_wait, "{}");
  size_t before = story->event_count;
  story_control(story, WF_CONTROL_RESUME, NULL);
  story_control(story, WF_CONTROL_RETRY, NULL);
  story_control(story, WF_CONTROL_WAKE, NULL);
  assert_int_equal(story->event_count, before);
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  story_control(story, WF_CONTROL_WAKE, NULL);
  assert_int_equal(story->event_count, before + 1);
  story_control(story, WF_CONTROL_CANCEL, NULL);
  before = story->event_count;
  for (int kind = WF_CONTROL_CANCEL; kind <= WF_CONTROL_WAKE; kind++) story_control(story, (enum wf_control)kind, NULL);
  assert_int_equal(story->event_count, before);
  story_free(story);
}

static void a_suspended_run_starts_nothing(void **state) {
  (void)state;
  struct story *story = story_of(call_and_wait, "{}");
  story_control(story, WF_CONTROL_SUSPEND, "hold");
  assert_int_equal(story->run->status, WF_SUSPENDED);
  assert_int_equal(story->run->waiting_for, WF_FOR_RESUME);
  assert_int_equal(story->run->next_wake_at, 0);
  assert_int_equal(story->last.effect_count, 0);
  story_completed(story, 1, 1, "{}");
  assert_int_equal(story_last(story, WF_ACTION_COMPLETED)->seq, story->run->last_seq);
  story_control(story, WF_CONTROL_RESUME, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_TIMER);
  assert_null(story->run->reason_code);
  story_free(story);
}

static void clocks_run_on_while_suspended(void **state) {
  (void)state;
  struct story *story = story_of(call_and_wait, "{}");
  story_completed(story, 1, 1, "{}");
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  size_t before = story->event_count;
  assert_true(story_due(story));
  assert_int_equal(story->event_count, before);
  story_control(story, WF_CONTROL_RESUME, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  story_free(story);
}

static void a_deadline_passed_while_suspended_fires_at_resume(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t: {try: [{a: {call: voice.call}}], catch: {retry: {delay: PT10S}}}\n", "{}");
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  assert_true(story_due(story));
  assert_int_equal(story_count(story, WF_ACTION_TIMED_OUT), 0);
  story_control(story, WF_CONTROL_RESUME, NULL);
  assert_int_equal(story_count(story, WF_ACTION_TIMED_OUT), 1);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  story_free(story);
}

static void a_failure_while_suspended_is_handled_at_resume(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t: {try: [{a: {call: voice.call}}], catch: {retry: {delay: PT10S}}}\n", "{}");
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  story_result(story,
               &(struct wf_result){.action_no = 1, .attempt = 1, .retryable = true, .retry_after = USEC_PER_MIN});
  story_control(story, WF_CONTROL_RESUME, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  assert_true(story->run->next_wake_at == story->now + USEC_PER_MIN);
  story_free(story);
}

static void a_suspended_run_may_be_cancelled(void **state) {
  (void)state;
  struct story *story = story_of(call_and_wait, "{}");
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  story_control(story, WF_CONTROL_CANCEL, NULL);
  assert_int_equal(story->run->status, WF_CANCELLED);
  story_free(story);
}

static void a_retry_goes_on_from_the_failed_step(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- a: {call: sms.send}\n- o: {timeout: {after: PT1H}, do: [{b: {call: crm.update}}]}\n", "{}");
  story_completed(story, 1, 1, "{\"n\":1}");
  story_failed(story, 2, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  story->now += USEC_PER_DAY;
  story_control(story, WF_CONTROL_RETRY, "fixed");
  assert_int_equal(story->run->status, WF_RUNNING);
  assert_int_equal(story->run->ended_at, 0);
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 3);
  assert_int_equal(story->last.effects[0].action_no, 2);
  assert_int_equal(story->last.effects[0].attempt, 2);
  assert_non_null(strstr(story->steps[2], "attempt=2 status=running"));
  struct wf_armed armed[2];
  assert_int_equal(wf_run_timers(story->run, armed, 2), 2); // the timeout around it starts anew
  assert_true(armed[1].due_at == story->now + USEC_PER_HOUR);
  story_completed(story, 2, 2, "{}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void a_retry_after_the_workflows_timeout_starts_its_clock_anew(void **state) {
  (void)state;
  struct story *story = story_of("timeout: {after: PT1M}\n" STORY_HEAD "do:\n- a: {call: voice.call}\n", "{}");
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  story_control(story, WF_CONTROL_RETRY, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  assert_true(story->run->next_wake_at == story->now + USEC_PER_MIN);
  story_completed(story, 1, 2, "{}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void a_run_that_failed_before_its_start_starts_again(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "input: {from: '${ .n.x }'}\ndo:\n- a: {set: {y: 1}}\n", "{\"n\":4}");
  story_control(story, WF_CONTROL_RETRY, NULL);
  assert_string_equal(story_types(story), "run.created run.faulted run.retried run.faulted");
  story_free(story);
}

// Nothing inside it was open: going on inside it would pass over what failed.
static void a_task_that_failed_as_it_began_begins_anew(void **state) {
  (void)state;
  static const char *const wrong[] = {"if: '${ .n.x }'", "input: {from: '${ .n.x }'}", "timeout: {after: '${ .none }'}"};
  static const char *const tasks[] = {
      "do: [{a: {set: {y: 1}}}]",
      "for: {in: '${ .list }'}\n    do: [{a: {set: {y: 1}}}]",
      "fork: {branches: [{a: {set: {y: 1}}}, {b: {wait: PT1S}}]}",
      "try: [{a: {set: {y: 1}}}]\n    catch: {errors: {with: {status: 999}}}",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong * (sizeof tasks / sizeof *tasks); i++) {
    char document[600];
    snprintf(document, sizeof document, STORY_HEAD "do:\n- task:\n    %s\n    %s\n", wrong[i % 3], tasks[i / 3]);
    struct story *story = story_of(document, "{\"n\":4,\"list\":[1,2]}");
    story_control(story, WF_CONTROL_RETRY, NULL);
    assert_string_equal(story_types(story), "run.created run.started step.started step.faulted run.faulted "
                                            "run.retried step.started step.faulted run.faulted");
    assert_int_equal(story->run->last_step_no, 1);
    story_free(story);
  }
}

static void a_loop_over_no_list_fails_again(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- all: {for: {in: '${ .n }'}, do: [{a: {set: {y: 1}}}]}\n", "{\"n\":4}");
  assert_int_equal(story->run->status, WF_FAULTED);
  story_control(story, WF_CONTROL_RETRY, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_STEP_COMPLETED), 0);
  story_free(story);
}

static void waking_ends_a_wait_or_a_backoff_at_once(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- a: {wait: P1D}\n- t: {try: [{b: {call: crm.update}}], catch: {retry: {delay: P1D}}}\n", "{}");
  story_control(story, WF_CONTROL_WAKE, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  story_control(story, WF_CONTROL_WAKE, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  assert_int_equal(story_count(story, WF_RUN_WOKEN), 2);
  story_free(story);
}

static void a_retry_after_a_timeout_in_a_backoff_is_another_attempt(void **state) {
  (void)state;
  struct story *story = story_of("timeout: {after: PT1M}\n" STORY_HEAD
                                 "do:\n- t: {try: [{a: {call: crm.update}}], catch: {retry: {delay: PT1H}}}\n",
                                 "{}");
  story_failed(story, 1, 1, NULL);
  assert_true(story_due(story)); // the workflow's timeout
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_non_null(strstr(story->steps[1], "status=cancelled"));
  story_control(story, WF_CONTROL_RETRY, NULL);
  assert_int_equal(story->run->last_step_no, 2);
  assert_int_equal(story->last.effects[0].action_no, 1);
  assert_int_equal(story->last.effects[0].attempt, 2);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_cancel_says_who_and_why),
      cmocka_unit_test(what_does_not_apply_makes_no_event),
      cmocka_unit_test(a_suspended_run_starts_nothing),
      cmocka_unit_test(clocks_run_on_while_suspended),
      cmocka_unit_test(a_deadline_passed_while_suspended_fires_at_resume),
      cmocka_unit_test(a_failure_while_suspended_is_handled_at_resume),
      cmocka_unit_test(a_suspended_run_may_be_cancelled),
      cmocka_unit_test(a_retry_goes_on_from_the_failed_step),
      cmocka_unit_test(a_retry_after_the_workflows_timeout_starts_its_clock_anew),
      cmocka_unit_test(a_run_that_failed_before_its_start_starts_again),
      cmocka_unit_test(a_task_that_failed_as_it_began_begins_anew),
      cmocka_unit_test(a_loop_over_no_list_fails_again),
      cmocka_unit_test(waking_ends_a_wait_or_a_backoff_at_once),
      cmocka_unit_test(a_retry_after_a_timeout_in_a_backoff_is_another_attempt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
