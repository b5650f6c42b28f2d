// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/outline.h"
#include "load_fixture.h"

// The outline of HEAD and `rest`.
static struct wf_outline outline(void **state, const char *rest) {
  load_task(state, rest);
  struct loaded *loaded = *state;
  return wf_outline_make(loaded->definition, loaded->arena);
}

// "ord parent>next name" of each task, one by one.
static void must_be(const struct wf_outline *outline, const char *expected) {
  struct arena *arena = arena_new();
  const char *text = "";
  for (size_t i = 0; i < outline->count; i++) {
    const struct wf_outline_task *task = &outline->tasks[i];
    text = arena_printf(arena, "%s%s%d %d>%d%s %s", text, i ? ", " : "", task->ord, task->parent_ord, task->next_ord,
                        task->is_decision ? "?" : "", task->name);
  }
  assert_string_equal(text, expected);
  arena_free(arena);
}

static void test_order_of_the_document(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {wait: PT1S}}, {b: {do: [{c: {wait: PT1S}}, {d: {wait: PT1S}}]}},"
                                          " {e: {wait: PT1S}}]\n");
  must_be(&made, "1 0>2 a, 2 0>5 b, 3 2>4 c, 4 2>5 d, 5 0>0 e");
  assert_string_equal(made.tasks[3].reference, "/do/1/b/do/1/d");
}

static void test_then(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {wait: PT1S, then: c}}, {b: {wait: PT1S, then: end}},"
                                          " {c: {wait: PT1S, then: exit}}, {d: {wait: PT1S, then: continue}}]\n");
  must_be(&made, "1 0>3 a, 2 0>0 b, 3 0>0 c, 4 0>0 d");
}

static void test_out_of_containers(void **state) {
  struct wf_outline made = outline(state,
                                   "do: [{a: {then: d, do: [{b: {wait: PT1S, then: exit}}, {c: {wait: PT1S}}]}},"
                                   " {d: {do: [{e: {do: [{f: {wait: PT1S}}]}}]}}, {g: {do: [{h: {wait: PT1S, then: end}}]}},"
                                   " {i: {do: [{j: {wait: PT1S}}], then: end}}]\n");
  must_be(&made, "1 0>4 a, 2 1>4 b, 3 1>4 c, 4 0>7 d, 5 4>7 e, 6 5>7 f, 7 0>9 g, 8 7>0 h, 9 0>0 i, 10 9>0 j");
}

static void test_branches_and_turns(void **state) {
  struct wf_outline made = outline(state, "do: [{f: {fork: {branches: [{a: {wait: PT1S}}, {b: {do: [{c: {wait: PT1S}}, {d: {wait: PT1S}}]}}, {e: {wait: PT1S}}]}}},"
                                          " {l: {for: {in: .x}, do: [{g: {wait: PT1S}}, {h: {wait: PT1S}}]}}]\n");
  must_be(&made, "1 0>7 f, 2 1>7 a, 3 1>7 b, 4 3>5 c, 5 3>7 d, 6 1>7 e, 7 0>0 l, 8 7>9 g, 9 7>0 h");
}

static void test_try(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {try: [{b: {wait: PT1S}}, {c: {wait: PT1S}}],"
                                          " catch: {do: [{d: {wait: PT1S}}, {e: {wait: PT1S}}]}}}, {f: {wait: PT1S}}]\n");
  must_be(&made, "1 0>6 a, 2 1>3 b, 3 1>6 c, 4 1>5 d, 5 1>6 e, 6 0>0 f");
  assert_null(made.tasks[1].branch);
  assert_string_equal(made.tasks[3].branch, "catch");
  assert_null(made.tasks[4].branch);
}

static void test_switch_has_no_single_next(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {switch: [{yes: {when: .x, then: c}}, {again: {when: .y, then: c}},"
                                          " {no: {then: continue}}]}}, {b: {wait: PT1S}}, {c: {wait: PT1S}}]\n");
  must_be(&made, "1 0>0? a, 2 0>3 b, 3 0>0 c");
  assert_string_equal(made.tasks[1].branch, "no");
  assert_string_equal(made.tasks[2].branch, "yes"); // the first that goes there
}

static void test_a_case_out_of_the_list_names_nothing(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {do: [{b: {switch: [{x: {when: .x, then: exit}}, {y: {then: continue}}]}}]}},"
                                          " {c: {wait: PT1S}}]\n");
  must_be(&made, "1 0>3 a, 2 1>0? b, 3 0>0 c");
  assert_null(made.tasks[2].branch);
}

static void test_raise(void **state) {
#define RAISE "raise: {error: {type: 'https://example.com/x', status: 400}}"
  struct wf_outline made = outline(state, "do: [{a: {try: [{b: {do: [{c: {" RAISE "}}]}}], catch: {do: [{d: {" RAISE
                                          "}}]}}}, {e: {" RAISE "}}, {f: {wait: PT1S}}]\n");
  must_be(&made, "1 0>5 a, 2 1>5 b, 3 2>0? c, 4 1>0 d, 5 0>0 e, 6 0>0 f");
}

static void test_types(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {call: callLead}}, {b: {wait: PT1S}}, {c: {switch: [{x: {then: d}}]}},"
                                          " {d: {set: {x: 1}}}, {e: {wait: PT1S, metadata: {type: pause_2, title: Pause}}}]\n");
  static const char *const types[] = {"callLead", "delay", "branch", "set", "pause_2"};
  for (size_t i = 0; i < 5; i++) assert_string_equal(made.tasks[i].type, types[i]);
  assert_string_equal(made.tasks[0].function, "callLead");
  assert_null(made.tasks[1].function);
  assert_null(made.tasks[0].title);
  assert_string_equal(made.tasks[4].title, "Pause");
}

// The call of a function of the definition is a list: its input, and its task.
static void test_a_component_is_its_task(void **state) {
  struct wf_outline made = outline(state, "use: {functions: {ring: {call: callLead, with: {x: 1}}}}\ndo: [{a: {call: ring}}]\n");
  must_be(&made, "1 0>0 a, 2 1>0 ring");
  assert_string_equal(made.tasks[1].type, "callLead");
  assert_string_equal(made.tasks[1].function, "callLead");
}

static void test_config_is_what_is_written(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {call: callLead, with: {x: '${ .y }'}}}, {b: {call: callLead}},"
                                          " {c: {wait: {seconds: 2}}}, {d: {do: [{e: {set: {x: 1}}}]}}, {f: {listen: {to: {any: []}}}}]\n");
  static const char *const configs[] = {"{\"x\":\"${ .y }\"}", "null", "{\"seconds\":2}", "null", "{\"x\":1}", "{\"to\":{\"any\":[]}}"};
  for (size_t i = 0; i < 6; i++) {
    jv text = jv_dump_string(jv_copy(made.tasks[i].config), 0);
    assert_string_equal(jv_string_value(text), configs[i]);
    jv_free(text);
  }
}

static void test_json(void **state) {
  struct wf_outline made = outline(state, "do: [{a: {do: [{b: {call: callLead, metadata: {title: B}}}]}}]\n");
  made.title = "T";
  jv text = jv_dump_string(wf_outline_json(&made), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text),
                      "{\"tasks\":[{\"branch\":null,\"config\":null,\"function\":null,\"is_decision\":false,\"kind\":\"do\","
                      "\"name\":\"a\",\"next_ord\":null,\"ord\":1,\"parent_ord\":null,\"reference\":\"/do/0/a\",\"title\":null,"
                      "\"type\":\"do\"},{\"branch\":null,\"config\":null,\"function\":\"callLead\",\"is_decision\":false,"
                      "\"kind\":\"call\",\"name\":\"b\",\"next_ord\":null,\"ord\":2,\"parent_ord\":1,"
                      "\"reference\":\"/do/0/a/do/0/b\",\"title\":\"B\",\"type\":\"callLead\"}],\"title\":\"T\"}");
  jv_free(text);
}

static void test_title_of_the_document(void **state) {
  struct loaded *loaded = *state;
  loaded->definition = must_load(loaded->arena, "document: {dsl: '1.0.3', namespace: test, name: t, version: '0.1.0', title: A title}\n"
                                                "do: [{a: {wait: PT1S}}]\n");
  assert_string_equal(wf_outline_make(loaded->definition, loaded->arena).title, "A title");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_order_of_the_document),
      LOADED(test_then),
      LOADED(test_out_of_containers),
      LOADED(test_branches_and_turns),
      LOADED(test_try),
      LOADED(test_switch_has_no_single_next),
      LOADED(test_a_case_out_of_the_list_names_nothing),
      LOADED(test_raise),
      LOADED(test_types),
      LOADED(test_a_component_is_its_task),
      LOADED(test_config_is_what_is_written),
      LOADED(test_json),
      LOADED(test_title_of_the_document),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
