// SPDX-License-Identifier: Apache-2.0
// Loads documents written in a test, and checks what is wrong with them.
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "engine/definition.h"

#define HEAD "document: {dsl: '1.0.3', namespace: test, name: t, version: '0.1.0'}\n" // one line

static const struct wf_function FUNCTIONS[] = {{"callLead", "calls", USEC_PER_MIN, 0, WF_BY_WORKER, false},
                                               {"sendMessage", "messages", USEC_PER_MIN, 0, WF_BY_WORKER, false}};
static const struct wf_catalog CATALOG = {.functions = FUNCTIONS, .count = 2};

// "" when it loads, into *ret_definition; else the problems, "line:column: text\n" each.
static inline const char *load(struct arena *arena, const char *document, struct wf_definition **ret_definition) {
  struct wf_problems problems;
  const char *text = "";
  if (wf_definition_load(document, strlen(document), &CATALOG, arena, ret_definition, &problems) == 0) return text;
  for (size_t i = 0; i < problems.count; i++)
    text = arena_printf(arena, "%s%d:%d: %s\n", text, problems.items[i].line, problems.items[i].column,
                        problems.items[i].text);
  return text;
}

// That the document loads, with this one warning: "line:column: text", of which the end may
// be left out; "" = none.
static inline void must_warn(const char *document, const char *expected) {
  struct arena *arena = arena_new();
  struct wf_definition *definition = NULL;
  struct wf_problems problems;
  const char *text = "";
  int code = wf_definition_load(document, strlen(document), &CATALOG, arena, &definition, &problems);
  assert_true(problems.count <= 1);
  if (problems.count)
    text = arena_printf(arena, "%d:%d: %s", problems.items[0].line, problems.items[0].column, problems.items[0].text);
  if (code != 0 || strncmp(text, expected, strlen(expected)) != 0 || (*text && !*expected)) {
    print_error("expected: %s\ngot: %s\n", expected, text);
    fail();
  }
  assert_true(!problems.count || problems.items[0].is_warning);
  wf_definition_free(definition);
  arena_free(arena);
}

static inline struct wf_definition *must_load(struct arena *arena, const char *document) {
  struct wf_definition *definition = NULL;
  const char *problems = load(arena, document, &definition);
  if (*problems) print_error("%s", problems);
  assert_string_equal(problems, "");
  return definition;
}

// That the document is refused, and that the first problem is at "line:column: " and
// holds the words. `expected` is "line:column: words".
static inline void must_refuse(const char *document, const char *expected) {
  struct arena *arena = arena_new();
  struct wf_definition *definition = NULL;
  const char *problems = load(arena, document, &definition);
  const char *words = strchr(expected, ' ') + 1;
  if (!*problems) wf_definition_free(definition);
  if (strncmp(problems, expected, (size_t)(words - expected)) != 0 || !strstr(problems, words)) {
    print_error("expected: %s\ngot: %s\n", expected, problems);
    fail();
  }
  arena_free(arena);
}

// That this is all that is wrong with it.
static inline void must_refuse_once(const char *document, const char *expected) {
  struct arena *arena = arena_new();
  struct wf_definition *definition = NULL;
  assert_string_equal(load(arena, document, &definition), expected);
  arena_free(arena);
}

// A definition of the test at hand, for cmocka's set-up and tear-down.
struct loaded {
  struct arena *arena;
  struct wf_definition *definition;
};

static inline int set_up_loaded(void **state) {
  struct arena *arena = arena_new();
  struct loaded *loaded = arena_alloc0(arena, sizeof *loaded);
  loaded->arena = arena;
  *state = loaded;
  return 0;
}

static inline int tear_down_loaded(void **state) {
  struct loaded *loaded = *state;
  wf_definition_free(loaded->definition);
  arena_free(loaded->arena);
  return 0;
}

// Loads HEAD and `rest`, and gives the first task.
static inline const struct wf_task *load_task(void **state, const char *rest) {
  struct loaded *loaded = *state;
  wf_definition_free(loaded->definition);
  loaded->definition = NULL;
  loaded->definition = must_load(loaded->arena, arena_printf(loaded->arena, HEAD "%s", rest));
  return &wf_definition_tasks(loaded->definition)->tasks[0];
}

#define LOADED(name) cmocka_unit_test_setup_teardown(name, set_up_loaded, tear_down_loaded)
