// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine/fault.h"
#include "rehearse_fixture.h"

#define DOCUMENT HEAD "do:\n  - first: {call: callLead}\n  - second: {call: callLead}\n  - third: {call: sendSms}\n"

static void problem(const char *text, const char *expected) {
  struct arena *arena = arena_new();
  struct rehearse_source source = source_of(text, arena);
  struct rehearse_answers *answers = rehearse_answers_read(&source, arena);
  assert_true(source.problems.count >= 1);
  assert_string_equal(source.problems.items[0].text, expected);
  rehearse_answers_free(answers);
  arena_free(arena);
}

static void test_bad_answers(void **state) {
  (void)state;
  problem("[]", "answers are an object by function, task or reference, but this is a list");
  problem("{f: []}", "expected an answer, or a list of them that is not empty");
  problem("{f: 5}", "an answer (what the action gives is its `output`) is an object, but this is a number");
  problem("{f: {}}", "an answer has one of `output`, `error` and `never: true`");
  problem("{f: {output: 1, error: {}}}", "an answer has one of `output`, `error` and `never: true`");
  problem("{f: {outptu: 1}}", "unknown key `outptu` of an answer (what the action gives is its `output`), did you mean `output`?");
  problem("{f: {error: {statsu: 1}}}", "unknown key `statsu` of an error, did you mean `status`?");
  problem("{f: {error: {status: 1000}}}", "`status` is a number from 1 to 999");
  problem("{f: {error: {title: 5}}}", "`title` is a text, but this is a number");
  problem("{f: {error: {retryable: maybe}}}", "`retryable` is true or false");
  problem("{f: {output: 1, delay: soon}}", "expected a duration such as 90s, PT1M30S or {minutes: 1, seconds: 30}");
}

static struct rehearse_answers *read_good(const char *text, struct arena *arena) {
  struct rehearse_source source = source_of(text, arena);
  struct rehearse_answers *answers = rehearse_answers_read(&source, arena);
  assert_int_equal(source.problems.count, 0);
  return answers;
}

static void test_what_an_answer_says(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct rehearse_answers *answers = read_good("f:\n"
                                               "  - error: {type: timeout, status: 504, title: T, detail: D, retryable: false, retryAfter: 5s}\n"
                                               "  - error: {}\n"
                                               "  - {output: {a: 1}, delay: PT40S, outcome: o, externalReference: e, summary: s}\n"
                                               "  - never: true\n",
                                               arena);
  const struct rehearse_answer *answer = rehearse_answers_take(answers, "/do/0/t", "t", "f");
  assert_false(answer->result.completed || answer->result.retryable);
  assert_string_equal(answer->result.error_type, "https://serverlessworkflow.io/spec/1.0.0/errors/timeout");
  assert_int_equal(answer->result.error_status, 504);
  assert_string_equal(answer->result.error_title, "T");
  assert_string_equal(answer->result.error_detail, "D");
  assert_int_equal(answer->result.retry_after, 5 * USEC_PER_SEC);
  answer = rehearse_answers_take(answers, "/do/0/t", "t", "f");
  assert_true(!answer->result.completed && answer->result.retryable && !answer->result.error_type);
  answer = rehearse_answers_take(answers, "/do/0/t", "t", "f");
  assert_true(answer->result.completed);
  assert_int_equal(answer->delay, 40 * USEC_PER_SEC);
  assert_string_equal(answer->result.outcome, "o");
  assert_string_equal(answer->result.external_reference, "e");
  assert_string_equal(answer->result.summary, "s");
  assert_int_equal(jv_object_length(jv_copy(answer->result.output)), 1);
  assert_true(rehearse_answers_take(answers, "/do/0/t", "t", "f")->never);
  assert_true(rehearse_answers_take(answers, "/do/0/t", "t", "f")->never); // the last stays
  rehearse_answers_free(answers);
  arena_free(arena);
}

static void test_an_error_may_be_one_word(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct rehearse_answers *answers = read_good("f: [{error: timeout}, {error: 'https://e.com/x'}, {error: Line busy}, {error: 503}]\n", arena);
  assert_string_equal(rehearse_answers_take(answers, "/do/0/t", "t", "f")->result.error_type, wf_error_type(WF_ERROR_TIMEOUT));
  assert_string_equal(rehearse_answers_take(answers, "/do/0/t", "t", "f")->result.error_type, "https://e.com/x");
  assert_string_equal(rehearse_answers_take(answers, "/do/0/t", "t", "f")->result.error_title, "Line busy");
  assert_int_equal(rehearse_answers_take(answers, "/do/0/t", "t", "f")->result.error_status, 503);
  assert_null(rehearse_answers_take(answers, "/do/0/t", "t", NULL));
  rehearse_answers_free(answers);
  arena_free(arena);
  problem("{f: {error: true}}", "`status` is a number from 1 to 999");
}

static const char *taken(struct rehearse_answers *answers, const char *reference, const char *name) {
  const struct rehearse_answer *answer = rehearse_answers_take(answers, reference, name, "f");
  return answer ? answer->result.outcome : NULL;
}

static void test_the_most_exact_key_wins(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct rehearse_answers *answers = read_good("f: {output: 1, outcome: function}\n"
                                               "t: {output: 1, outcome: task}\n"
                                               "/do/1/t: {output: 1, outcome: reference}\n",
                                               arena);
  assert_string_equal(taken(answers, "/do/1/t", "t"), "reference");
  assert_string_equal(taken(answers, "/do/0/t", "t"), "task");
  assert_string_equal(taken(answers, "/do/0/u", "u"), "function");
  assert_null(rehearse_answers_take(answers, "/do/0/u", "u", "g"));
  assert_null(rehearse_answers_take(NULL, "/do/0/u", "u", "g"));
  rehearse_answers_free(answers);
  arena_free(arena);
}

static void test_keys_that_name_nothing(void **state) {
  (void)state;
  struct fixture fixture;
  fixture_begin(&fixture, DOCUMENT,
                "callLaed: {output: 1}\nfirst: {output: 1}\n/do/1/second: {output: 1}\nelsewhere: {output: 1}\n");
  const char *elsewhere[] = {"elsewhere"};
  struct wf_problem_list warnings = {.arena = fixture.source.problems.arena};
  fixture.source.problems.warnings = &warnings;
  rehearse_answers_check(fixture.answers, &fixture.source, fixture.config.definitions, 1, &(struct argument_list){elsewhere, 1});
  assert_int_equal(fixture.source.problems.count, 0);
  assert_int_equal(warnings.count, 1);
  assert_string_equal(warnings.items[0].text,
                      "`callLaed` is no reference, name or function of any task, did you mean `callLead`?");
  assert_int_equal(rehearse_answers_count(fixture.answers), 4);
  assert_string_equal(rehearse_answers_key(fixture.answers, 1), "first");
  fixture_end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bad_answers),
      cmocka_unit_test(test_what_an_answer_says),
      cmocka_unit_test(test_an_error_may_be_one_word),
      cmocka_unit_test(test_the_most_exact_key_wins),
      cmocka_unit_test(test_keys_that_name_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
