// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define LOG "before: [{log: {set: {x: '${ $task.reference }'}}}], after: [{done: {set: {y: 1}}}]"

static const struct wf_task *load_with(void **state, const char *extensions, const char *tasks) {
  return load_task(state, arena_printf(((struct loaded *)*state)->arena, "use: {extensions: [%s]}\ndo: %s\n", extensions, tasks));
}

// That the list holds these references, one after the other.
static void holds(const struct wf_task_list *list, const char *const *references) {
  int count = 0;
  for (; references[count]; count++) {
    assert_true(count < list->count);
    assert_string_equal(list->tasks[count].reference, references[count]);
  }
  assert_int_equal(list->count, count);
}

static void test_layout(void **state) {
  const struct wf_task *around =
      load_with(state, "{log: {extend: set, when: '$task.name == \"a\"', " LOG "}}", "[{a: {if: .ok, set: {x: 1}, then: end}}]");
  assert_int_equal(around->kind, WF_TASK_DO);
  assert_int_equal(around->role, WF_ROLE_EXTENDED);
  assert_string_equal(around->reference, "/do/0/a/extensions/0");
  assert_string_equal(around->name, "a");
  assert_non_null(around->condition);
  assert_int_equal(around->then.kind, WF_FLOW_END);
  holds(&around->list, (const char *const[]){"/do/0/a/extensions/0/before", "/do/0/a", "/do/0/a/extensions/0/after", NULL});
  const struct wf_task *before = &around->list.tasks[0], *task = &around->list.tasks[1];
  assert_non_null(before->condition);
  holds(&before->list, (const char *const[]){"/do/0/a/extensions/0/before/0/log", NULL});
  assert_string_equal(before->list.tasks[0].extended->reference, "/do/0/a");
  assert_null(task->condition);
  assert_null(task->extended);
  assert_true(task->is_inner);
  assert_int_equal(task->then.kind, WF_FLOW_CONTINUE);
  assert_ptr_equal(wf_definition_task(((struct loaded *)*state)->definition, "/do/0/a"), task);
}

static void test_first_extension_is_the_outermost(void **state) {
  const struct wf_task *around = load_with(state, "{a: {extend: all, " LOG "}}, {b: {extend: set, " LOG "}}", "[{t: {set: {x: 1}}}]");
  holds(&around->list, (const char *const[]){"/do/0/t/extensions/0/before", "/do/0/t/extensions/1", "/do/0/t/extensions/0/after", NULL});
  holds(&around->list.tasks[1].list,
        (const char *const[]){"/do/0/t/extensions/1/before", "/do/0/t", "/do/0/t/extensions/1/after", NULL});
}

static void test_what_comes_after_a_switch_comes_before_it_leaves(void **state) {
  const struct wf_task *around = load_with(state, "{a: {extend: switch, " LOG "}}", "[{t: {switch: [{c: {then: end}}]}}]");
  holds(&around->list, (const char *const[]){"/do/0/t/extensions/0/before", "/do/0/t/extensions/0/after", "/do/0/t", NULL});
}

static bool is_extended(void **state, const char *target, const char *task) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  return load_with(state, arena_printf(arena, "{a: {extend: %s, " LOG "}}", target), arena_printf(arena, "[{t: %s}]", task))->role ==
         WF_ROLE_EXTENDED;
}

static void test_targets(void **state) {
  assert_true(is_extended(state, "call", "{call: callLead}"));
  assert_false(is_extended(state, "call", "{set: {x: 1}}"));
  assert_true(is_extended(state, "composite", "{do: [{s: {set: {x: 1}}}]}"));
  assert_false(is_extended(state, "composite", "{set: {x: 1}}"));
  assert_true(is_extended(state, "try", "{try: [{s: {set: {x: 1}}}], catch: {}}"));
  assert_true(is_extended(state, "all", "{wait: PT1S}"));
  assert_false(is_extended(state, "extension", "{wait: PT1S}"));
}

static void test_extensions_are_extended_by_those_of_extension_alone(void **state) {
  const struct wf_task *around = load_with(state, "{a: {extend: wait, " LOG "}}, {b: {extend: extension, before: [{s: {set: {z: 1}}}]}}, "
                                                  "{c: {extend: set, before: [{s: {set: {z: 1}}}]}}",
                                           "[{t: {wait: PT1S}}]");
  const struct wf_task *log = &around->list.tasks[0].list.tasks[0];
  assert_int_equal(log->role, WF_ROLE_EXTENDED);
  assert_string_equal(log->reference, "/do/0/t/extensions/0/before/0/log/extensions/1");
  assert_int_equal(log->list.tasks[0].list.tasks[0].role, WF_ROLE_TASK);
}

static void test_refused(void **state) {
  (void)state;
#define REFUSE(extension, expected) must_refuse(HEAD "use: {extensions: [" extension "]}\ndo: [{a: {wait: PT1S}}]\n", expected)
  REFUSE("{a: {extend: sets}}", "2:33: `extend: sets`, did you mean `set`?; expected one of call, composite");
  REFUSE("{a: {before: [{b: {wait: PT1S}}]}}", "2:24: `extend` is missing in extension `a`");
  REFUSE("{a: {extend: all, befor: []}}", "2:38: unknown key `befor` in extension `a`, did you mean `before`?");
  REFUSE("{a: {extend: all}, b: {extend: all}}", "2:20: an item of `extensions` is not one extension");
  REFUSE("{a: {extend: set, before: [{b: {wat: 1}}]}}", "2:51: task `b` does not say what to do"); // although nothing is set
  REFUSE("{a: {extend: wait, when: $input.a, before: [{b: {wait: PT1S}}]}}", "2:45: $input is not defined");
  must_refuse(HEAD "use: {extensions: {a: {extend: all}}}\ndo: [{a: {wait: PT1S}}]\n", "2:19: `extensions` is an object: expected a list");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_layout),
      LOADED(test_first_extension_is_the_outermost),
      LOADED(test_what_comes_after_a_switch_comes_before_it_leaves),
      LOADED(test_targets),
      LOADED(test_extensions_are_extended_by_those_of_extension_alone),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
