// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define TWO "[{b: {set: {x: 1}}}, {c: {do: [{d: {set: {x: 1}}}]}}]"

static void test_branches(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {fork: {branches: " TWO "}}}]\n");
  assert_int_equal(task->kind, WF_TASK_FORK);
  assert_false(task->fork.compete);
  assert_int_equal(task->fork.branches.count, 2);
  assert_string_equal(task->fork.branches.tasks[1].reference, "/do/0/a/fork/branches/1/c");
  assert_string_equal(task->fork.branches.tasks[1].list.tasks[0].reference, "/do/0/a/fork/branches/1/c/do/0/d");
  assert_true(load_task(state, "do: [{a: {fork: {compete: true, branches: " TWO "}}}]\n")->fork.compete);
  assert_false(load_task(state, "do: [{a: {fork: {compete: false, branches: " TWO "}}}]\n")->fork.compete);
}

static void test_what_is_wrong(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {fork: {}}}]\n", "2:17: `branches`");
  must_warn(HEAD "do: [{a: {fork: {branches: []}}}]\n", "2:28: a task list is empty");
  must_refuse(HEAD "do: [{a: {fork: {branches: " TWO ", race: true}}}]\n", "2:83: unknown key `race`");
  must_refuse(HEAD "do: [{a: {fork: {compete: 'yes', branches: " TWO "}}}]\n", "2:27: `compete` is a text");
  must_refuse(HEAD "do: [{a: {fork: {branches: [{b: {set: {x: 1}}}, {b: {set: {x: 1}}}]}}}]\n", "2:50: stands twice");
}

static void test_no_way_leads_to_another_branch(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {fork: {branches: [{b: {set: {x: 1}, then: c}}, {c: {set: {x: 1}}}]}}}]\n",
              "2:53: `then: c` leads from a branch of a fork to another: expected continue, exit or end");
  must_refuse(HEAD "do: [{a: {fork: {branches: [{b: {switch: [{x: {then: c}}]}}, {c: {set: {x: 1}}}]}}}]\n",
              "2:54: `then: c` leads from a branch");
  must_refuse(HEAD "do: [{a: {fork: {branches: [{b: {set: {x: 1}, then: c}}]}}}, {c: {set: {x: 1}}}]\n",
              "2:53: `then: c` leads from a branch");
}

static void test_directives_may_stand_there(void **state) {
  const struct wf_task *task = load_task(
      state, "do: [{a: {fork: {branches: [{b: {set: {x: 1}, then: end}}, {c: {set: {x: 1}, then: exit}}, {d: {do: [{e: {set: {x: "
             "1}, then: f}}, {f: {set: {x: 1}}}]}}]}}}]\n");
  assert_int_equal(task->fork.branches.tasks[0].then.kind, WF_FLOW_END);
  assert_int_equal(task->fork.branches.tasks[1].then.kind, WF_FLOW_EXIT);
  assert_int_equal(task->fork.branches.tasks[2].list.tasks[0].then.index, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_branches),
      cmocka_unit_test(test_what_is_wrong),
      cmocka_unit_test(test_no_way_leads_to_another_branch),
      LOADED(test_directives_may_stand_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
