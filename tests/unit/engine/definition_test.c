// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "load_fixture.h"

static void test_task_by_reference(void **state) {
  load_task(
      state,
      "do: [{a: {do: [{b: {wait: PT1S}}]}}, {c: {try: [{d: {call: callLead}}], catch: {do: [{e: {wait: PT1S}}]}}}]\n");
  struct wf_definition *definition = ((struct loaded *)*state)->definition;
  static const char *const references[] = {"/do/0/a",         "/do/0/a/do/0/b",       "/do/1/c",
                                           "/do/1/c/try/0/d", "/do/1/c/catch/do/0/e", NULL};
  for (const char *const *reference = references; *reference; reference++)
    assert_string_equal(wf_definition_task(definition, *reference)->reference, *reference);
}

static void test_unknown_reference(void **state) {
  load_task(state, "do: [{a: {wait: PT1S}}]\n");
  assert_null(wf_definition_task(((struct loaded *)*state)->definition, "/do/0/b"));
  assert_null(wf_definition_task(((struct loaded *)*state)->definition, ""));
}

static void test_free_takes_null(void **state) {
  (void)state;
  wf_definition_free(NULL);
}

// The arena of the problems and the text may go once it is loaded.
static void test_outlives_what_it_was_loaded_from(void **state) {
  struct arena *arena = arena_new();
  char *text = strdup(HEAD "do: [{a: {set: {x: '${ .y }', z: w}, metadata: {title: T}}}]\n");
  struct wf_definition *definition = must_load(arena, text);
  memset(text, '!', strlen(text));
  free(text);
  arena_free(arena);
  const struct wf_task *task = wf_definition_task(definition, "/do/0/a");
  assert_string_equal(task->name, "a");
  assert_string_equal(task->title, "T");
  ((struct loaded *)*state)->definition = definition;
}

static void test_place_of_the_version(void **state) {
  int line, column;
  load_task(state, "do: [{a: {wait: PT1S}}]\n");
  wf_definition_version_place(((struct loaded *)*state)->definition, &line, &column);
  assert_int_equal(line, 1);
  assert_int_equal(column, (int)(strstr(HEAD, "'0.1.0'") - HEAD) + 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_task_by_reference),
      LOADED(test_unknown_reference),
      LOADED(test_free_takes_null),
      LOADED(test_outlives_what_it_was_loaded_from),
      LOADED(test_place_of_the_version),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
