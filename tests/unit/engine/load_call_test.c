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
}

static void test_without_arguments(void **state) {
  assert_null(load_task(state, "do: [{a: {call: callLead}}]\n")->call.arguments);
}

static void test_name_of_the_default_catalog(void **state) {
  assert_ptr_equal(load_task(state, "do: [{a: {call: callLead@default}}]\n")->call.function, &FUNCTIONS[0]);
}

static void test_reusable_function(void **state) {
  const struct wf_task *task = load_task(state, USE "do: [{a: {call: greet}}]\n");
  assert_ptr_equal(task->call.function, &FUNCTIONS[1]);
  assert_true(task->call.arguments->index >= 0);
}

static void test_arguments_over_preset_ones(void **state) {
  const struct wf_task *task = load_task(state, USE "do: [{a: {call: greet, with: {to: Ann, x: 1}}}]\n");
  assert_string_equal(arguments(state, task), "{\"text\":\"Hello\",\"to\":\"Ann\",\"x\":1}");
}

static void test_unknown_function(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {call: callead}}]\n", "2:17: unknown function `callead`, did you mean `callLead`?");
  must_refuse(
      HEAD USE "do: [{a: {call: great}}]\n",
      "3:17: did you mean `greet`?; expected one declared under `functions` in the config or under use.functions");
}

static void test_protocols_are_not_supported_yet(void **state) {
  static const char *const names[] = {"http", "grpc", "openapi", "asyncapi", "a2a", "mcp", NULL};
  for (const char *const *name = names; *name; name++)
    must_refuse(arena_printf(((struct loaded *)*state)->arena,
                             HEAD "do: [{a: {call: %s, with: {x: '${ $nothing }'}}}]\n", *name),
                "2:17: is not supported yet: expected a function of the config");
}

static void test_other_catalogs_are_not_supported_yet(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {call: 'log:1.0.0@global'}}]\n", "2:17: of a catalog is not supported yet");
  must_refuse(HEAD "do: [{a: {call: 'https://example.com/f.yaml'}}]\n", "2:17: of a catalog is not supported yet");
}

static void test_wrong_arguments(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {call: callLead, with: '${ . }'}}]\n", "2:33: `with` is a text: expected an object");
  must_refuse(HEAD "do: [{a: {call: [callLead]}}]\n", "2:17: `call` is a list: expected a text");
}

static void test_reusable_function_that_is_none(void **state) {
  (void)state;
  must_refuse(HEAD "use: {functions: {f: {call: nothing}}}\ndo: [{a: {call: f}}]\n",
              "2:29: unknown function `nothing`; expected one declared under `functions` in the config\n");
  must_refuse(HEAD "use: {functions: {f: {set: {x: 1}}}}\ndo: [{a: {call: f}}]\n",
              "2:23: `set` in a reusable function is not supported yet");
  must_refuse(HEAD "use: {functions: {f: {call: callLead, input: {from: .a}}}}\ndo: [{a: {call: f}}]\n",
              "2:39: `input` in a reusable function is not supported yet");
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
      LOADED(test_reusable_function),
      LOADED(test_arguments_over_preset_ones),
      LOADED(test_unknown_function),
      LOADED(test_protocols_are_not_supported_yet),
      LOADED(test_other_catalogs_are_not_supported_yet),
      LOADED(test_wrong_arguments),
      LOADED(test_reusable_function_that_is_none),
      LOADED(test_function_that_nothing_calls_is_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
