// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

static void a_task_timeout_recalls_a_call(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {call: voice.call, timeout: {after: PT20S}}\n", "{}");
  usec_t start = story->now;
  assert_true(story->run->next_wake_at == start + 20 * USEC_PER_SEC);
  assert_true(story_due(story));
  assert_int_equal(story->last.effects[0].kind, WF_EFFECT_CANCEL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "status"), "408");
  assert_string_equal(story_error(story, "instance"), "\"/do/0/a\"");
  assert_non_null(strstr(story->steps[0], "status=faulted"));
  assert_non_null(strstr(story->actions[0], "status=cancelled"));
  story_free(story);
}

static void a_timeout_may_be_an_expression(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- a: {wait: PT1H, timeout: {after: '${ .limit }'}}\n", "{\"limit\":\"PT7S\"}");
  assert_true(story->run->next_wake_at == story->now + 7 * USEC_PER_SEC);
  story_free(story);
}

static void a_task_that_ends_in_time_disarms_its_timeout(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- a: {call: voice.call, timeout: {after: PT20S}}\n- b: {wait: PT1H}\n", "{}");
  story_completed(story, 1, 1, "{}");
  assert_false(wf_run_timer_live(story->run, 1));
  size_t before = story->event_count;
  story_timer(story, 1);
  story_timer(story, 2);
  assert_int_equal(story->event_count, before);
  story_free(story);
}

static void a_tries_own_timeout_is_not_its_to_catch(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t: {timeout: {after: PT5S}, try: [{w: {wait: PT1H}}], catch: {}}\n", "{}");
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_STEP_CAUGHT), 0);
  story_free(story);
}

static void a_timeout_goes_on_through_backoffs(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- t: {timeout: {after: PT5M}, try: [{c: {call: crm.update}}], catch: {retry: {delay: PT1H}}}\n",
      "{}");
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  assert_true(story->run->next_wake_at == story->now + 5 * USEC_PER_MIN);
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "timeout");
  story_free(story);
}

static void the_workflows_timeout_ends_everything(void **state) {
  (void)state;
  struct story *story =
      story_of("timeout: {after: PT1M}\n" STORY_HEAD "do:\n- t: {try: [{c: {call: voice.call}}], catch: {}}\n", "{}");
  assert_true(story_due(story));
  assert_string_equal(story_types(story), "run.created run.started step.started step.started action.requested "
                                          "action.cancelled step.cancelled step.cancelled run.faulted");
  assert_string_equal(story->run->fault.code, "timeout");
  assert_int_equal(story->last.effect_count, 1);
  story_free(story);
}

// The daemon was down: what was due in the meantime fires in the order it was due.
static void what_was_missed_fires_in_due_order(void **state) {
  (void)state;
  struct story *story =
      story_of("timeout: {after: PT2H}\n" STORY_HEAD "do:\n- a: {wait: PT1H}\n- b: {call: voice.call}\n", "{}");
  story->now += USEC_PER_DAY;
  story_timer(story, 2); // the wait
  assert_string_equal(story_types(story),
                      "run.created run.started step.started step.waiting step.completed run.faulted");
  story_free(story);
}

static void an_answer_still_counts_before_its_deadline_fires(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {call: crm.update}\n", "{}");
  story->now += USEC_PER_HOUR;
  story_completed(story, 1, 1, "{}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void timers_are_listed_by_due_time(void **state) {
  (void)state;
  struct story *story =
      story_of("timeout: {after: PT1H}\n" STORY_HEAD "do:\n- a: {call: voice.call, timeout: {after: PT2M}}\n", "{}");
  struct wf_armed armed[4];
  assert_int_equal(wf_run_timers(story->run, armed, 4), 3);
  assert_int_equal(armed[0].timer_no, 2);
  assert_int_equal(armed[0].step_no, 1);
  assert_int_equal(armed[1].action_no, 1);
  assert_int_equal(armed[2].timer_no, 1);
  assert_int_equal(armed[2].step_no, 0);
  assert_int_equal(wf_run_timers(story->run, armed, 1), 3);
  assert_int_equal(armed[0].timer_no, 2);
  assert_int_equal(wf_run_timers(story->run, NULL, 0), 3);
  story_free(story);
}

static void a_timeout_of_nothing_repeats_no_more_than_bounded(void **state) {
  (void)state;
  struct story *story = story_new(
      STORY_HEAD "do:\n- t: {try: [{w: {wait: PT1H}}], catch: {retry: {limit: {attempt: {duration: PT0S}}}}}\n");
  story->bounds.steps_max = 60;
  story_create(story, "{}", NULL);
  for (int i = 0; i < 200 && !wf_status_ended(story->run->status); i++) assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "steps_exceeded");
  story_free(story);
}

static void a_timer_before_its_time_comes_again(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {wait: P60D}\n", "{}");
  size_t before = story->event_count;
  for (int suspended = 0; suspended < 2; suspended++) {
    if (suspended) story_control(story, WF_CONTROL_SUSPEND, NULL);
    story->now += 28 * USEC_PER_DAY;
    story_timer(story, 1);
    assert_int_equal(story->event_count, before + (size_t)suspended);
    assert_int_equal(story->last.timer_count, 1);
    assert_int_equal(story->last.timers[0].timer_no, 1);
    assert_true(story->last.timers[0].due_at == story->now + (32 - 28 * suspended) * USEC_PER_DAY);
  }
  story_free(story);
}

static void a_silent_worker_is_given_up_before_its_deadline(void **state) {
  (void)state;
  const char *document = STORY_HEAD "do:\n- t: {try: [{a: {call: voice.call}}], catch: {retry: {delay: PT1S}}}\n";
  struct story *story = story_of(document, "{}");
  story_timer(story, 1);
  assert_int_equal(story_count(story, WF_ACTION_TIMED_OUT), 1);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  story_free(story);
  story = story_of(document, "{}");
  story_control(story, WF_CONTROL_SUSPEND, NULL);
  story_timer(story, 1);
  assert_int_equal(story_last(story, WF_ACTION_TIMED_OUT)->seq, story->run->last_seq);
  story_control(story, WF_CONTROL_RESUME, NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_task_timeout_recalls_a_call),
      cmocka_unit_test(a_timeout_may_be_an_expression),
      cmocka_unit_test(a_task_that_ends_in_time_disarms_its_timeout),
      cmocka_unit_test(a_tries_own_timeout_is_not_its_to_catch),
      cmocka_unit_test(a_timeout_goes_on_through_backoffs),
      cmocka_unit_test(the_workflows_timeout_ends_everything),
      cmocka_unit_test(what_was_missed_fires_in_due_order),
      cmocka_unit_test(an_answer_still_counts_before_its_deadline_fires),
      cmocka_unit_test(timers_are_listed_by_due_time),
      cmocka_unit_test(a_timeout_of_nothing_repeats_no_more_than_bounded),
      cmocka_unit_test(a_timer_before_its_time_comes_again),
      cmocka_unit_test(a_silent_worker_is_given_up_before_its_deadline),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
