// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "load_fixture.h"

// A world with a few functions in it.
static int read_here(void *context, const char *uri, struct arena *arena, const char **ret_text) {
  static const char *const THERE[][2] = {
      {"catalog://tools/functions/log/1.0.0/function.yaml", "input: {schema: {document: {required: [m]}}}\nset: {logged: '${ .m }'}\n"},
      {"https://cat.example.com/root/functions/hi/2.0.0/function.yaml", "set: {hi: true}\n"},
      {"https://raw.githubusercontent.com/me/cat/refs/heads/main/functions/hub/1.0.0/function.yaml", "set: {hub: true}\n"},
      {"https://gitlab.com/me/cat/-/raw/dev/functions/lab/1.0.0/function.yaml", "set: {lab: true}\n"},
      {"https://e.com/bad.yaml", "sat: {x: 1}\n"},
      {"https://e.com/self.yaml", "call: https://e.com/self.yaml\n"},
      {"catalog://default/functions/own/1.0.0/function.yaml", "set: {own: true}\n"},
  };
  (void)context, (void)arena;
  for (size_t i = 0; i < sizeof THERE / sizeof *THERE; i++)
    if (strcmp(THERE[i][0], uri) == 0) {
      *ret_text = THERE[i][1];
      return 0;
    }
  return -WF_EIO;
}

#define USE                                                                                                            \
  "use: {catalogs: {tools: {endpoint: https://tools.example.com}, cat: {endpoint: {uri: https://cat.example.com/root/}},\n" \
  "  hub: {endpoint: https://github.com/me/cat}, lab: {endpoint: https://gitlab.com/me/cat/-/tree/dev}}}\n"

// "" when a call of it loads, else the first problem; the definition is in the state.
static const char *call(void **state, const char *name) {
  struct loaded *loaded = *state;
  static const struct wf_resources resources = {read_here, NULL};
  struct wf_catalog catalog = CATALOG;
  struct wf_problems problems;
  catalog.resources = &resources;
  const char *text = arena_printf(loaded->arena, HEAD USE "do: [{a: {call: '%s', with: {m: 1}}}]\n", name);
  wf_definition_free(loaded->definition);
  loaded->definition = NULL;
  if (wf_definition_load(text, strlen(text), &catalog, loaded->arena, &loaded->definition, &problems) == 0) return "";
  return arena_printf(loaded->arena, "%d:%d: %s", problems.items[0].line, problems.items[0].column, problems.items[0].text);
}

static const struct wf_task *called(void **state) {
  return &wf_definition_tasks(((struct loaded *)*state)->definition)->tasks[0];
}

static void finds(void **state, const char *name, const char *reference) {
  assert_string_equal(call(state, name), "");
  const struct wf_task *task = called(state);
  assert_int_equal(task->kind, WF_TASK_DO);
  assert_int_equal(task->list.count, 2);
  assert_string_equal(task->list.tasks[0].name, "with");
  assert_string_equal(task->list.tasks[1].reference, reference);
}

static void test_in_the_folder_of_the_catalog(void **state) {
  finds(state, "log:1.0.0@tools", "/do/0/a/do/1/log");
  assert_non_null(called(state)->list.tasks[1].data.input_schema);
  finds(state, "own:1.0.0@default", "/do/0/a/do/1/own");
}

static void test_where_the_document_says(void **state) {
  finds(state, "hi:2.0.0@cat", "/do/0/a/do/1/hi");
  finds(state, "hub:1.0.0@hub", "/do/0/a/do/1/hub");
  finds(state, "lab:1.0.0@lab", "/do/0/a/do/1/lab");
}

static void test_by_uri(void **state) {
  finds(state, "https://cat.example.com/root/functions/hi/2.0.0/function.yaml", "/do/0/a/do/1/hi");
  finds(state, "https://github.com/me/cat/tree/main/functions/hub/1.0.0/function.yaml", "/do/0/a/do/1/hub");
}

static void test_what_is_not_there_is_for_workers(void **state) {
  static const char *const names[] = {"log:9.0.0@tools", "https://e.com/functions/mail@v1.0.0", "other:1.0.0@default", NULL};
  for (const char *const *name = names; *name; name++) {
    assert_string_equal(call(state, *name), "");
    assert_int_equal(called(state)->kind, WF_TASK_CALL);
    assert_string_equal(called(state)->call.function->name, *name);
    assert_non_null(called(state)->call.function->topic);
    assert_non_null(called(state)->call.arguments);
  }
}

static void test_the_config_is_the_default_catalog(void **state) {
  assert_string_equal(call(state, "callLead:1.0.0@default"), "");
  assert_ptr_equal(called(state)->call.function, &FUNCTIONS[0]);
}

static void test_refused(void **state) {
  assert_string_equal(call(state, "log:1.0.0@tool"),
                      "4:17: unknown catalog `tool`, did you mean `tools`?; expected a name under use.catalogs, or default");
  const char *problem = call(state, "https://e.com/bad.yaml");
  if (strncmp(problem, "4:17: in function `https://e.com/bad.yaml`: ", 44) != 0) fail_msg("%s", problem);
  problem = call(state, "https://e.com/self.yaml");
  assert_non_null(strstr(problem, "function `https://e.com/self.yaml` calls itself"));
  must_refuse(HEAD "use: {catalogs: {a: {endpont: x}}}\ndo: [{a: {wait: PT1S}}]\n", "2:21: unknown key `endpont` in a catalog, did you mean");
  must_refuse(HEAD "use: {catalogs: {a: {}}}\ndo: [{a: {wait: PT1S}}]\n", "2:21: `endpoint` is missing in a catalog");
  must_refuse(HEAD "use: {catalogs: [a]}\ndo: [{a: {wait: PT1S}}]\n", "2:17: `catalogs` is a list");
}

static void test_what_a_call_passes_is_not_extended(void **state) {
  const struct wf_task *task = load_task(
      state, "use: {functions: {f: {set: {x: 1}}}, extensions: [{l: {extend: set, before: [{b: {wait: PT0S}}]}}]}\n"
             "do: [{a: {call: f, with: {m: 1}}}]\n");
  assert_int_equal(task->list.tasks[0].role, WF_ROLE_TASK);
  assert_int_equal(task->list.tasks[1].role, WF_ROLE_EXTENDED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_in_the_folder_of_the_catalog),
      LOADED(test_where_the_document_says),
      LOADED(test_by_uri),
      LOADED(test_what_is_not_there_is_for_workers),
      LOADED(test_the_config_is_the_default_catalog),
      LOADED(test_refused),
      LOADED(test_what_a_call_passes_is_not_extended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
