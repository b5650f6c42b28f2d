// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

static const char one_call[] = STORY_HEAD "do:\n- first: {call: crm.update, with: {n: '${ .n }'}}\n";

static void a_request_names_everything_a_worker_needs(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  assert_int_equal(story->last.effect_count, 1);
  const struct wf_effect *effect = &story->last.effects[0];
  assert_int_equal(effect->kind, WF_EFFECT_REQUEST);
  assert_int_equal(effect->action_no, 1);
  assert_int_equal(effect->attempt, 1);
  assert_int_equal(effect->seq, story_last(story, WF_ACTION_REQUESTED)->seq);
  assert_string_equal(effect->function->name, "crm.update");
  assert_string_equal(effect->reference, "/do/0/first");
  assert_string_equal(story_json(story, effect->arguments), "{\"n\":1}");
  assert_true(effect->deadline_at == story->now + 10 * USEC_PER_SEC);
  assert_int_equal(story->last.timer_count, 1);
  assert_int_equal(story->last.timers[0].action_no, 1);
  assert_true(story->last.timers[0].due_at == effect->deadline_at);
  story_free(story);
}

static void without_arguments_it_is_an_empty_object(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- first: {call: crm.update}\n", NULL);
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "{}");
  story_free(story);
}

static void an_answer_fills_the_rows(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  story_result(story, &(struct wf_result){.action_no = 1,
                                          .attempt = 1,
                                          .completed = true,
                                          .output = jv_null(),
                                          .outcome = "done",
                                          .external_reference = "crm-5",
                                          .summary = "Updated",
                                          .detail_internal = "took 3 ms"});
  assert_non_null(strstr(story->steps[0], "outcome=\"done\" external_reference=\"crm-5\""));
  assert_non_null(strstr(story->actions[0], "outcome=\"done\" external_reference=\"crm-5\" summary=\"Updated\""));
  assert_string_equal(story_last(story, WF_ACTION_COMPLETED)->detail_internal, "took 3 ms");
  assert_string_equal(story_json(story, story->run->output), "null");
  story_free(story);
}

static void a_failure_keeps_public_and_internal_apart(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  story_result(story, &(struct wf_result){.action_no = 1,
                                          .attempt = 1,
                                          .error_type = "https://e.com/crm-down",
                                          .error_status = 502,
                                          .error_title = "CRM down",
                                          .summary = "We will try later",
                                          .detail_internal = "host crm-3"});
  const struct wf_event *event = story_last(story, WF_ACTION_FAILED);
  assert_string_equal(event->reason_code, "crm-down");
  assert_string_equal(event->summary, "We will try later");
  assert_string_equal(event->detail_internal, "host crm-3");
  assert_null(strstr(story_json(story, event->data), "crm-3"));
  assert_string_equal(story->run->fault.summary, "We will try later");
  assert_string_equal(story->run->fault.detail_internal, "host crm-3");
  assert_string_equal(story_error(story, "status"), "502");
  story_free(story);
}

static void a_failure_without_words_has_defaults(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  story_result(story, &(struct wf_result){.action_no = 1, .attempt = 1});
  assert_string_equal(story_error(story, "type"), "\"https://serverlessworkflow.io/spec/1.0.0/errors/communication\"");
  assert_string_equal(story_error(story, "status"), "500");
  assert_string_equal(story_error(story, "instance"), "\"/do/0/first\"");
  story_free(story);
}

static void a_process_that_fails_is_a_runtime_error(void **state) {
  (void)state;
  static const char *const processes[] = {"container: {image: i}", "script: {language: js, code: c}", "shell: {command: c}"};
  for (size_t i = 0; i < sizeof processes / sizeof *processes; i++) {
    char document[500];
    snprintf(document, sizeof document, STORY_HEAD "do:\n- a: {run: {%s}}\n", processes[i]);
    struct story *story = story_of(document, NULL);
    story_result(story, &(struct wf_result){.action_no = 1, .attempt = 1});
    assert_string_equal(story_error(story, "type"), "\"https://serverlessworkflow.io/spec/1.0.0/errors/runtime\"");
    story_free(story);
  }
}

static void a_second_answer_changes_nothing(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {call: crm.update}\n- b: {call: crm.update}\n", "{}");
  story_completed(story, 1, 1, "1");
  story_completed(story, 1, 1, "2");
  assert_int_equal(story_count(story, WF_ACTION_LATE), 1);
  assert_string_equal(story_last(story, WF_ACTION_LATE)->reason_code, "action_ended");
  assert_string_equal(story_json(story, story->events[4].data), "{\"output\":1}");
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  story_free(story);
}

static void answers_of_other_attempts_are_late(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- t: {try: [{c: {call: crm.update}}], catch: {retry: {}}}\n", "{}");
  story_failed(story, 1, 1, NULL);
  story_completed(story, 1, 1, "1");
  assert_string_equal(story_last(story, WF_ACTION_LATE)->reason_code, "older_attempt");
  story_completed(story, 1, 3, "1");
  assert_string_equal(story_last(story, WF_ACTION_LATE)->reason_code, "unknown_attempt");
  story_completed(story, 2, 1, "1");
  assert_string_equal(story_last(story, WF_ACTION_LATE)->reason_code, "unknown_action");
  story_completed(story, 0, 1, "1");
  assert_string_equal(story_last(story, WF_ACTION_LATE)->reason_code, "unknown_action");
  story_completed(story, 1, 2, "1");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void late_answers_are_recorded_only_so_often(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  story_completed(story, 1, 1, "1");
  enum wf_status status = story->run->status;
  usec_t ended_at = story->run->ended_at;
  for (int i = 0; i < 3 * WF_LATE_RESULTS_MAX; i++) story_completed(story, 1, 1, "2");
  assert_int_equal(story_count(story, WF_ACTION_LATE), WF_LATE_RESULTS_MAX);
  assert_int_equal(story->run->status, status);
  assert_true(story->run->ended_at == ended_at);
  assert_int_equal(story->run->error_count, 0);
  story_free(story);
}

static void an_output_too_large_is_a_failure(void **state) {
  (void)state;
  struct story *story = story_new(STORY_HEAD "do:\n- t: {try: [{c: {call: crm.update}}], catch: {retry: {}}}\n");
  story->bounds.value_bytes_max = 30;
  story_create(story, "{}", NULL);
  story_completed(story, 1, 1, "\"0123456789012345678901234567890123456789\"");
  assert_string_equal(story->run->fault.code, "runtime");
  assert_int_equal(story->run->status, WF_FAULTED); // not tried again
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 1);
  story_free(story);
}

static void a_deadline_recalls_the_action(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  assert_true(story_due(story));
  assert_int_equal(story_count(story, WF_ACTION_TIMED_OUT), 1);
  assert_int_equal(story->last.effect_count, 1);
  assert_int_equal(story->last.effects[0].kind, WF_EFFECT_CANCEL);
  assert_string_equal(story->last.effects[0].function->topic, "crm");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "timeout");
  story_free(story);
}

static void arguments_that_change_are_told_again(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t:\n    try: [{same: {call: crm.update, with: {a: 1}}}, {clock: {call: crm.update, "
                          "with: {t: '${ now }'}}}]\n    catch: {retry: {delay: PT1S}}\n",
               "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  story_due(story);
  assert_false(jv_object_has(jv_copy(story_last(story, WF_ACTION_REQUESTED)->data), jv_string("arguments")));
  story_completed(story, 1, 2, "{}");
  assert_true(jv_object_has(jv_copy(story_last(story, WF_ACTION_REQUESTED)->data), jv_string("arguments")));
  story_free(story);
}

// ---- in a sandbox -----------------------------------------------------------------

static struct story *rehearsal(const char *document, const char *results) {
  struct story *story = story_new(document);
  story->sandbox = true;
  story->results = results;
  story_create(story, "{\"n\":1}", NULL);
  return story;
}

static void in_a_sandbox_nobody_is_asked(void **state) {
  (void)state;
  struct story *story = rehearsal(one_call, NULL);
  assert_string_equal(story_types(story), "run.created run.started step.started action.rehearsed step.completed run.completed");
  assert_int_equal(story->last.effect_count, 0);
  assert_int_equal(story->last.timer_count, 0);
  assert_non_null(strstr(story->steps[0], "outcome=\"rehearsed\""));
  assert_non_null(strstr(story->actions[0], "outcome=\"rehearsed\""));
  assert_null(strstr(story->actions[0], "requested_at"));
  assert_string_equal(story_json(story, story->run->output), "{}");
  story_free(story);
}

static void in_a_sandbox_a_task_gives_what_it_was_told(void **state) {
  (void)state;
  struct story *story = rehearsal(STORY_HEAD "do:\n- a: {call: crm.update, export: {as: '{a: $output}'}}\n- b: {call: crm.update}\n- c: {call: crm.update}\n",
                                  "{\"a\":{\"id\":7},\"b\":null}");
  assert_string_equal(story_json(story, story->run->context), "{\"a\":{\"id\":7}}");
  assert_non_null(strstr(story->actions[1], "output=null"));
  assert_string_equal(story_json(story, story->run->output), "{}");
  story_free(story);
}

static void in_a_sandbox_arguments_are_evaluated(void **state) {
  (void)state;
  struct story *story = rehearsal(STORY_HEAD "do:\n- first: {call: crm.update, with: {n: '${ .n.m }'}}\n", NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story->action_rows, 0);
  story_free(story);
}

// What is entered again is another attempt of the same action.
static void in_a_sandbox_a_retry_rehearses_again(void **state) {
  (void)state;
  struct story *story = rehearsal(STORY_HEAD "do:\n- t:\n    try:\n    - a: {call: crm.update}\n    - b: {raise: {error: {type: 'x://y', status: 503}}}\n"
                                             "    catch: {retry: {delay: PT1M, limit: {attempt: {count: 1}}}}\n", NULL);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY); // delays are as ever
  assert_true(story_due(story));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_ACTION_REHEARSED), 2);
  assert_int_equal(story_last(story, WF_ACTION_REHEARSED)->attempt, 2);
  assert_int_equal(story->action_rows, 1);
  story_free(story);
}

// ---- processes ------------------------------------------------------------------

#define PROCESS(rest) STORY_HEAD "do:\n- a: {run: {shell: {command: ls}" rest "}}\n"

static void returns(const char *document, const char *answer, const char *expected) {
  struct story *story = story_of(document, "{\"n\":1}");
  assert_string_equal(story->last.effects[0].function->name, "shell");
  story_completed(story, 1, 1, answer);
  assert_string_equal(story_json(story, story->run->output), expected);
  story_free(story);
}

static void a_process_gives_what_return_asks_for(void **state) {
  (void)state;
  static const char all[] = "{\"code\":3,\"stdout\":\"out\",\"stderr\":\"err\"}";
  returns(PROCESS(""), all, "\"out\"");
  returns(PROCESS(", return: stderr"), all, "\"err\"");
  returns(PROCESS(", return: code"), all, "3");
  returns(PROCESS(", return: all"), all, "{\"code\":3,\"stderr\":\"err\",\"stdout\":\"out\"}");
  returns(PROCESS(", return: none"), all, "null");
  returns(PROCESS(""), "\"plain\"", "\"plain\"");
  returns(PROCESS(""), "{\"code\":1}", "{\"code\":1}");
}

static void nobody_waits_for_what_is_not_awaited(void **state) {
  (void)state;
  struct story *story = story_of(PROCESS(", await: false"), "{\"n\":1}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), "{\"n\":1}");
  assert_int_equal(story->last.effect_count, 1);
  assert_int_equal(story->last.effects[0].kind, WF_EFFECT_REQUEST);
  assert_true(story->last.effects[0].deadline_at == 0);
  assert_int_equal(story->last.timer_count, 0);
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "{\"await\":false,\"command\":\"ls\",\"return\":\"stdout\"}");
  assert_non_null(strstr(story->actions[0], "outcome=\"not_awaited\""));
  story_completed(story, 1, 1, "\"out\"");
  assert_string_equal(story_last(story, WF_ACTION_LATE)->reason_code, "run_ended");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_process_gives_what_return_asks_for),
      cmocka_unit_test(nobody_waits_for_what_is_not_awaited),
      cmocka_unit_test(in_a_sandbox_nobody_is_asked),
      cmocka_unit_test(in_a_sandbox_a_task_gives_what_it_was_told),
      cmocka_unit_test(in_a_sandbox_arguments_are_evaluated),
      cmocka_unit_test(in_a_sandbox_a_retry_rehearses_again),
      cmocka_unit_test(a_request_names_everything_a_worker_needs),
      cmocka_unit_test(without_arguments_it_is_an_empty_object),
      cmocka_unit_test(an_answer_fills_the_rows),
      cmocka_unit_test(a_failure_keeps_public_and_internal_apart),
      cmocka_unit_test(a_failure_without_words_has_defaults), cmocka_unit_test(a_process_that_fails_is_a_runtime_error),
      cmocka_unit_test(a_second_answer_changes_nothing),
      cmocka_unit_test(answers_of_other_attempts_are_late),
      cmocka_unit_test(late_answers_are_recorded_only_so_often),
      cmocka_unit_test(an_output_too_large_is_a_failure),
      cmocka_unit_test(a_deadline_recalls_the_action),
      cmocka_unit_test(arguments_that_change_are_told_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
