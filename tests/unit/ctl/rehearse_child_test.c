// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/rehearse_child.h"
#include "rehearse_fixture.h"

#define NAMED(space, name, version) "document: {dsl: '1.0.3', namespace: " space ", name: " name ", version: '" version "'}\ndo: [{t: {set: {x: 1}}}]\n"

static const char *const documents[] = {NAMED("a", "one", "1.2.0"), NAMED("a", "one", "1.10.0"), NAMED("b", "one", "3.0.0"), NAMED("a", "two", "1.0.0")};

static void finds(const char *arguments, int expected) {
  struct arena *arena = arena_new();
  struct wf_definition *definitions[4];
  struct wf_problems problems;
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(wf_definition_load(documents[i], strlen(documents[i]), &fixture_catalog, arena, &definitions[i], &problems), 0);
  jv given = jv_parse(arguments);
  const struct wf_definition *found = rehearse_child_find((const struct wf_definition *const *)definitions, 4, definitions[3], given);
  assert_ptr_equal(found, expected < 0 ? NULL : definitions[expected]);
  jv_free(given);
  for (size_t i = 0; i < 4; i++) wf_definition_free(definitions[i]);
  arena_free(arena);
}

static void test_which(void **state) {
  (void)state;
  finds("{\"namespace\": \"a\", \"name\": \"one\", \"version\": \"1.2.0\"}", 0);
  finds("{\"namespace\": \"a\", \"name\": \"one\", \"version\": \"latest\"}", 1);
  finds("{\"name\": \"one\"}", 1);
  finds("{\"namespace\": \"b\", \"name\": \"one\"}", 2);
  finds("{\"namespace\": \"b\", \"name\": \"one\", \"version\": \"1.2.0\"}", -1);
  finds("{\"name\": 5}", -1);
}

static void test_its_end(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {set: {x: 1}}\n", NULL, NULL);
  struct wf_result result = rehearse_child_result(fixture.record.runs.items[0]->run, fixture.arena);
  assert_true(result.completed);
  assert_int_equal(jv_object_length(result.output), 1);
  fixture_end(&fixture);
  rehearse_text(&fixture, HEAD "do:\n  - a: {raise: {error: {type: 'https://example.com/e', status: 418, title: T}}}\n", NULL, NULL);
  result = rehearse_child_result(fixture.record.runs.items[0]->run, fixture.arena);
  assert_false(result.completed);
  assert_int_equal(result.error_status, 418);
  assert_string_equal(result.error_type, "https://example.com/e");
  assert_string_equal(result.error_title, "T");
  fixture_end(&fixture);
}

static void test_too_deep(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {run: {workflow: {namespace: test, name: one, version: latest}}}\n", NULL, NULL);
  assert_int_equal(fixture.record.runs.count, REHEARSE_CHILD_DEPTH + 1);
  assert_int_equal(fixture.record.runs.items[0]->run->status, WF_FAULTED);
  jv title = jv_object_get(jv_copy(fixture.record.runs.items[0]->run->error), jv_string("title"));
  assert_string_equal(jv_string_value(title), "Runs start runs too deep");
  jv_free(title);
  fixture_end(&fixture);
}

static void test_none(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {run: {workflow: {namespace: test, name: other, version: latest}}}\n", NULL, NULL);
  assert_int_equal(fixture.end, REHEARSE_WANTING);
  assert_int_equal(fixture.record.wants.count, 1);
  assert_string_equal(fixture.record.wants.items[0].function, "workflow");
  fixture_end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_which),
      cmocka_unit_test(test_its_end),
      cmocka_unit_test(test_too_deep),
      cmocka_unit_test(test_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
