// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "worker/functions.h"

static int set_up(void **state) {
  *state = arena_new();
  return 0;
}

static int tear_down(void **state) {
  arena_free(*state);
  return 0;
}

static struct action_result do_it(void **state, const char *function, int32_t attempt, const char *arguments) {
  usec_t takes;
  return work_do(&(struct action_request){.action = {.action_no = 1}, .attempt = attempt, .function = function,
                                          .arguments = text_of(arguments)},
                 *state, &takes);
}

static usec_t time_of(void **state, const char *arguments) {
  usec_t takes;
  work_do(&(struct action_request){.attempt = 1, .function = "transcribeCall", .arguments = text_of(arguments)}, *state,
          &takes);
  return takes;
}

static void test_result_names_its_action(void **state) {
  struct action_result result = do_it(state, "fly", 7, "{}");
  assert_int_equal(result.action.action_no, 1);
  assert_int_equal(result.attempt, 7);
}

static void test_noop_completes(void **state) {
  struct action_result result = do_it(state, "noop", 1, NULL);
  assert_true(result.completed);
  assert_true(text_equal(result.output, TEXT("{}")));
}

static void test_unknown_function_is_not_retried(void **state) {
  struct action_result result = do_it(state, "fly", 1, "{}");
  assert_false(result.completed);
  assert_false(result.retryable);
  assert_int_equal(result.error_status, 404);
}

static void test_wrong_arguments_are_not_retried(void **state) {
  static const char *const WRONG[] = {"[1]", "{", "{}", "{\"lead\": 7}"};
  for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
    struct action_result result = do_it(state, "callLead", 1, WRONG[i]);
    assert_false(result.completed);
    assert_false(result.retryable);
    assert_int_equal(result.error_status, 400);
  }
}

static void test_the_same_call_has_the_same_outcome(void **state) {
  struct action_result first = do_it(state, "callLead", 1, "{\"lead\": \"lead-7\"}"),
                     second = do_it(state, "callLead", 2, "{\"lead\": \"lead-7\", \"round\": 1}");
  assert_true(text_equal(first.outcome, second.outcome));
  assert_true(text_equal(first.external_reference, second.external_reference));
}

static int count_outcomes(void **state, const char *outcome, int round) {
  int count = 0;
  for (int lead = 0; lead < 1000; lead++) {
    char arguments[80];
    snprintf(arguments, sizeof arguments, "{\"lead\": \"lead-%d\", \"round\": %d}", lead, round);
    struct action_result result = do_it(state, "callLead", 1, arguments);
    count += text_equal(result.outcome, text_of(outcome));
  }
  return count;
}

static void test_half_answer_at_first_and_most_the_second_time(void **state) {
  assert_in_range(count_outcomes(state, "answered", 1), 400, 600);
  assert_in_range(count_outcomes(state, "answered", 2), 820, 980);
  assert_in_range(count_outcomes(state, "no_answer", 1), 150, 350);
  assert_in_range(count_outcomes(state, "busy", 1), 150, 350);
}

static void test_trouble_is_over_at_the_second_try(void **state) {
  int failed = 0;
  for (int lead = 0; lead < 700; lead++) {
    char arguments[80];
    snprintf(arguments, sizeof arguments, "{\"lead\": \"lead-%d\", \"trouble\": true}", lead);
    struct action_result result = do_it(state, "callLead", 1, arguments);
    if (result.completed) continue;
    failed++;
    assert_int_equal(result.error_status, 503);
    assert_true(result.retryable);
    assert_true(do_it(state, "callLead", 2, arguments).completed);
  }
  assert_in_range(failed, 50, 150);
}

static void test_no_trouble_unless_asked_for(void **state) {
  for (int lead = 0; lead < 100; lead++) {
    char arguments[80];
    snprintf(arguments, sizeof arguments, "{\"lead\": \"lead-%d\"}", lead);
    assert_true(do_it(state, "callLead", 1, arguments).completed);
  }
}

static void test_message_names_the_action(void **state) {
  struct action_result result = do_it(state, "sendMessage", 3, "{\"to\": \"a@example.org\", \"template\": \"welcome\"}");
  assert_true(result.completed);
  // No attempt in it.
  assert_true(text_equal(result.external_reference, TEXT("message-00000000-0000-0000-0000-000000000000:1")));
}

static void test_bank_answers_at_the_second_try(void **state) {
  int expired = 0;
  for (int customer = 0; customer < 300; customer++) {
    char arguments[80];
    snprintf(arguments, sizeof arguments, "{\"customer\": \"c-%d\", \"amount\": 9.5}", customer);
    struct action_result first = do_it(state, "chargeCard", 1, arguments), second = do_it(state, "chargeCard", 2, arguments);
    assert_false(first.completed);
    if (!first.retryable) {
      expired++;
      assert_int_equal(first.error_status, 402);
      assert_false(second.completed);
    } else {
      assert_int_equal(first.error_status, 504);
      assert_true(second.completed);
    }
  }
  assert_in_range(expired, 10, 60);
}

static void test_transcription_takes_its_time(void **state) {
  assert_int_equal(time_of(state, "{\"call\": \"c\", \"seconds\": 1.5}"), 1500000);
  assert_int_equal(time_of(state, "{\"call\": \"c\"}"), 3000000);
  assert_false(do_it(state, "transcribeCall", 1, "{\"call\": \"c\", \"seconds\": 3601}").completed);
  assert_true(do_it(state, "transcribeCall", 1, "{\"call\": \"c\", \"seconds\": 3600}").completed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_result_names_its_action),
      CASE(test_noop_completes),
      CASE(test_unknown_function_is_not_retried),
      CASE(test_wrong_arguments_are_not_retried),
      CASE(test_the_same_call_has_the_same_outcome),
      CASE(test_half_answer_at_first_and_most_the_second_time),
      CASE(test_trouble_is_over_at_the_second_try),
      CASE(test_no_trouble_unless_asked_for),
      CASE(test_message_names_the_action),
      CASE(test_bank_answers_at_the_second_try),
      CASE(test_transcription_takes_its_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
