// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define USE "use: {functions: {greet: {call: sendMessage, with: {text: Hello, to: '${ .phone }'}}}}\n"

// The constant arguments as JSON.
static const char *arguments(void **state, const struct wf_task *task) {
  jv text = jv_dump_string(jv_copy(task->call.arguments->constant), JV_PRINT_SORTED);
  const char *json = arena_strdup(((struct loaded *)*state)->arena, jv_string_value(text));
  jv_free(text);
  return json;
}

static void test_function_of_the_config(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {call: callLead, with: {n: 1}}}]\n");
  assert_ptr_equal(task->call.function, &FUNCTIONS[0]);
  assert_string_equal(arguments(state, task), "{\"n\":1}");
  assert_null(task->call.form);
}

static void test_without_arguments(void **state) {
  assert_null(load_task(state, "do: [{a: {call: callLead}}]\n")->call.arguments);
}

static void test_name_of_the_default_catalog(void **state) {
  assert_ptr_equal(load_task(state, "do: [{a: {call: callLead@default}}]\n")->call.function, &FUNCTIONS[0]);
}

// `with` becomes the input of the function's task.
static void test_function_of_the_definition(void **state) {
  const struct wf_task *task = load_task(state, USE "do: [{a: {call: greet, with: {phone: '1'}}}]\n");
  assert_int_equal(task->kind, WF_TASK_DO);
  assert_int_equal(task->list.count, 2);
  assert_string_equal(task->list.tasks[0].reference, "/do/0/a/do/0/with");
  assert_int_equal(task->list.tasks[0].kind, WF_TASK_SET);
  assert_string_equal(task->list.tasks[1].reference, "/do/0/a/do/1/greet");
  assert_ptr_equal(task->list.tasks[1].call.function, &FUNCTIONS[1]);
  task = load_task(state, USE "do: [{a: {call: greet}}]\n");
  assert_int_equal(task->list.count, 1);
  task = load_task(state, USE "do: [{a: {call: greet, with: {}}}]\n");
  assert_int_equal(task->list.count, 2);
}

static void test_arguments_of_a_function_know_what_is_around_the_call(void **state) {
  load_task(state, USE "do: [{l: {for: {in: .l}, do: [{a: {call: greet, with: {phone: '${ $item }'}}}]}}]\n");
  load_task(state, USE "do: [{t: {try: [{x: {wait: PT1S}}], catch: {do: [{a: {call: greet, with: {phone: '${ $error }'}}}]}}}]\n");
  must_refuse(HEAD "use: {functions: {f: {set: '${ $item }'}}}\ndo: [{l: {for: {in: .l}, do: [{a: {call: f, with: {x: 1}}}]}}]\n",
              "2:28: jq refuses the expression: $item is not defined");
}

static void test_errors_inside_a_function_are_those_of_the_call(void **state) {
  const struct wf_task *task = load_task(state, "use: {functions: {f: {do: [{x: {call: g}}]}, g: {wait: PT1S}}}\ndo: [{a: {call: f}}]\n");
  assert_string_equal(task->instance, "/do/0/a");
  const struct wf_task *inner = &task->list.tasks[0].list.tasks[0].list.tasks[0];
  assert_string_equal(inner->reference, "/do/0/a/do/0/f/do/0/x/do/0/g");
  assert_string_equal(inner->instance, "/do/0/a");
}

static void test_function_may_be_any_task(void **state) {
  const struct wf_task *task = load_task(state, "use: {functions: {f: {set: {x: 1}, output: {as: .x}}}}\ndo: [{a: {call: f}}]\n");
  assert_int_equal(task->list.tasks[0].kind, WF_TASK_SET);
  assert_non_null(task->list.tasks[0].data.output_as);
}

static void test_function_that_calls_itself(void **state) {
  (void)state;
  must_refuse(HEAD "use: {functions: {f: {call: g}, g: {do: [{x: {call: f}}]}}}\ndo: [{a: {call: f}}]\n",
              "2:53: function `f` calls itself");
}

static void test_function_that_is_called_in_a_catch_knows_nothing_of_it(void **state) {
  (void)state;
  must_refuse(HEAD "use: {functions: {f: {set: {x: '${ $e.status }'}}}}\n"
                   "do: [{a: {try: [{b: {wait: PT1S}}], catch: {as: e, do: [{c: {call: f}}]}}}]\n",
              "2:32: jq refuses the expression");
}

static void test_unknown_function(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {call: callead}}]\n", "2:17: unknown function `callead`, did you mean `callLead`?");
  must_refuse(HEAD USE "do: [{a: {call: great}}]\n", "3:17: did you mean `greet`?; expected http, openapi, grpc");
  must_refuse(HEAD "do: [{a: {call: opnapi}}]\n", "2:17: did you mean `openapi`?");
}

static void test_standard_calls(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {call: http, with: {method: get, endpoint: 'https://e.com'}}}]\n");
  assert_string_equal(task->call.function->name, "http");
  assert_int_equal(task->call.function->native, WF_NATIVE_HTTP);
  assert_non_null(task->call.form);
  task = load_task(state, "do: [{a: {call: grpc, with: {proto: {endpoint: 'file://a.proto'}, service: {name: S, host: h}, method: M}}}]\n");
  assert_int_equal(task->call.function->native, WF_BY_WORKER);
  assert_string_equal(task->call.function->topic, "workflow.action-requests");
  must_refuse(HEAD "do: [{a: {call: http}}]\n", "2:10: `with` is missing in `call: http`");
}

static void test_other_catalogs_are_not_supported_yet(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {call: 'log:1.0.0@global'}}]\n", "2:17: unknown catalog `global`");
}

static void test_wrong_arguments(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {call: callLead, with: '${ . }'}}]\n", "2:33: `with` is a text: expected an object");
  must_refuse(HEAD "do: [{a: {call: [callLead]}}]\n", "2:17: `call` is a list: expected a text");
}

static void test_function_that_nothing_calls_is_checked(void **state) {
  (void)state;
  must_refuse(HEAD "use: {functions: {f: {call: nothing}}}\ndo: [{a: {wait: PT1S}}]\n",
              "2:29: unknown function `nothing`");
  must_refuse(HEAD "use: {functions: {f: {call: callLead, with: {x: '${ .a + }'}}}}\ndo: [{a: {wait: PT1S}}]\n",
              "2:49: jq refuses the expression");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_function_of_the_config),
      LOADED(test_without_arguments),
      LOADED(test_name_of_the_default_catalog),
      LOADED(test_function_of_the_definition),
      LOADED(test_arguments_of_a_function_know_what_is_around_the_call),
      LOADED(test_errors_inside_a_function_are_those_of_the_call),
      LOADED(test_function_may_be_any_task),
      LOADED(test_function_that_calls_itself),
      LOADED(test_function_that_is_called_in_a_catch_knows_nothing_of_it),
      LOADED(test_unknown_function),
      LOADED(test_standard_calls),
      LOADED(test_other_catalogs_are_not_supported_yet),
      LOADED(test_wrong_arguments),
      LOADED(test_function_that_nothing_calls_is_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
