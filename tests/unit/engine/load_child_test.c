// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static const char *arguments(void **state, const struct wf_task *task) {
  jv text = jv_dump_string(jv_copy(task->call.arguments->constant), JV_PRINT_SORTED);
  const char *json = arena_strdup(((struct loaded *)*state)->arena, jv_string_value(text));
  jv_free(text);
  return json;
}

static void test_what_is_run(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {run: {workflow: {namespace: n, name: w, version: '0.1.0', input: {a: 1}}}}}]\n");
  assert_string_equal(task->call.function->name, "workflow");
  assert_int_equal(task->call.function->native, WF_NATIVE_CHILD);
  assert_false(task->call.is_unawaited);
  assert_int_equal(task->call.returns, WF_RETURN_ALL_OF_IT);
  assert_string_equal(arguments(state, task), "{\"input\":{\"a\":1},\"name\":\"w\",\"namespace\":\"n\",\"version\":\"0.1.0\"}");
}

static void test_the_least(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {run: {workflow: {name: w}, await: false, return: none}}}]\n");
  assert_true(task->call.is_unawaited);
  assert_int_equal(task->call.returns, WF_RETURN_NONE);
  assert_string_equal(arguments(state, task), "{\"name\":\"w\"}");
}

static void test_expressions(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {run: {workflow: {name: '${ .w }', version: latest, input: '${ . }'}}}}]\n");
  assert_true(task->call.arguments->index >= 0);
}

static void test_refused(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {run: {workflow: {namespace: n}}}}]\n", "2:27: `name` is missing in `workflow`");
  must_refuse(HEAD "do: [{a: {run: {workflow: {name: 5}}}}]\n", "2:34: `name` of a workflow to run: expected a text");
  must_refuse(HEAD "do: [{a: {run: {workflow: {name: w, inputs: {}}}}}]\n", "2:37: unknown key `inputs` in `workflow`, did you mean `input`?");
  must_refuse(HEAD "do: [{a: {run: {workflow: w}}}]\n", "2:27: `workflow`");
}

int main(void) {
  const struct CMUnitTest tests[] = {LOADED(test_what_is_run), LOADED(test_the_least), LOADED(test_expressions), LOADED(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
