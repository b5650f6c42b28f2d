// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_list_and_references(void **state) {
  const struct wf_task *task = load_task(state, "do: [{one: {set: {x: 1}}}, {two: {do: [{inner: {wait: PT1S}}]}}]\n");
  const struct wf_task_list *tasks = wf_definition_tasks(((struct loaded *)*state)->definition);
  assert_int_equal(tasks->count, 2);
  assert_string_equal(tasks->reference, "/do");
  assert_string_equal(task->name, "one");
  assert_string_equal(task->reference, "/do/0/one");
  assert_int_equal(tasks->tasks[1].kind, WF_TASK_DO);
  assert_string_equal(tasks->tasks[1].list.reference, "/do/1/two/do");
  assert_string_equal(tasks->tasks[1].list.tasks[0].reference, "/do/1/two/do/0/inner");
}

static void test_reference_escapes_its_name(void **state) {
  assert_string_equal(load_task(state, "do: [{'a/b~c': {set: {x: 1}}}]\n")->reference, "/do/0/a~1b~0c");
}

static void test_references_have_a_bound(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  char name[4200];
  memset(name, 'n', sizeof name);
  name[WF_REFERENCE_MAX - strlen("/do/0/")] = '\0';
  assert_int_equal(strlen(load_task(state, arena_printf(arena, "do:\n- ? %s\n  : {set: {x: 1}}\n", name))->reference), WF_REFERENCE_MAX);
  must_refuse(arena_printf(arena, HEAD "do:\n- ? %sn\n  : {set: {x: 1}}\n", name), "3:5: has 4097 bytes: expected at most 4096");
}

static void test_every_kind_is_told(void **state) {
  static const struct {
    const char *text;
    enum wf_task_kind kind;
  } kinds[] = {{"{call: callLead}", WF_TASK_CALL},
               {"{do: [{b: {wait: PT1S}}]}", WF_TASK_DO},
               {"{set: {x: 1}}", WF_TASK_SET},
               {"{switch: [{c: {then: end}}]}", WF_TASK_SWITCH},
               {"{wait: PT1S}", WF_TASK_WAIT},
               {"{try: [{b: {wait: PT1S}}], catch: {}}", WF_TASK_TRY},
               {"{raise: {error: {type: 'a://b', status: 400}}}", WF_TASK_RAISE}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    assert_int_equal(
        load_task(state, arena_printf(((struct loaded *)*state)->arena, "do: [{a: %s}]\n", kinds[i].text))->kind,
        kinds[i].kind);
}

static void test_common_keys(void **state) {
  const struct wf_task *task =
      load_task(state, "do: [{a: {set: {x: 1}, if: .ok, input: {from: .a}, output: {as: .b}, export: {as: '$output'}, "
                       "timeout: {after: PT5S}, then: exit, metadata: {title: First, n: 1}}}]\n");
  assert_non_null(task->condition);
  assert_non_null(task->data.input_from);
  assert_non_null(task->data.output_as);
  assert_non_null(task->data.export_as);
  assert_int_equal(task->timeout.constant.time, 5 * USEC_PER_SEC);
  assert_int_equal(task->then.kind, WF_FLOW_EXIT);
  assert_string_equal(task->title, "First");
  assert_int_equal(jv_get_kind(task->metadata), JV_KIND_OBJECT);
}

static void test_without_common_keys(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {set: {x: 1}}}]\n");
  assert_null(task->condition);
  assert_null(task->data.input_from);
  assert_false(task->timeout.set);
  assert_int_equal(task->then.kind, WF_FLOW_CONTINUE);
  assert_null(task->title);
  assert_int_equal(jv_get_kind(task->metadata), JV_KIND_NULL);
}

static void test_type_is_a_word(void **state) {
  assert_string_equal(load_task(state, "do: [{a: {set: {x: 1}, metadata: {type: voice_call_2}}}]\n")->type, "voice_call_2");
  assert_null(load_task(state, "do: [{a: {set: {x: 1}, metadata: {n: 1}}}]\n")->type);
  static const char *const types[] = {"Voice", "voice-call", "''", "_x", "2x", "5", "[a]", NULL};
  for (const char *const *type = types; *type; type++)
    must_warn(arena_printf(((struct loaded *)*state)->arena, HEAD "do: [{a: {set: {x: 1}, metadata: {type: %s}}}]\n", *type),
              "2:41: `type` says nothing here: expected a word of lower-case letters");
  assert_null(load_task(state, "do: [{a: {set: {x: 1}, metadata: {type: Voice}}}]\n")->type);
}

static void test_type_at_and_beyond_its_bound(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  const char *word = "x234567890123456789012345678901234567890123456789012345678901234";
  assert_string_equal(load_task(state, arena_printf(arena, "do: [{a: {set: {x: 1}, metadata: {type: %s}}}]\n", word))->type, word);
  must_warn(arena_printf(arena, HEAD "do: [{a: {set: {x: 1}, metadata: {type: %sx}}}]\n", word), "2:41: `type` says nothing here");
}

static void test_title_is_a_text(void **state) {
  must_warn(HEAD "do: [{a: {set: {x: 1}, metadata: {title: {en: A}}}}]\n", "2:42: `title` is an object and says nothing here");
  assert_null(load_task(state, "do: [{a: {set: {x: 1}, metadata: {title: 5}}}]\n")->title);
}

static void test_definition_of_a_task_is_kept(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {set: {x: 1}, if: .ok}}]\n");
  jv condition = jv_object_get(jv_copy(task->definition), jv_string("if"));
  assert_string_equal(jv_string_value(condition), ".ok");
  jv_free(condition);
}

static void test_slip_in_the_kind(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {cal: callLead}}]\n",
              "2:10: task `a` does not say what to do: expected one of call, do,");
  must_refuse(HEAD "do: [{a: {cal: callLead}}]\n", "2:10: unknown key `cal` in task `a`, did you mean `call`?");
}

static void test_two_kinds(void **state) {
  (void)state;
  must_refuse_once(HEAD "do: [{a: {call: callLead, set: {x: 1}}}]\n",
                   "2:10: task `a` has both `call` and `set`: expected one of them\n");
}

static void test_key_of_another_kind(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {set: {x: 1}, with: {}}}]\n", "2:24: unknown key `with` in task `a`");
  must_refuse(HEAD "do: [{a: {set: {x: 1}, iff: .a}}]\n", "2:24: did you mean `if`?");
}

static void test_lists_that_are_none(void **state) {
  (void)state;
  must_warn(HEAD "do: []\n", "2:5: a task list is empty");
  must_refuse(HEAD "do: {a: {set: {x: 1}}}\n", "2:5: a task list is an object: expected a list of named tasks");
  must_refuse(HEAD "do: [{a: {set: {x: 1}}, b: {set: {x: 1}}}]\n",
              "2:6: an object with several names: expected one name");
  must_refuse(HEAD "do: [x]\n", "2:6: an item of a task list is a text");
  must_refuse(HEAD "do: [{a: x}]\n", "2:10: task `a` is a text: expected an object");
}

static void test_repeated_task_name(void **state) {
  (void)state;
  must_refuse_once(HEAD "do:\n- a: {set: {x: 1}}\n- a: {set: {x: 1}}\n",
                   "4:3: task `a` stands twice in this list (first on line 3): expected another name\n");
}

static void test_same_name_in_another_list(void **state) {
  load_task(state, "do: [{a: {do: [{a: {set: {x: 1}}}]}}]\n");
}

static void test_set(void **state) {
  assert_int_equal(load_task(state, "do: [{a: {set: {x: 1, y: [a]}}}]\n")->set->index, -1);
  assert_int_equal(load_task(state, "do: [{a: {set: '${ .x }'}}]\n")->set->index, 0);
  must_refuse(HEAD "do: [{a: {set: {}}}]\n", "2:16: `set` is an empty object");
  must_refuse(HEAD "do: [{a: {set: hello}}]\n", "2:16: jq refuses the expression: hello/0 is not defined");
  must_refuse(HEAD "do: [{a: {set: ''}}]\n", "2:16: `set` is an empty text: expected a runtime expression");
  must_refuse(HEAD "do: [{a: {set: [1]}}]\n", "2:16: `set` is a list");
}

static void test_wait(void **state) {
  assert_int_equal(load_task(state, "do: [{a: {wait: {seconds: 5}}}]\n")->wait.constant.time, 5 * USEC_PER_SEC);
  assert_non_null(load_task(state, "do: [{a: {wait: '${ .delay }'}}]\n")->wait.expr);
}

static const char *many_tasks(struct arena *arena, int count) {
  char *text = arena_alloc(arena, (size_t)count * 24 + 256);
  int size = sprintf(text, HEAD "do:\n");
  for (int i = 0; i < count; i++) size += sprintf(text + size, "- t%d: {set: {x: 1}}\n", i);
  return text;
}

static void test_tasks_at_and_beyond_their_bound(void **state) {
  struct loaded *loaded = *state;
  loaded->definition = must_load(loaded->arena, many_tasks(loaded->arena, WF_TASKS_MAX));
  must_refuse(many_tasks(loaded->arena, WF_TASKS_MAX + 1), "3:1: more than 1000 tasks");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_list_and_references),
      LOADED(test_reference_escapes_its_name),
      LOADED(test_references_have_a_bound),
      LOADED(test_every_kind_is_told),
      LOADED(test_common_keys),
      LOADED(test_without_common_keys),
      LOADED(test_type_is_a_word),
      LOADED(test_type_at_and_beyond_its_bound),
      LOADED(test_title_is_a_text),
      LOADED(test_definition_of_a_task_is_kept),
      LOADED(test_slip_in_the_kind),
      LOADED(test_two_kinds),
      LOADED(test_key_of_another_kind),
      LOADED(test_lists_that_are_none),
      LOADED(test_repeated_task_name),
      LOADED(test_same_name_in_another_list),
      LOADED(test_set),
      LOADED(test_wait),
      LOADED(test_tasks_at_and_beyond_their_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
