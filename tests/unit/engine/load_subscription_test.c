// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define CALL(foreach)                                                                                                  \
  "do: [{a: {call: asyncapi, with: {document: {endpoint: 'https://e.com/d'}, operation: o,\n"                          \
  "  subscription: {consume: {amount: 5}, foreach: " foreach "}}}}]\n"

static void test_a_call_is_a_list_then(void **state) {
  const struct wf_task *task = load_task(
      state, CALL("{item: message, at: n, do: [{b: {set: {x: '${ $message.id }', n: '${ $n }'}}}], output: {as: .x}}"));
  assert_int_equal(task->kind, WF_TASK_DO);
  assert_int_equal(task->list.count, 2);
  assert_int_equal(task->list.tasks[0].kind, WF_TASK_CALL);
  assert_string_equal(task->list.tasks[0].call.function->name, "asyncapi");
  const struct wf_task *each = &task->list.tasks[1];
  assert_int_equal(each->kind, WF_TASK_FOR);
  assert_string_equal(each->loop.each, "message");
  assert_string_equal(each->loop.at, "n");
  assert_non_null(wf_definition_task(((struct loaded *)*state)->definition, "/do/0/a/do/1/each/do/0/message/do/0/handle/do/0/b"));
}

static void test_without_tasks(void **state) {
  assert_int_equal(load_task(state, CALL("{output: {as: .payload}}"))->kind, WF_TASK_DO);
}

static void test_refused(void **state) {
  (void)state;
  must_refuse(HEAD CALL("{items: m}"), "3:50: unknown key `items` in `foreach`, did you mean `item`?");
  must_refuse(HEAD CALL("{do: [{b: {set: {x: $nothing, y: '${ $nothing }'}}}]}"), "3:82: jq refuses the expression: $nothing is not defined");
  must_refuse(HEAD CALL("{item: input}"), "3:56: `item: input`: expected a variable");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_a_call_is_a_list_then),
      LOADED(test_without_tasks),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
