// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/error.h"
#include "load_fixture.h"

// The document at the top, then `do`.
#define DO "do: [{a: {set: {x: 1}}}]\n"

static struct wf_definition *definition;

static struct wf_definition *load_new(struct arena *arena, const char *document) {
  wf_definition_free(definition);
  return definition = must_load(arena, document);
}

static int set_up(void **state) {
  *state = arena_new();
  return 0;
}

static int tear_down(void **state) {
  wf_definition_free(definition);
  definition = NULL;
  arena_free(*state);
  return 0;
}

static void test_smallest_document(void **state) {
  load_new(*state, HEAD DO);
  assert_string_equal(wf_definition_namespace(definition), "test");
  assert_string_equal(wf_definition_name(definition), "t");
  assert_string_equal(wf_definition_version(definition), "0.1.0");
  assert_null(wf_definition_title(definition));
  assert_null(wf_definition_trigger(definition));
  assert_false(wf_definition_timeout(definition).set);
  assert_null(wf_definition_data(definition)->input_from);
}

static void test_json_document(void **state) {
  load_new(*state, "{\"document\":{\"dsl\":\"1.0.0\",\"namespace\":\"a\",\"name\":\"b\",\"version\":\"1.2.3-rc.1+x\"},"
                   "\"do\":[{\"s\":{\"set\":{\"a\":1}}}]}");
  assert_string_equal(wf_definition_version(definition), "1.2.3-rc.1+x");
}

static void test_all_of_document(void **state) {
  load_new(*state, "document: {dsl: '1.0.1', namespace: n, name: n, version: 1.0.0, title: T, summary: S, tags: {a: "
                   "b}, metadata: {c: [1]}}\n" DO);
  assert_string_equal(wf_definition_title(definition), "T");
}

static void test_workflow_data_and_timeout(void **state) {
  load_new(*state, HEAD "input: {from: .lead}\noutput: {as: {result: '${ . }'}}\ntimeout: {after: {hours: "
                        "1}}\nevaluate: {language: jq, mode: strict}\n" DO);
  assert_true(wf_definition_data(definition)->input_from->index >= 0);
  assert_true(wf_definition_data(definition)->output_as->index >= 0);
  assert_int_equal(wf_definition_timeout(definition).constant.time, USEC_PER_HOUR);
}

static void test_missing_parts(void **state) {
  (void)state;
  must_refuse("do: [{a: {set: {x: 1}}}]\n", "1:1: `document` is missing in a workflow");
  must_refuse(HEAD, "1:1: `do` is missing in a workflow");
  must_refuse("document: {dsl: '1.0.3', namespace: a, name: b}\n" DO, "1:11: `version` is missing in `document`");
  must_refuse("[]", "1:1: a workflow is a list: expected an object");
  must_refuse("x", "1:1: a workflow is a text: expected an object");
}

static void test_version_of_the_dsl(void **state) {
  (void)state;
  must_refuse("document: {dsl: '0.8.0', namespace: a, name: b, version: 1.0.0}\n" DO, "1:17: 1.0.x");
  must_refuse("document: {dsl: '2.0.0', namespace: a, name: b, version: 1.0.0}\n" DO, "1:17: not supported yet");
  must_refuse("document: {dsl: 1.0, namespace: a, name: b, version: 1.0.0}\n" DO,
              "1:17: `dsl` is a number: expected a text (put it in quotes)");
}

static void test_names(void **state) {
  (void)state;
  static const char *const bad[] = {
      "-a", "a-", "a_b", "a.b", "'a b'", "''", "é", "a1234567890123456789012345678901234567890123456789012345678901234",
      NULL};
  for (const char *const *name = bad; *name; name++) {
    struct arena *arena = arena_new();
    must_refuse(arena_printf(arena, "document: {dsl: '1.0.3', namespace: %s, name: b, version: 1.0.0}\n" DO, *name),
                "1:37: letters, digits and hyphens");
    arena_free(arena);
  }
}

static void test_versions(void **state) {
  (void)state;
  static const char *const bad[] = {"1.0", "'1'", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+", "v1.0.0", "1.0.0.0", NULL};
  for (const char *const *version = bad; *version; version++) {
    struct arena *arena = arena_new();
    must_refuse(arena_printf(arena, "document: {version: %s, dsl: '1.0.3', namespace: a, name: b}\n" DO, *version),
                "1:21: expected a");
    arena_free(arena);
  }
}

static void test_unknown_keys_have_a_near_miss(void **state) {
  (void)state;
  must_refuse_once(HEAD "inptu: {}\n" DO, "2:1: unknown key `inptu` in a workflow, did you mean `input`?; expected "
                                          "document, input, use, do, timeout, output, schedule, evaluate\n");
  must_refuse("document: {dsl: '1.0.3', namespace: a, name: b, versoin: 1.0.0}\n" DO, "1:11: `version` is missing");
}

static void test_what_is_not_supported_yet(void **state) {
  (void)state;
  must_refuse(HEAD "evaluate: {mode: lose}\n" DO,
              "2:18: evaluation mode `lose`: expected strict or loose");
  must_refuse(HEAD "evaluate: {language: js}\n" DO, "2:22: expression language `js` is not supported yet: expected jq");
}

static void test_all_problems_at_once_in_order(void **state) {
  (void)state;
  must_refuse_once("document: {dsl: '1.0.3', namespace: test, name: '-', version: '0.1.0'}\n"
                   "do:\n"
                   "  - a: {call: callLaed, then: b}\n"
                   "  - b: {set: {x: '${ .a + }'}}\n"
                   "  - c: {wait: PT1X, then: d}\n",
                   "1:49: `name` `-`: expected letters, digits and hyphens, not at either end, at most 63\n"
                   "3:15: unknown function `callLaed`, did you mean `callLead`?; expected http, openapi, grpc, asyncapi, a2a, mcp, one "
                   "declared under `functions` in the config or under use.functions\n"
                   "4:18: jq refuses the expression: syntax error, unexpected ')' or end of the expression\n"
                   "5:15: `wait` `PT1X` is no duration: expected a duration such as PT2H30M, P1D or {hours: 2, "
                   "minutes: 30} (days, hours, minutes, seconds, milliseconds), not negative, at most 100 years\n"
                   "5:27: `then: d` goes nowhere; expected a task of the same list, or continue, exit or end\n");
}

static void test_a_repeated_key_hides_no_other_problem(void **state) {
  (void)state;
  must_refuse_once(HEAD "do:\n"
                        "  - a: {call: callLead, call: callLead, then: b}\n",
                   "3:25: key `call` stands twice (first on line 3): expected once\n"
                   "3:47: `then: b` goes nowhere; expected a task of the same list, or continue, exit or end\n");
}

static void test_a_refused_expression_hides_no_other_in_its_value(void **state) {
  (void)state;
  must_refuse_once(HEAD "do:\n"
                        "  - a: {set: {x: '${ env }', y: '${ nothing }'}}\n",
                   "3:18: the expression `env` is not available: it reads the environment; expected only the "
                   "expression's input and variables\n"
                   "3:33: jq refuses the expression: nothing/0 is not defined\n");
}

static void test_document_size_beyond_its_bound(void **state) {
  char *text = arena_alloc(*state, WF_DOCUMENT_MAX + 2);
  memset(text, ' ', WF_DOCUMENT_MAX + 1);
  text[WF_DOCUMENT_MAX + 1] = '\0';
  must_refuse(text, "0:0: expected at most 1048576");
}

static void test_nesting_beyond_its_bound(void **state) {
  const char *inner = "{set: {x: 1}}";
  for (int i = 0; i < 12; i++) inner = arena_printf(*state, "{do: [{a%d: %s}]}", i, inner);
  must_refuse(arena_printf(*state, HEAD "do: [{a: %s}]\n", inner), "2:117: deeper than 32");
}

static void test_document_is_kept_as_parsed(void **state) {
  load_new(*state, HEAD DO);
  jv name = jv_object_get(jv_object_get(jv_copy(wf_definition_document(definition)), jv_string("document")),
                          jv_string("name"));
  assert_string_equal(jv_string_value(name), "t");
  jv_free(name);
}

static void test_catalog_may_be_empty(void **state) {
  static const struct wf_catalog none = {.functions = NULL, .count = 0};
  struct wf_problems problems;
  assert_int_equal(wf_definition_load(HEAD DO, strlen(HEAD DO), &none, *state, &definition, &problems), 0);
  assert_int_equal(problems.count, 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_smallest_document),
      CASE(test_json_document),
      CASE(test_all_of_document),
      CASE(test_workflow_data_and_timeout),
      CASE(test_missing_parts),
      CASE(test_version_of_the_dsl),
      CASE(test_names),
      CASE(test_versions),
      CASE(test_unknown_keys_have_a_near_miss),
      CASE(test_what_is_not_supported_yet),
      CASE(test_all_problems_at_once_in_order),
      CASE(test_a_repeated_key_hides_no_other_problem),
      CASE(test_a_refused_expression_hides_no_other_in_its_value),
      CASE(test_document_size_beyond_its_bound),
      CASE(test_nesting_beyond_its_bound),
      CASE(test_document_is_kept_as_parsed),
      CASE(test_catalog_may_be_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
