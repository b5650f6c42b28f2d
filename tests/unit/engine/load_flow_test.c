// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define LAST "{z: {set: {x: 1}}}"

static struct wf_flow flow(void **state, const char *then) {
  return load_task(state, arena_printf(((struct loaded *)*state)->arena,
                                       "do: [{a: {set: {x: 1}, then: %s}}, {b: {set: {x: 1}}}, " LAST "]\n", then))
      ->then;
}

static void test_directives(void **state) {
  assert_int_equal(flow(state, "continue").kind, WF_FLOW_CONTINUE);
  assert_int_equal(flow(state, "exit").kind, WF_FLOW_EXIT);
  assert_int_equal(flow(state, "end").kind, WF_FLOW_END);
}

static void test_task_of_the_list(void **state) {
  assert_int_equal(flow(state, "z").kind, WF_FLOW_TASK);
  assert_int_equal(flow(state, "z").index, 2);
  assert_int_equal(flow(state, "a").index, 0);
}

static void test_dangling(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{first: {set: {x: 1}, then: frist}}]\n",
              "2:34: `then: frist` goes nowhere, did you mean `first`?; expected a task of the same list, or continue, "
              "exit or end");
  must_refuse(HEAD "do: [{a: {set: {x: 1}, then: ednd}}]\n", "2:30: did you mean `end`?");
}

static void test_task_of_another_list_is_out_of_reach(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {do: [{b: {set: {x: 1}, then: c}}]}}, {c: {set: {x: 1}}}]\n",
              "2:40: `then: c` goes nowhere");
  must_refuse(HEAD "do: [{a: {set: {x: 1}, then: b}}, {c: {do: [{b: {set: {x: 1}}}]}}]\n",
              "2:30: `then: b` goes nowhere");
}

static void test_then_must_be_a_text(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {set: {x: 1}, then: [b]}}]\n", "2:30: `then` is a list");
}

static void test_switch(void **state) {
  const struct wf_task *task =
      load_task(state, "do: [{a: {switch: [{yes: {when: .ok, then: z}}, {else: {then: end}}]}}, " LAST "]\n");
  assert_int_equal(task->branch.count, 2);
  assert_string_equal(task->branch.cases[0].name, "yes");
  assert_non_null(task->branch.cases[0].when);
  assert_int_equal(task->branch.cases[0].then.index, 1);
  assert_null(task->branch.cases[1].when);
  assert_int_equal(task->branch.cases[1].then.kind, WF_FLOW_END);
}

static void test_switch_without_default(void **state) {
  load_task(state, "do: [{a: {switch: [{yes: {when: '${ .ok }', then: end}}]}}]\n");
}

static void test_switches_that_are_none(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {switch: []}}]\n", "2:19: `switch` is empty");
  must_refuse(HEAD "do: [{a: {switch: {yes: {then: end}}}}]\n",
              "2:19: `switch` is an object: expected a list of named cases");
  must_refuse(HEAD "do: [{a: {switch: [{yes: {when: .ok}}]}}]\n", "2:26: `then` is missing in case `yes`");
  must_refuse(HEAD "do: [{a: {switch: [{yes: {whne: .ok, then: end}}]}}]\n", "2:27: did you mean `when`?");
  must_refuse(HEAD "do: [{a: {switch: [{x: {then: end}, y: {then: end}}]}}]\n", "2:20: is not one case");
  must_refuse(HEAD "do: [{a: {switch: [{x: {when: .a, then: nowhere}}]}}]\n", "2:41: goes nowhere");
}

static void test_two_defaults(void **state) {
  (void)state;
  must_refuse_once(HEAD "do: [{a: {switch: [{x: {then: end}}, {y: {then: exit}}]}}]\n",
                   "2:39: case `y` has no `when`, like `x`: expected one default at most\n");
}

static void test_repeated_case(void **state) {
  (void)state;
  must_refuse_once(HEAD "do: [{a: {switch: [{x: {when: .a, then: end}}, {x: {when: .b, then: exit}}]}}]\n",
                   "2:49: case `x` stands twice: expected another name\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_directives),
      LOADED(test_task_of_the_list),
      LOADED(test_dangling),
      LOADED(test_task_of_another_list_is_out_of_reach),
      LOADED(test_then_must_be_a_text),
      LOADED(test_switch),
      LOADED(test_switch_without_default),
      LOADED(test_switches_that_are_none),
      LOADED(test_two_defaults),
      LOADED(test_repeated_case),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
