// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define TRY "do: [{a: {try: [{b: {call: callLead}}], catch: "

static void test_lists_and_their_references(void **state) {
  const struct wf_task *task = load_task(state, TRY "{do: [{c: {set: {x: 1}}}]}}}]\n");
  assert_string_equal(task->try_catch.try_list.reference, "/do/0/a/try");
  assert_string_equal(task->try_catch.try_list.tasks[0].reference, "/do/0/a/try/0/b");
  assert_string_equal(task->try_catch.catch_list.reference, "/do/0/a/catch/do");
  assert_string_equal(task->try_catch.catch_list.tasks[0].reference, "/do/0/a/catch/do/0/c");
}

static void test_empty_catch_takes_everything(void **state) {
  const struct wf_task *task = load_task(state, TRY "{}}}]\n");
  assert_string_equal(task->try_catch.error_as, "error");
  assert_null(task->try_catch.error_type);
  assert_null(task->try_catch.when);
  assert_null(task->try_catch.retry);
  assert_int_equal(task->try_catch.catch_list.count, 0);
}

static void test_filter(void **state) {
  const struct wf_task *task =
      load_task(state, TRY "{errors: {with: {type: t, status: 503, instance: i, title: x, details: d}}}}}]\n");
  assert_string_equal(jv_string_value(task->try_catch.error_type->constant), "t");
  assert_true(jv_number_value(task->try_catch.error_status->constant) == 503);
  assert_string_equal(jv_string_value(task->try_catch.error_instance->constant), "i");
  assert_string_equal(jv_string_value(task->try_catch.error_title->constant), "x");
  assert_string_equal(jv_string_value(task->try_catch.error_detail->constant), "d");
}

static void test_filter_takes_detail_as_the_reference_calls_it(void **state) {
  assert_non_null(load_task(state, TRY "{errors: {with: {detail: d}}}}}]\n")->try_catch.error_detail);
}

static void test_filter_without_with(void **state) {
  const struct wf_task *task = load_task(state, TRY "{errors: {status: 503}}}}]\n");
  assert_true(jv_number_value(task->try_catch.error_status->constant) == 503);
  must_warn(HEAD TRY "{errors: {status: 503, zzz: 1}}}}]\n", "2:71: `zzz` in `errors` says nothing");
  must_refuse(HEAD TRY "{errors: {wiht: {status: 503}}}}}]\n", "2:58: unknown key `wiht` in `errors`, did you mean `with`?");
}

static void test_a_single_task_is_a_list(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {try: {call: callLead}, catch: {}}}]\n");
  assert_int_equal(task->try_catch.try_list.count, 1);
  assert_string_equal(task->try_catch.try_list.tasks[0].reference, "/do/0/a/try/0/a");
  must_refuse(HEAD "do: [{a: {try: {b: {call: callLead}}, catch: {}}}]\n", "2:16: a task list is an object: expected a list");
}

static void test_conditions_see_the_error(void **state) {
  const struct wf_task *task =
      load_task(state, TRY "{as: problem, when: '${ $problem.status == 503 }', exceptWhen: $problem.title == null, do: "
                           "[{c: {set: {x: '${ $problem.title }'}}}]}}}]\n");
  assert_string_equal(task->try_catch.error_as, "problem");
  assert_non_null(task->try_catch.when);
  assert_non_null(task->try_catch.except_when);
  assert_string_equal(task->try_catch.when->variables[0], "problem");
}

static void test_error_is_not_there_outside_its_catch(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {try: [{b: {call: callLead}}], catch: {}}}, {c: {set: {x: '${ $error }'}}}]\n",
              "2:68: $error is not defined");
  must_refuse(HEAD "do: [{a: {try: [{b: {set: {x: '${ $error }'}}}], catch: {}}}]\n", "2:31: $error is not defined");
  must_refuse(HEAD TRY "{as: problem, when: $error.status == 1}}}]\n", "2:68: $error is not defined");
}

static void test_inner_catch_sees_the_outer_error(void **state) {
  load_task(state, TRY "{as: outer, do: [{c: {try: [{d: {call: callLead}}], catch: {as: inner, when: $outer.status == "
                       "$inner.status}}}]}}}]\n");
}

static void test_retry_inline_and_by_name(void **state) {
  assert_non_null(load_task(state, TRY "{retry: {delay: PT1S}}}}]\n")->try_catch.retry);
  assert_non_null(
      load_task(state, "use: {retries: {calm: {delay: PT1S}}}\n" TRY "{retry: calm}}}]\n")->try_catch.retry);
  must_refuse(HEAD "use: {retries: {calm: {delay: PT1S}}}\n" TRY "{retry: clam}}}]\n",
              "3:56: unknown retry policy `clam`, did you mean `calm`?");
}

static void test_what_is_no_catch(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {try: [{b: {call: callLead}}]}}]\n", "2:10: `catch` is missing in task `a`");
  must_refuse(HEAD TRY "{error: {}}}}]\n", "2:49: did you mean `errors`?");
  must_refuse(HEAD TRY "{errors: {with: {}}}}}]\n", "2:64: `with` is empty");
  must_refuse(HEAD TRY "{errors: {with: {status: '503'}}}}}]\n", "2:73: `status` is a text: expected a whole number");
  must_warn(HEAD TRY "{do: []}}}]\n", "2:53: a task list is empty");
}

static void test_names_that_an_error_cannot_have(void **state) {
  static const char *const names[] = {"context", "input", "end", "__x", "a-b", "'1a'", "''", "ENV", "now", NULL};
  for (const char *const *name = names; *name; name++)
    must_refuse(arena_printf(((struct loaded *)*state)->arena, HEAD TRY "{as: %s}}}]\n", *name),
                "2:53: expected a variable's name");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_lists_and_their_references),
      LOADED(test_empty_catch_takes_everything),
      LOADED(test_filter),
      LOADED(test_filter_takes_detail_as_the_reference_calls_it),
      LOADED(test_filter_without_with),
      LOADED(test_a_single_task_is_a_list),
      LOADED(test_conditions_see_the_error),
      LOADED(test_error_is_not_there_outside_its_catch),
      LOADED(test_inner_catch_sees_the_outer_error),
      LOADED(test_retry_inline_and_by_name),
      LOADED(test_what_is_no_catch),
      LOADED(test_names_that_an_error_cannot_have),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
