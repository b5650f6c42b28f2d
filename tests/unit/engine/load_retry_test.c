// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static const struct wf_retry *retry(void **state, const char *policy) {
  return load_task(state, arena_printf(((struct loaded *)*state)->arena,
                                       "do: [{a: {try: [{b: {call: callLead}}], catch: {retry: %s}}}]\n", policy))
      ->try_catch.retry;
}

static void refuse(void **state, const char *policy, const char *expected) {
  must_refuse(
      arena_printf(((struct loaded *)*state)->arena, HEAD "use: {retries: {r: %s}}\ndo: [{a: {wait: PT1S}}]\n", policy),
      expected);
}

static void test_empty_policy(void **state) {
  const struct wf_retry *policy = retry(state, "{}");
  assert_false(policy->delay.set);
  assert_int_equal(policy->backoff, WF_BACKOFF_CONSTANT);
  assert_int_equal(policy->attempts_max, 0);
  assert_true(policy->factor == 2);
  assert_null(policy->when);
}

static void test_all_of_a_policy(void **state) {
  const struct wf_retry *policy = retry(
      state,
      "{when: '${ $error.status > 499 }', exceptWhen: $error.status == 501, delay: PT3S, backoff: {exponential: {}}, "
      "limit: {attempt: {count: 5, duration: PT1M}, duration: {hours: 1}}, jitter: {from: PT0S, to: PT1S}}");
  assert_non_null(policy->when);
  assert_non_null(policy->except_when);
  assert_int_equal(policy->delay.constant.time, 3 * USEC_PER_SEC);
  assert_int_equal(policy->backoff, WF_BACKOFF_EXPONENTIAL);
  assert_int_equal(policy->attempts_max, 6);
  assert_int_equal(policy->attempt_duration_max.constant.time, USEC_PER_MIN);
  assert_int_equal(policy->duration_max.constant.time, USEC_PER_HOUR);
  assert_true(policy->jitter_from.set && policy->jitter_from.constant.time == 0);
  assert_int_equal(policy->jitter_to.constant.time, USEC_PER_SEC);
}

static void test_kinds_of_backoff(void **state) {
  assert_int_equal(retry(state, "{backoff: {constant: {}}}")->backoff, WF_BACKOFF_CONSTANT);
  assert_int_equal(retry(state, "{backoff: {linear: {}}}")->backoff, WF_BACKOFF_LINEAR);
  assert_int_equal(retry(state, "{backoff: {linear: {increment: PT2S}}}")->increment.constant.time, 2 * USEC_PER_SEC);
  assert_true(retry(state, "{backoff: {exponential: {factor: 1.5}}}")->factor == 1.5);
}

static void test_delay_by_expression(void **state) {
  assert_non_null(retry(state, "{delay: '${ .delay }'}")->delay.expr);
}

static void test_what_is_no_backoff(void **state) {
  refuse(state, "{backoff: {}}", "2:30: has no kind: expected one of constant, linear, exponential");
  refuse(state, "{backoff: {linear: {}, constant: {}}}", "2:30: has several kinds");
  refuse(state, "{backoff: {linaer: {}}}", "2:30: has no kind");
  refuse(state, "{backoff: {exponential: {factor: 0.5}}}", "2:53: `factor` is 0.5: expected a number from 1 to 1000");
  refuse(state, "{backoff: {exponential: {factor: fast}}}", "2:53: `factor` is a text");
}

static void test_what_is_no_limit(void **state) {
  refuse(state, "{limit: {attempt: {count: -1}}}", "2:46: `count` is -1: expected a whole number from 0");
  refuse(state, "{limit: {attempt: {count: 1.5}}}", "2:46: `count` is 1.5");
  refuse(state, "{limit: {attempt: {count: '5'}}}", "2:46: `count` is a text");
  refuse(state, "{limit: {attempts: {count: 5}}}", "2:29: did you mean `attempt`?");
  refuse(state, "{limit: {duration: PT1X}}", "2:39: is no duration");
}

static void test_what_is_no_jitter(void **state) {
  refuse(state, "{jitter: {from: PT1S}}", "2:29: `to` is missing");
  refuse(state, "{jitter: {from: PT2S, to: PT1S}}", "2:29: expected `from` not above `to`");
}

static void test_what_is_no_policy(void **state) {
  refuse(state, "[1]", "2:20: a retry policy is a list");
  refuse(state, "{dealy: PT1S}", "2:21: did you mean `delay`?");
  refuse(state, "{when: $context.x + }", "2:27: jq refuses the expression");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_empty_policy),        LOADED(test_all_of_a_policy),    LOADED(test_kinds_of_backoff),
      LOADED(test_delay_by_expression), LOADED(test_what_is_no_backoff), LOADED(test_what_is_no_limit),
      LOADED(test_what_is_no_jitter),   LOADED(test_what_is_no_policy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
