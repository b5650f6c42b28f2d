// SPDX-License-Identifier: Apache-2.0
// What a filter fixes of an event before it comes.
#include "engine/strategy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load_fixture.h"

static const struct wf_event_filter *filter_of(void **state, const char *with) {
  const char *text = arena_printf(((struct loaded *)*state)->arena, "do: [{a: {listen: {to: {one: {with: {%s}}}}}}]\n", with);
  return &load_task(state, text)->listen->to.filters[0];
}

// "data.order=$input.id …"
static const char *fixed(void **state, const char *with) {
  const struct wf_event_filter *filter = filter_of(state, with);
  struct arena *arena = ((struct loaded *)*state)->arena;
  const char *all = "";
  for (int i = 0; i < filter->fixed_count; i++) {
    const struct wf_fixed *one = &filter->fixed[i];
    const char *path = one->path[0];
    for (int p = 1; p < one->path_count; p++) path = arena_printf(arena, "%s.%s", path, one->path[p]);
    jv constant = one->value->index < 0 ? jv_dump_string(jv_copy(one->value->constant), 0) : jv_invalid();
    const char *value = jv_is_valid(constant) ? arena_strdup(arena, jv_string_value(constant)) : one->value->source;
    jv_free(constant);
    all = arena_printf(arena, "%s%s%s=%s%s", all, *all ? " " : "", path, value, one->of_context ? "?" : "");
  }
  return all;
}

static void test_a_condition_of_equalities(void **state) {
  assert_string_equal(fixed(state, "type: t, data: '${ .order == $workflow.input.id }'"), "data.order=$workflow.input.id");
  assert_string_equal(fixed(state, "type: t, data: '${ $input.id==.a.b_2 and .n == 5 and .s == \"x y\" }'"), "data.a.b_2=$input.id data.n=5 data.s=\"x y\"");
  assert_string_equal(fixed(state, "type: t, data: '${ .order == $context.id }'"), "data.order=$context.id?");
}

static void test_other_comparisons_beside_it(void **state) {
  assert_string_equal(fixed(state, "type: t, data: '${ .n > 5 and .order == 7 and .a != .b }'"), "data.order=7");
}

static void test_what_is_more_than_that_is_left_to_the_run(void **state) {
  (void)state;
  static const char *const OTHERS[] = {
      ".a == 1 or .b == 2", ".a == 1 and .b == 2 or .c == 3", "(.a == 1)", ".a == 1 | not", ".a == 1, .b == 1", ".a // 1 == 1", ".a == 1 + 1",
      ".[\\\"a\\\"] == 1", ".a == \\\"a and .b == 1\\\\\\\"\\\"", ".a and .b == 1", ".a == .b", ".a[0] == 1", ".a == 1 and", "if .a == 1 then true else .b end",
      ".a == $secrets.s", ".a == [1]", ".a == -1", ".a == 1.5", ".a | .b == 1", ".a == 1 == true",
  };
  int loadable = 0;
  for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
    struct arena *arena = arena_new();
    struct wf_definition *definition = NULL;
    const char *text = arena_printf(arena, HEAD "use: {secrets: [s]}\ndo: [{a: {listen: {to: {one: {with: {type: t, data: \"${ %s }\"}}}}}}]\n", OTHERS[i]);
    if (!*load(arena, text, &definition)) {
      loadable++;
      if (wf_definition_task(definition, "/do/0/a")->listen->to.filters[0].fixed_count) fail_msg("%s", OTHERS[i]);
      wf_definition_free(definition);
    }
    arena_free(arena);
  }
  assert_true(loadable > 12);
}

static void test_members_that_it_must_have(void **state) {
  assert_string_equal(fixed(state, "type: t, data: {order: {id: '${ $input.id }', kind: new}, n: 7, list: [1], more: '${ .x }', text: 'a ${ .b }'}"),
                      "data.order.id=${ $input.id } data.order.kind=\"new\" data.n=7");
}

static void test_attributes(void **state) {
  assert_string_equal(fixed(state, "type: t, source: s, subject: '${ $input.id }', level: 3, kind: 'a.*', other: '${ . == 1 }'"),
                      "subject=${ $input.id } level=3");
}

static void test_of_what_starts_a_workflow_nothing_is_fixed(void **state) {
  load_task(state, "schedule: {on: {one: {with: {type: t, data: {a: 1}}}}}\ndo: [{a: {set: {a: 1}}}]\n");
  assert_int_equal(wf_definition_trigger(((struct loaded *)*state)->definition)->filters[0].fixed_count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_a_condition_of_equalities),
      LOADED(test_other_comparisons_beside_it),
      LOADED(test_what_is_more_than_that_is_left_to_the_run),
      LOADED(test_members_that_it_must_have),
      LOADED(test_attributes),
      LOADED(test_of_what_starts_a_workflow_nothing_is_fixed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
