// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_the_event_is_one_value(void **state) {
  const struct wf_task *task = load_task(
      state, "do: [{a: {emit: {event: {with: {source: 'https://a.b', type: t, id: '${ .id }', data: {n: 1}, myext: 2}}}}}]\n");
  assert_int_equal(task->kind, WF_TASK_EMIT);
  assert_true(task->emit.with->index >= 0);
}

static void test_without_expressions_it_is_constant(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {emit: {event: {with: {source: s, type: t}}}}}]\n");
  assert_int_equal(task->emit.with->index, -1);
  assert_int_equal(jv_get_kind(task->emit.with->constant), JV_KIND_OBJECT);
}

static void test_more_may_stand_beside_with(void **state) {
  load_task(state, "do: [{a: {emit: {event: {with: {source: s, type: t}, note: x}}}}]\n");
}

static void test_uris_may_be_templates(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {emit: {event: {with: {source: 'https://a.b/{c}', type: '{t}', dataschema: 'https://{d}'}}}}}]\n");
  assert_string_equal(task->emit.templates[0], "source");
  assert_string_equal(task->emit.templates[1], "dataschema");
  assert_null(task->emit.templates[2]);
  task = load_task(state, "do: [{a: {emit: {event: {with: {source: '${ {} | tostring }', type: t}}}}}]\n");
  assert_null(task->emit.templates[0]);
}

static void test_what_is_no_event(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {emit: {}}}]\n", "2:17: `event` is missing in `emit`");
  must_refuse(HEAD "do: [{a: {emit: {event: 1}}}]\n", "2:25: expected an object");
  must_refuse(HEAD "do: [{a: {emit: {event: {}}}}]\n", "2:25: `event` lacks `with`");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: [1]}}}}]\n", "2:32: expected an object");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {type: t}}}}}]\n", "2:32: lacks `source`");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {source: s}}}}}]\n", "2:32: lacks `type`");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {source: s, type: '${ }'}}}}}]\n", "2:50: expression");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_the_event_is_one_value),
      LOADED(test_without_expressions_it_is_constant),
      LOADED(test_more_may_stand_beside_with),
      LOADED(test_uris_may_be_templates),
      LOADED(test_what_is_no_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
