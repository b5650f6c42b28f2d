// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define DO "do: [{a: {wait: PT1S}}]\n"

static const struct wf_event_filter *trigger(void **state, const char *with) {
  load_task(state, arena_printf(((struct loaded *)*state)->arena, "schedule: {on: {one: {with: %s}}}\n" DO, with));
  return wf_definition_trigger(((struct loaded *)*state)->definition);
}

static void test_event_filter(void **state) {
  const struct wf_event_filter *filter =
      trigger(state, "{type: lead.arrived, source: 'https://example.com', subject: s, data: '${ .score > 3 }'}");
  assert_string_equal(filter->type, "lead.arrived");
  assert_string_equal(filter->source, "https://example.com");
  assert_string_equal(filter->subject, "s");
  assert_non_null(filter->data);
}

static void test_filter_by_one_attribute(void **state) {
  const struct wf_event_filter *filter = trigger(state, "{type: x}");
  assert_null(filter->source);
  assert_null(filter->subject);
  assert_null(filter->data);
}

static void refuse_filter(void **state, const char *with, const char *expected) {
  must_refuse(arena_printf(((struct loaded *)*state)->arena, HEAD "schedule: {on: {one: {with: %s}}}\n" DO, with),
              expected);
}

static void test_filters_that_are_none(void **state) {
  refuse_filter(state, "{}", "2:29: an event filter is empty");
  refuse_filter(state, "{type: 1}", "2:36: type is a number");
  refuse_filter(state, "{tpye: x}", "2:30: did you mean `type`?");
  refuse_filter(state, "{type: x, id: y}", "2:39: `id` in an event filter is not supported yet");
  refuse_filter(state, "{source: '${ .a }'}",
                "2:38: an expression in `source` of an event filter is not supported yet");
  refuse_filter(state, "{data: {a: 1}}", "2:36: other than a condition is not supported yet");
  refuse_filter(state, "{data: '${ $context.a }'}", "2:36: $context is not defined");
}

static void test_schedules_not_supported_yet(void **state) {
  (void)state;
  must_refuse(HEAD "schedule: {on: {any: []}}\n" DO, "2:17: `any` in `on` is not supported yet");
  must_refuse(HEAD "schedule: {on: {all: []}}\n" DO, "2:17: `all` in `on` is not supported yet");
  must_refuse(HEAD "schedule: {on: {one: {with: {type: x}, correlate: {}}}}\n" DO,
              "2:40: `correlate` in `one` is not supported yet");
}

static void test_schedules_that_are_none(void **state) {
  (void)state;
  must_refuse(HEAD "schedule: {}\n" DO, "2:11: `schedule` is empty: expected every, cron, after or on");
  must_refuse(HEAD "schedule: {on: {one: {}}}\n" DO, "2:22: `with` is missing in `one`");
}

static void test_timeout_by_name(void **state) {
  load_task(state, "use: {timeouts: {day: {after: P1D}}}\ntimeout: day\n" DO);
  assert_int_equal(wf_definition_timeout(((struct loaded *)*state)->definition).constant, USEC_PER_DAY);
  must_refuse(HEAD "timeout: day\n" DO, "2:10: unknown timeout `day`; expected a name under use.timeouts");
}

static void test_unused_components_are_checked(void **state) {
  (void)state;
  must_refuse(HEAD "use: {errors: {e: {type: x}}}\n" DO, "2:19: `status` is missing");
  must_refuse(HEAD "use: {retries: {r: {dely: PT1S}}}\n" DO, "2:21: did you mean `delay`?");
  must_refuse(HEAD "use: {timeouts: {t: {}}}\n" DO, "2:21: `after` is missing");
  must_refuse(HEAD "use: {timeouts: [1]}\n" DO, "2:17: timeouts is a list");
}

// One component named twice has each of its problems once.
static void test_problem_of_a_shared_component_is_told_once(void **state) {
  (void)state;
  must_refuse_once(HEAD
                   "use: {timeouts: {t: {}}}\ndo: [{a: {wait: PT1S, timeout: t}}, {b: {wait: PT1S, timeout: t}}]\n",
                   "2:21: `after` is missing in a timeout: it is required\n");
}

static void test_unused_retry_policy_may_name_the_error(void **state) {
  load_task(state, "use: {retries: {r: {when: $error.status == 503}}}\n" DO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_event_filter),
      LOADED(test_filter_by_one_attribute),
      LOADED(test_filters_that_are_none),
      LOADED(test_schedules_not_supported_yet),
      LOADED(test_schedules_that_are_none),
      LOADED(test_timeout_by_name),
      LOADED(test_unused_components_are_checked),
      LOADED(test_problem_of_a_shared_component_is_told_once),
      LOADED(test_unused_retry_policy_may_name_the_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
