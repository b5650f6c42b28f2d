// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/problem.h"
#include "engine/yaml.h"

static int set_up(void **state) {
  struct arena *arena = arena_new();
  struct wf_problem_list *list = arena_alloc0(arena, sizeof *list);
  list->arena = arena;
  *state = list;
  return 0;
}

static int tear_down(void **state) {
  arena_free(((struct wf_problem_list *)*state)->arena);
  return 0;
}

static void test_none_at_first(void **state) { assert_int_equal(wf_problem_list_finish(*state).count, 0); }

static void test_ordered_by_position(void **state) {
  wf_problem_add(*state, 3, 1, "third");
  wf_problem_add(*state, 1, 9, "second");
  wf_problem_add(*state, 1, 2, "first %d", 1);
  wf_problem_add(*state, 0, 0, "whole");
  struct wf_problems problems = wf_problem_list_finish(*state);
  assert_int_equal(problems.count, 4);
  assert_string_equal(problems.items[0].text, "whole");
  assert_string_equal(problems.items[1].text, "first 1");
  assert_string_equal(problems.items[2].text, "second");
  assert_string_equal(problems.items[3].text, "third");
}

static void test_same_problem_counts_once(void **state) {
  for (int i = 0; i < 3; i++) wf_problem_add(*state, 2, 2, "same");
  wf_problem_add(*state, 2, 2, "other");
  assert_int_equal(wf_problem_list_finish(*state).count, 2);
}

static void test_position_of_a_node(void **state) {
  struct wf_yaml node = {.line = 7, .column = 8};
  wf_problem_at(*state, &node, "here");
  struct wf_problems problems = wf_problem_list_finish(*state);
  assert_int_equal(problems.items[0].line, 7);
  assert_int_equal(problems.items[0].column, 8);
}

static void test_warnings_stand_among_them(void **state) {
  struct wf_problem_list warnings = {.arena = ((struct wf_problem_list *)*state)->arena};
  wf_problem_warn(*state, 2, 3, "dropped");
  ((struct wf_problem_list *)*state)->warnings = &warnings;
  wf_problem_add(*state, 3, 1, "bad");
  wf_problem_warn(*state, 2, 3, "odd");
  assert_int_equal(((struct wf_problem_list *)*state)->count, 1);
  struct wf_problems problems = wf_problem_list_finish(*state);
  assert_int_equal(problems.count, 2);
  assert_string_equal(problems.items[0].text, "odd");
  assert_true(problems.items[0].is_warning);
  assert_false(problems.items[1].is_warning);
}

static void test_beyond_the_bound_they_are_counted(void **state) {
  for (int i = 0; i < WF_PROBLEMS_MAX + 5; i++) wf_problem_add(*state, i + 1, 1, "p");
  struct wf_problems problems = wf_problem_list_finish(*state);
  assert_int_equal(problems.count, WF_PROBLEMS_MAX + 1);
  assert_non_null(strstr(problems.items[WF_PROBLEMS_MAX].text, "5 more"));
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_none_at_first),
      CASE(test_ordered_by_position),
      CASE(test_same_problem_counts_once),
      CASE(test_position_of_a_node),
      CASE(test_warnings_stand_among_them),
      CASE(test_beyond_the_bound_they_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
