// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define FAIL "{call: crm.update}"
#define RETRY(policy)                                                                                                  \
  STORY_HEAD "do:\n- t:\n    try: [{c: " FAIL "}]\n    catch:\n      retry: " policy "\n- after: {set: {after: "       \
             "true}}\n"

static const char communication[] = "https://serverlessworkflow.io/spec/1.0.0/errors/communication";

static struct story *failed_once(const char *document) {
  struct story *story = story_of(document, "{}");
  story_failed(story, 1, 1, communication);
  return story;
}

static void an_uncaught_error_faults_everything_around(void **state) {
  (void)state;
  struct story *story = failed_once(STORY_HEAD "do:\n- a: {do: [{b: {do: [{c: " FAIL "}]}}]}\n");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_STEP_FAULTED), 3);
  assert_int_equal(story_last(story, WF_RUN_FAULTED)->seq, story->run->last_seq);
  assert_string_equal(story->run->fault.code, "communication");
  assert_string_equal(story->run->reason_code, "communication");
  story_free(story);
}

static void one_error_is_told_once(void **state) {
  (void)state;
  struct story *story = failed_once(STORY_HEAD "do:\n- a: {do: [{b: " FAIL "}]}\n");
  int told = 0;
  for (size_t i = 0; i < story->event_count; i++) {
    jv data = story->events[i].data;
    told += jv_is_valid(data) && jv_object_has(jv_copy(data), jv_string("error"));
  }
  assert_int_equal(told, 1);
  story_free(story);
}

static void a_filter_matches_each_of_its_members(void **state) {
  (void)state;
  const struct {
    const char *with;
    bool caught;
  } cases[] = {{"{status: 503}", true},
               {"{status: 504}", false},
               {"{type: 'https://e.com/busy'}", true},
               {"{type: 'https://e.com/full'}", false},
               {"{title: Busy}", true},
               {"{title: busy}", false},
               {"{detail: line 3}", true},
               {"{instance: /do/0/t/try/0/r}", true},
               {"{instance: /do/0/t}", false},
               {"{status: 503, title: Other}", false},
               {"{status: 503, title: Busy}", true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buf document = {0};
    buf_printf(
        &document,
        STORY_HEAD
        "do:\n- t:\n    try: [{r: {raise: {error: {type: 'https://e.com/busy', status: 503, title: Busy, detail: line "
        "3}}}}]\n    catch: {errors: {with: %s}}\n",
        cases[i].with);
    buf_put_u8(&document, 0);
    struct story *story = story_of(document.data, "{}");
    if (story->run->status != (cases[i].caught ? WF_COMPLETED : WF_FAULTED)) fail_msg("with %s", cases[i].with);
    story_free(story);
    buf_free(&document);
  }
}

static void a_filter_takes_each_spelling_of_a_standard_type(void **state) {
  (void)state;
  struct story *story = failed_once(STORY_HEAD
                                    "do:\n- t:\n    try: [{c: " FAIL "}]\n    catch: {errors: {with: {type: "
                                    "https://serverlessworkflow.io/dsl/errors/types/communication}}}\n");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
  story = failed_once(STORY_HEAD "do:\n- t:\n    try: [{c: " FAIL "}]\n    catch: {errors: {with: {type: "
                                 "https://serverlessworkflow.io/dsl/errors/types/timeout}}}\n");
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
}

static void a_catch_may_go_elsewhere(void **state) {
  (void)state;
  static const char *const handlers[][2] = {{"{then: c}", "{\"c\":1}"},
                                            {"{then: end, do: [{h: {set: {h: 1}}}]}", "{\"h\":1}"},
                                            {"{do: [{h: {set: {h: 1}, then: exit}}], then: c}", "{\"c\":1}"},
                                            {"{do: [{h: {set: {h: 1}, then: end}}], then: c}", "{\"h\":1}"},
                                            {"{}", "{\"b\":1}"}};
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
    struct buf document = {0};
    buf_printf(&document, STORY_HEAD "do:\n- t: {try: [{x: " FAIL "}], catch: %s, then: b}\n"
                          "- a: {set: {a: 1}}\n- b: {set: {b: 1}, then: end}\n- c: {set: {c: 1}}\n", handlers[i][0]);
    buf_put_u8(&document, 0);
    struct story *story = failed_once(document.data);
    assert_int_equal(story->run->status, WF_COMPLETED);
    assert_string_equal(story_json(story, story->run->output), handlers[i][1]);
    story_free(story);
    buf_free(&document);
  }
}

static void a_try_without_an_error_goes_its_own_way(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- t: {try: [{x: {set: {x: 1}}}], catch: {then: end}}\n- b: {set: {b: 1}}\n", "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"b\":1}");
  story_free(story);
}

static void when_and_except_when_see_the_error(void **state) {
  (void)state;
  const struct {
    const char *condition;
    bool caught;
  } cases[] = {{"when: '${ $oops.status == 503 }'", true},
               {"when: '${ $oops.status == 500 }'", false},
               {"exceptWhen: '${ $oops.title == \"Busy\" }'", false},
               {"exceptWhen: '${ .n == 2 }'", true},
               {"when: '${ .n == 1 }', exceptWhen: '${ .n == 1 }'", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct buf document = {0};
    buf_printf(&document,
               STORY_HEAD
               "do:\n- t:\n    try: [{r: {raise: {error: {type: 'https://e.com/busy', status: 503, title: Busy}}}}]\n"
               "    catch: {as: oops, %s}\n",
               cases[i].condition);
    buf_put_u8(&document, 0);
    struct story *story = story_of(document.data, "{\"n\":1}");
    if (story->run->status != (cases[i].caught ? WF_COMPLETED : WF_FAULTED)) fail_msg("%s", cases[i].condition);
    story_free(story);
    buf_free(&document);
  }
}

static void a_condition_that_fails_is_an_error_of_the_try(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t:\n    try: [{c: " FAIL "}]\n    catch: {when: '${ .n.x }'}\n", "{\"n\":1}");
  story_failed(story, 1, 1, communication);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "expression");
  assert_string_equal(story_error(story, "instance"), "\"/do/0/t\"");
  assert_non_null(strstr(story->steps[1], "code=\"communication\""));
  story_free(story);
}

static void what_the_inner_try_leaves_the_outer_catches(void **state) {
  (void)state;
  struct story *story = failed_once(STORY_HEAD "do:\n- o:\n    try:\n    - i: {try: [{c: " FAIL
                                               "}], catch: {errors: {with: {status: 404}}}}\n"
                                               "    catch: {do: [{d: {set: {caught: '${ $error.status }'}}}]}\n");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), "{\"caught\":500}");
  assert_int_equal(story_count(story, WF_STEP_FAULTED), 2); // the call and the inner try
  story_free(story);
}

static void without_catch_do_the_input_goes_on(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t: {try: [{s: {set: {x: 1}}}, {c: " FAIL "}], catch: {}}\n", "{\"n\":1}");
  story_failed(story, 1, 1, NULL);
  assert_string_equal(story_json(story, story->run->output), "{\"n\":1}");
  story_free(story);
}

static void an_error_in_catch_do_goes_out(void **state) {
  (void)state;
  struct story *story =
      failed_once(STORY_HEAD "do:\n- t: {try: [{c: " FAIL
                             "}], catch: {retry: {delay: PT1S, limit: {attempt: {count: 0}}}, do: [{d: {raise: {error: "
                             "{type: 'https://e.com/sorry', status: 500}}}}]}}\n");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "sorry");
  assert_int_equal(story_count(story, WF_STEP_CAUGHT), 1);
  story_free(story);
}

static void a_retry_is_the_same_step_and_the_same_action(void **state) {
  (void)state;
  struct story *story = failed_once(RETRY("{delay: PT1S, limit: {attempt: {count: 2}}}"));
  assert_int_equal(story->run->retry_count, 1);
  assert_int_equal(story->run->max_retries, 2);
  assert_true(story->run->next_retry_at == story->now + USEC_PER_SEC);
  assert_non_null(strstr(story->steps[1], "attempt=1 status=waiting"));
  assert_true(story_due(story));
  story_failed(story, 1, 2, communication);
  assert_true(story_due(story));
  story_completed(story, 1, 3, "{}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_int_equal(story->run->last_step_no, 3);
  assert_int_equal(story->run->last_action_no, 1);
  assert_non_null(strstr(story->steps[1], "visit=1 attempt=3 status=completed"));
  assert_non_null(strstr(story->steps[1], "max_attempts=3 retry_count=2"));
  assert_non_null(strstr(story->actions[0], "attempt=3 status=completed"));
  story_free(story);
}

static void every_task_of_the_block_is_visited_again(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- t:\n    try:\n    - a: {call: sms.send}\n    - d: {do: [{b: " FAIL
                                            "}]}\n    catch: {retry: {delay: PT1S}}\n",
                                 "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  assert_true(story_due(story));
  story_completed(story, 1, 2, "{}");
  story_completed(story, 2, 2, "{}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_int_equal(story->run->last_step_no, 4);
  assert_int_equal(story->run->last_action_no, 2);
  for (int i = 0; i < 4; i++) assert_non_null(strstr(story->steps[i], "visit=1 attempt=2 status=completed"));
  story_free(story);
}

static void an_outer_retry_starts_the_inner_count_anew(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- o:\n    try:\n    - i: {try: [{c: " FAIL
                          "}], catch: {errors: {with: {status: 500}}, retry: {delay: PT1S, limit: {attempt: {count: "
                          "1}}}, do: [{r: {raise: {error: {type: 'https://e.com/out', status: 501}}}}]}}\n"
                          "    catch: {retry: {delay: PT1M, limit: {attempt: {count: 1}}}}\n",
               "{}");
  for (int32_t attempt = 1; attempt <= 4; attempt++) {
    assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
    story_failed(story, 1, attempt, NULL);
    if (attempt < 4) assert_true(story_due(story));
  }
  assert_int_equal(story->run->status, WF_FAULTED); // the outer try has tried it again once
  assert_int_equal(story_count(story, WF_STEP_RETRY_SCHEDULED), 3);
  assert_int_equal(story_count(story, WF_ACTION_FAILED), 4);
  assert_int_equal(story->run->last_action_no, 1);
  story_free(story);
}

static void a_step_not_visited_again_keeps_its_failure(void **state) {
  (void)state;
  const char *document =
      STORY_HEAD "do:\n- t:\n    try:\n    - first: {call: sms.send}\n"
                 "    - pick: {switch: [{skip: {when: '${ .skip }', then: last}}]}\n"
                 "    - bad: " FAIL "\n    - last: {set: {done: true}}\n    catch: {retry: {delay: PT1S}}\n";
  struct story *story = story_of(document, "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  assert_true(story_due(story));
  story_completed(story, 1, 2, "{\"skip\":true}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_non_null(strstr(story->steps[3], "name=\"bad\""));
  assert_non_null(strstr(story->steps[3], "status=faulted"));
  story_free(story);
}

static void the_worker_may_rule_out_a_retry(void **state) {
  (void)state;
  struct story *story = story_of(RETRY("{delay: PT1S}"), "{}");
  story_result(story, &(struct wf_result){.action_no = 1, .attempt = 1, .retryable = false});
  assert_int_equal(story_count(story, WF_STEP_RETRY_SCHEDULED), 0);
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
}

static void the_worker_may_ask_for_a_longer_delay(void **state) {
  (void)state;
  struct story *story = story_of(RETRY("{delay: PT10S}"), "{}");
  usec_t now = story->now;
  story_result(story,
               &(struct wf_result){.action_no = 1, .attempt = 1, .retryable = true, .retry_after = 25 * USEC_PER_SEC});
  assert_true(story->run->next_wake_at == now + 25 * USEC_PER_SEC);
  story_due(story);
  now = story->now;
  story_result(story,
               &(struct wf_result){.action_no = 1, .attempt = 2, .retryable = true, .retry_after = 5 * USEC_PER_SEC});
  assert_true(story->run->next_wake_at == now + 10 * USEC_PER_SEC);
  story_free(story);
}

// Who has nothing but a retry has not dealt with what it leaves; who has more has.
static void a_retry_that_is_over_is_no_catch(void **state) {
  (void)state;
  static const struct {
    const char *policy;
    enum wf_status status;
  } cases[] = {
      {"retry: {limit: {attempt: {count: 1}}}", WF_FAULTED},
      {"retry: {limit: {attempt: {count: 1}}}, do: [{d: {set: {x: 1}}}]", WF_COMPLETED},
      {"retry: {limit: {attempt: {count: 1}}}, then: end", WF_COMPLETED},
      {"as: e", WF_COMPLETED},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char document[600];
    snprintf(document, sizeof document, STORY_HEAD "do:\n- t: {try: [{c: " FAIL "}], catch: {%s}}\n", cases[i].policy);
    struct story *story = story_of(document, "{}");
    for (int32_t attempt = 1; story->run->status == WF_RUNNING; attempt++) story_failed(story, 1, attempt, NULL);
    assert_int_equal(story->run->status, cases[i].status);
    assert_int_equal(story_count(story, WF_STEP_CAUGHT), cases[i].status == WF_COMPLETED);
    story_free(story);
  }
}

static void an_error_that_a_retry_leaves_is_caught_further_out(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- o:\n    try:\n    - i: {try: [{c: " FAIL
                                            "}], catch: {retry: {limit: {attempt: {count: 0}}}}}\n"
                                            "    catch: {do: [{w: {set: {where: '${ $error.instance }'}}}]}\n", "{}");
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->status, WF_COMPLETED);
  jv where = jv_object_get(jv_copy(story->run->output), jv_string("where"));
  assert_string_equal(jv_string_value(where), "/do/0/o/try/0/i/try/0/c");
  jv_free(where);
  assert_int_equal(story_count(story, WF_STEP_CAUGHT), 1);
  story_free(story);
}

static void retry_conditions_see_the_error(void **state) {
  (void)state;
  struct story *story = failed_once(RETRY("{delay: PT1S, when: '${ $error.status == 503 }'}"));
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
  story = failed_once(RETRY("{delay: PT1S, exceptWhen: '${ $error.status == 503 }'}"));
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  story_free(story);
}

static void the_whole_may_take_only_so_long(void **state) {
  (void)state;
  struct story *story = failed_once(RETRY("{delay: PT40S, limit: {duration: PT1M}}"));
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  story_due(story);
  story_failed(story, 1, 2, communication); // another 40 s would end after 80
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
}

static void one_attempt_may_take_only_so_long(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- t:\n    try: [{c: {call: voice.call}}]\n    catch:\n      retry: "
                                            "{delay: PT1S, limit: {attempt: {count: 1, duration: PT20S}}}\n",
                                 "{}");
  usec_t start = story->now;
  assert_true(story_due(story));
  assert_true(story->now == start + 20 * USEC_PER_SEC);
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  assert_int_equal(story_count(story, WF_ACTION_CANCELLED), 1);
  assert_string_equal(story_error(story, "status"), "408");
  assert_true(story_due(story));
  assert_int_equal(story->last.effect_count, 1);
  assert_int_equal(story->last.effects[0].attempt, 2);
  assert_true(story_due(story));
  assert_int_equal(story_count(story, WF_STEP_CAUGHT), 0);
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
}

static void without_a_delay_it_is_tried_again_at_once(void **state) {
  (void)state;
  struct story *story = failed_once(RETRY("{limit: {attempt: {count: 1}}}"));
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 2);
  assert_int_equal(story_last(story, WF_ACTION_REQUESTED)->attempt, 2);
  story_free(story);
}

static void an_error_of_an_expression_may_be_retried(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD
      "do:\n- t: {try: [{a: {set: {x: '${ .n.x }'}}}], catch: {retry: {delay: PT1S, limit: {attempt: {count: 1}}}}}\n",
      "{\"n\":1}");
  assert_int_equal(story->run->waiting_for, WF_FOR_RETRY);
  assert_int_equal(story_last(story, WF_STEP_RETRY_SCHEDULED)->level, WF_LEVEL_ERROR);
  assert_int_equal(story->run->error_count, 1);
  story_free(story);
}

static void delays_grow_and_jitter_is_recorded(void **state) {
  (void)state;
  struct story *story =
      failed_once(RETRY("{delay: PT10S, backoff: {exponential: {}}, jitter: {from: PT1S, to: PT2S}}"));
  for (int32_t attempt = 2; attempt < 6; attempt++) {
    usec_t delay = story->run->next_wake_at - story->now, base = (10 * USEC_PER_SEC) << (attempt - 2);
    assert_in_range(delay - base, USEC_PER_SEC, 2 * USEC_PER_SEC);
    assert_true(jv_object_has(jv_copy(story_last(story, WF_STEP_RETRY_SCHEDULED)->data), jv_string("jitter")));
    story_due(story);
    story_failed(story, 1, attempt, communication);
  }
  story_free(story);
}

// A step left out by the second attempt is no attempt's any more once the try is over.
static void a_later_visit_is_no_late_attempt(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do:\n- t:\n    try:\n    - a: {call: sms.send}\n"
                          "    - pick: {switch: [{skip: {when: '${ .skip }', then: c}}]}\n"
                          "    - b: {set: {b: true}}\n    - c: " FAIL "\n    catch: {retry: {delay: PT1S}}\n"
                          "- more: {switch: [{again: {when: '${ .again }', then: t}}]}\n",
               "{}");
  story_completed(story, 1, 1, "{}");
  story_failed(story, 2, 1, NULL);
  assert_true(story_due(story));
  story_completed(story, 1, 2, "{\"skip\":true}");
  story_completed(story, 2, 2, "{\"again\":true}");
  assert_int_equal(story->run->step_count, 2); // nothing of the first visit is kept
  story_completed(story, 3, 1, "{}");          // the second visit of a
  const char *row = story->steps[story->step_rows - 2];
  assert_non_null(strstr(row, "name=\"b\""));
  assert_non_null(strstr(row, "visit=2 attempt=1"));
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_uncaught_error_faults_everything_around),
      cmocka_unit_test(one_error_is_told_once),
      cmocka_unit_test(a_filter_takes_each_spelling_of_a_standard_type),
      cmocka_unit_test(a_catch_may_go_elsewhere),
      cmocka_unit_test(a_try_without_an_error_goes_its_own_way),
      cmocka_unit_test(a_filter_matches_each_of_its_members),
      cmocka_unit_test(when_and_except_when_see_the_error),
      cmocka_unit_test(a_condition_that_fails_is_an_error_of_the_try),
      cmocka_unit_test(what_the_inner_try_leaves_the_outer_catches),
      cmocka_unit_test(without_catch_do_the_input_goes_on),
      cmocka_unit_test(an_error_in_catch_do_goes_out),
      cmocka_unit_test(a_retry_is_the_same_step_and_the_same_action),
      cmocka_unit_test(every_task_of_the_block_is_visited_again),
      cmocka_unit_test(an_outer_retry_starts_the_inner_count_anew),
      cmocka_unit_test(a_step_not_visited_again_keeps_its_failure),
      cmocka_unit_test(the_worker_may_rule_out_a_retry),
      cmocka_unit_test(the_worker_may_ask_for_a_longer_delay),
      cmocka_unit_test(a_retry_that_is_over_is_no_catch),
      cmocka_unit_test(an_error_that_a_retry_leaves_is_caught_further_out),
      cmocka_unit_test(retry_conditions_see_the_error),
      cmocka_unit_test(the_whole_may_take_only_so_long),
      cmocka_unit_test(one_attempt_may_take_only_so_long),
      cmocka_unit_test(without_a_delay_it_is_tried_again_at_once),
      cmocka_unit_test(an_error_of_an_expression_may_be_retried),
      cmocka_unit_test(delays_grow_and_jitter_is_recorded),
      cmocka_unit_test(a_later_visit_is_no_late_attempt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
