// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_everything(void **state) {
  const struct wf_task *task = load_task(
      state, "do: [{a: {for: {each: pet, in: .pets, at: no}, while: .vet != null, do: [{b: {set: {x: '${ [$pet, $no] }'}}}]}}]\n");
  assert_int_equal(task->kind, WF_TASK_FOR);
  assert_string_equal(task->loop.each, "pet");
  assert_string_equal(task->loop.at, "no");
  assert_non_null(task->loop.in);
  assert_non_null(task->loop.holds);
  assert_int_equal(task->loop.list.count, 1);
  assert_string_equal(task->loop.list.tasks[0].reference, "/do/0/a/do/0/b");
}

static void test_defaults(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {for: {in: '${ .pets }'}, do: [{b: {set: {x: 1}}}]}}]\n");
  assert_string_equal(task->loop.each, "item");
  assert_string_equal(task->loop.at, "index");
  assert_null(task->loop.holds);
}

static void test_what_is_missing(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {for: {each: x}, do: [{b: {set: {x: 1}}}]}}]\n", "2:16: `in`");
  must_refuse(HEAD "do: [{a: {for: {in: .a}}}]\n", "2:10: `do`");
  must_warn(HEAD "do: [{a: {for: {in: .a}, do: []}}]\n", "2:30: a task list is empty");
  must_refuse(HEAD "do: [{a: {for: .a, do: [{b: {set: {x: 1}}}]}}]\n", "2:16: `for`");
}

static void test_names(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {for: {each: a-b, in: .a}, do: [{b: {set: {x: 1}}}]}}]\n", "2:23: `each: a-b`");
  must_refuse(HEAD "do: [{a: {for: {in: .a, at: context}, do: [{b: {set: {x: 1}}}]}}]\n", "2:29: `at: context`");
  must_refuse(HEAD "do: [{a: {for: {each: x, in: .a, at: x}, do: [{b: {set: {x: 1}}}]}}]\n", "2:16: both called `x`");
}

static void test_names_are_known_inside_alone(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {for: {each: x, in: $x}, do: [{b: {set: {x: 1}}}]}}]\n", "2:30: x");
  must_refuse(HEAD "do: [{a: {for: {each: x, in: .a}, do: [{b: {set: {x: 1}}}], output: {as: $x}}}]\n", "2:74: x");
  must_refuse(HEAD "do: [{a: {for: {in: .a}, do: [{b: {set: {x: '${ $pet }'}}}]}}]\n", "2:45: pet");
  must_refuse(HEAD "do: [{a: {for: {each: x, in: .a}, do: [{b: {set: {x: 1}}}]}}, {c: {set: {y: '${ $x }'}}}]\n", "2:77: x");
}

static void test_a_loop_and_another_kind(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {for: {in: .a}, set: {x: 1}, do: [{b: {set: {x: 1}}}]}}]\n", "2:10: task `a` has both");
  must_refuse(HEAD "do: [{a: {do: [{b: {set: {x: 1}}}], while: .x}}]\n", "2:37: unknown key `while`");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_everything),
      LOADED(test_defaults),
      cmocka_unit_test(test_what_is_missing),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_names_are_known_inside_alone),
      cmocka_unit_test(test_a_loop_and_another_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
