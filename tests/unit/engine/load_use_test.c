// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/strategy.h"
#include "load_fixture.h"

#define DO "do: [{a: {wait: PT1S}}]\n"

static void test_a_schedule_is_a_strategy(void **state) {
  load_task(state, "schedule: {on: {one: {with: {type: lead.arrived}}}}\n" DO);
  const struct wf_event_strategy *strategy = wf_definition_trigger(((struct loaded *)*state)->definition);
  assert_int_equal(strategy->kind, WF_STRATEGY_ONE);
  assert_int_equal(strategy->count, 1);
  assert_string_equal(strategy->filters[0].type, "lead.arrived");
}

static void test_filters_that_are_none(void **state) {
  (void)state;
  must_refuse(HEAD "schedule: {on: {one: {with: {}}}}\n" DO, "2:29: an event filter is empty");
  must_refuse(HEAD "schedule: {on: {one: {with: {data: '${ $context.a }'}}}}\n" DO, "2:36: $context is not defined");
}

static void test_all_of_nothing(void **state) {
  (void)state;
  must_refuse(HEAD "schedule: {on: {all: []}}\n" DO, "2:16: `all` is empty");
}

static void test_the_until_of_a_schedule(void **state) {
  load_task(state, "schedule: {on: {any: [], until: 'length > 1'}}\n" DO);
  const struct wf_event_strategy *strategy = wf_definition_trigger(((struct loaded *)*state)->definition);
  assert_non_null(strategy->until);
  assert_false(strategy->is_endless);
  must_refuse(HEAD "schedule: {on: {any: [], until: 'length >'}}\n" DO, "2:33: ");
  must_refuse(HEAD "schedule: {on: {any: [], until: '${ $context.a }'}}\n" DO, "2:33: $context is not defined");
}

static void test_schedules_that_are_none(void **state) {
  (void)state;
  must_refuse(HEAD "schedule: {}\n" DO, "2:11: `schedule` is empty: expected every, cron, after or on");
  must_refuse(HEAD "schedule: {on: {one: {}}}\n" DO, "2:22: `with` is missing in an event filter");
}

static void test_timeout_by_name(void **state) {
  load_task(state, "use: {timeouts: {day: {after: P1D}}}\ntimeout: day\n" DO);
  assert_int_equal(wf_definition_timeout(((struct loaded *)*state)->definition).constant.time, USEC_PER_DAY);
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
      LOADED(test_a_schedule_is_a_strategy),
      LOADED(test_filters_that_are_none),
      LOADED(test_all_of_nothing),
      LOADED(test_the_until_of_a_schedule),
      LOADED(test_schedules_that_are_none),
      LOADED(test_timeout_by_name),
      LOADED(test_unused_components_are_checked),
      LOADED(test_problem_of_a_shared_component_is_told_once),
      LOADED(test_unused_retry_policy_may_name_the_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
