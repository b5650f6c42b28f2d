// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define RUN(more) "{run: {workflow: {namespace: test, name: child, version: latest, input: {n: '${ .n }'}}" more "}}"

static const char one_child[] = STORY_HEAD "do:\n- first: " RUN("") "\n- then: {set: {was: '${ . }'}}\n";

static void a_child_is_an_action_without_a_deadline(void **state) {
  (void)state;
  struct story *story = story_of(one_child, "{\"n\":1}");
  assert_int_equal(story->last.effect_count, 1);
  const struct wf_effect *effect = &story->last.effects[0];
  assert_int_equal(effect->kind, WF_EFFECT_REQUEST);
  assert_int_equal(effect->function->native, WF_NATIVE_CHILD);
  assert_string_equal(story_json(story, effect->arguments), "{\"input\":{\"n\":1},\"name\":\"child\",\"namespace\":\"test\",\"version\":\"latest\"}");
  assert_int_equal(story->last.timer_count, 0);
  assert_int_equal(story->run->waiting_for, WF_FOR_CHILD);
  assert_int_equal(story->run->next_wake_at, 0);
  story_free(story);
}

static void its_id_is_recorded_and_of_the_same_home(void **state) {
  (void)state;
  struct story *story = story_of(one_child, "{\"n\":1}");
  const char *text = wf_run_action(story->run, 1)->external_reference;
  struct uuid id;
  assert_int_equal(uuid_parse(text, strlen(text), &id), 0);
  assert_int_equal(uuid_home(&id), uuid_home(&story->run->identity.run_id));
  assert_int_equal(uuid_recipient(&id), 1);
  assert_true(uuid_time(&id) / USEC_PER_MSEC == story->now / USEC_PER_MSEC);
  story_free(story);
}

static void children_of_one_turn_differ(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- both: {fork: {branches: [{a: " RUN("") "}, {b: " RUN("") "}]}}\n", "{\"n\":1}");
  assert_int_equal(story->last.effect_count, 2);
  assert_string_not_equal(wf_run_action(story->run, 1)->external_reference, wf_run_action(story->run, 2)->external_reference);
  story_free(story);
}

static void its_output_is_the_tasks(void **state) {
  (void)state;
  struct story *story = story_of(one_child, "{\"n\":1}");
  story_completed(story, 1, 1, "{\"stdout\":\"a\",\"stderr\":\"b\",\"code\":0}");
  assert_string_equal(story_json(story, story->run->output), "{\"was\":{\"code\":0,\"stderr\":\"b\",\"stdout\":\"a\"}}");
  story_free(story);
}

static void its_error_is_the_tasks(void **state) {
  (void)state;
  struct story *story = story_of(one_child, "{\"n\":1}");
  story_failed(story, 1, 1, "https://example.com/errors/broken");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "type"), "\"https://example.com/errors/broken\"");
  assert_string_equal(story_error(story, "instance"), "\"/do/0/first\"");
  story_free(story);
}

static void a_retry_is_another_child(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- safe:\n    try: [{first: " RUN("") "}]\n    catch: {retry: {delay: PT1S, limit: {attempt: {count: 2}}}}\n", "{\"n\":1}");
  char first[UUID_TEXT_SIZE];
  strcpy(first, wf_run_action(story->run, 1)->external_reference);
  story_failed(story, 1, 1, "https://example.com/errors/broken");
  assert_true(story_due(story));
  assert_int_equal(wf_run_action(story->run, 1)->attempt, 2);
  assert_string_not_equal(wf_run_action(story->run, 1)->external_reference, first);
  story_free(story);
}

static void a_timeout_recalls_it(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- first: {run: {workflow: {name: child}}, timeout: {after: PT5S}}\n", NULL);
  assert_true(story_due(story));
  assert_int_equal(story_count(story, WF_ACTION_CANCELLED), 1);
  assert_int_equal(story->last.effects[0].kind, WF_EFFECT_CANCEL);
  assert_int_equal(story->last.effects[0].function->native, WF_NATIVE_CHILD);
  story_free(story);
}

static void a_suspended_parent_takes_the_answer_and_waits(void **state) {
  (void)state;
  struct story *story = story_of(one_child, "{\"n\":1}");
  story_control(story, WF_CONTROL_SUSPEND, "wait");
  story_completed(story, 1, 1, "{}");
  assert_int_equal(story->run->status, WF_SUSPENDED);
  story_control(story, WF_CONTROL_RESUME, "go");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void a_resume_does_not_ask_again(void **state) {
  (void)state;
  struct story *story = story_of(one_child, "{\"n\":1}");
  story_control(story, WF_CONTROL_SUSPEND, "wait");
  story_control(story, WF_CONTROL_RESUME, "go");
  assert_int_equal(story->last.effect_count, 0);
  assert_int_equal(story->run->waiting_for, WF_FOR_CHILD);
  story_free(story);
}

static void one_that_is_not_awaited_is_on_its_own(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- first: " RUN(", await: false") "\n", "{\"n\":1}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), "{\"n\":1}"); // its input
  assert_int_equal(story->last.effect_count, 1);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_child_is_an_action_without_a_deadline),
      cmocka_unit_test(its_id_is_recorded_and_of_the_same_home),
      cmocka_unit_test(children_of_one_turn_differ),
      cmocka_unit_test(its_output_is_the_tasks),
      cmocka_unit_test(its_error_is_the_tasks),
      cmocka_unit_test(a_retry_is_another_child),
      cmocka_unit_test(a_timeout_recalls_it),
      cmocka_unit_test(a_suspended_parent_takes_the_answer_and_waits),
      cmocka_unit_test(a_resume_does_not_ask_again),
      cmocka_unit_test(one_that_is_not_awaited_is_on_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
