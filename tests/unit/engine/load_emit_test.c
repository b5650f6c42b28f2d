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
  const struct wf_task *task = load_task(state, "do: [{a: {emit: {event: {with: {source: 'urn:s', type: t}}}}}]\n");
  assert_int_equal(task->emit.with->index, -1);
  assert_int_equal(jv_get_kind(task->emit.with->constant), JV_KIND_OBJECT);
}

static void test_more_may_stand_beside_with(void **state) {
  (void)state;
  must_warn(HEAD "do: [{a: {emit: {event: {with: {source: 'urn:s', type: t}, note: x}}}}]\n", "2:60: `note` in `event` says nothing");
}

static void test_attributes_without_with(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {emit: {event: {source: 'urn:s', type: t}}}}]\n");
  assert_int_equal(jv_get_kind(task->emit.with->constant), JV_KIND_OBJECT);
}

#define EMIT(attributes) HEAD "do: [{a: {emit: {event: {with: {source: 'urn:s', type: t, " attributes "}}}}}]\n"

static void test_what_is_written_out_is_checked(void **state) {
  (void)state;
  must_warn(EMIT("time: '2026-01-31T09:00:00Z', dataschema: 'https://e.com/{s}', ext: 5, data: [1], id: 'x ${ .y }'"), "");
  must_refuse(EMIT("time: yesterday"), "2:65: expected an instant such as 2026-01-31T09:00:00Z");
  must_refuse(EMIT("dataschema: schema"), "2:71: `dataschema: schema` of the event: expected an absolute URI");
  must_refuse(EMIT("id: 5"), "2:63: `id` of the event is a number: expected a text (put it in quotes)");
  must_refuse(EMIT("id: ''"), "2:63: expected a text that is not empty");
  must_refuse(EMIT("subject: [x]"), "2:68: `subject` of the event is a list: expected a text");
  must_refuse(EMIT("ext: {a: 1}"), "2:64: `ext` of the event is an object: expected a text, a number or a truth value");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {source: 'not here', type: t}}}}}]\n", "2:41: `source: not here` of the event: expected a URI");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {source: '', type: t}}}}}]\n", "2:41: expected a URI");
}

static void test_names_that_not_every_receiver_takes(void **state) {
  (void)state;
  must_warn(EMIT("myAttr: x"), "2:67: `myAttr` is no name that CloudEvents allows");
  must_warn(EMIT("my_attr: x"), "2:68: `my_attr` is no name that CloudEvents allows");
  must_warn(EMIT("data_base64: eA==, x9: y, specversion: '1.0'"), "");
}

static void test_a_source_may_be_relative(void **state) {
  (void)state;
  must_warn(HEAD "do: [{a: {emit: {event: {with: {source: /shop, type: t}}}}}]\n", "2:41: `source: /shop` is a relative URI");
  must_warn(HEAD "do: [{a: {emit: {event: {with: {source: 'urn:s', type: t}}}}}]\n", "");
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
  must_refuse(HEAD "do: [{a: {emit: {event: {}}}}]\n", "2:25: the event lacks `source`");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: [1]}}}}]\n", "2:32: expected an object");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {type: t}}}}}]\n", "2:32: lacks `source`");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {source: 'urn:s'}}}}}]\n", "2:32: lacks `type`");
  must_refuse(HEAD "do: [{a: {emit: {event: {with: {source: 'urn:s', type: '${ }'}}}}}]\n", "2:56: expression");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_the_event_is_one_value),
      LOADED(test_without_expressions_it_is_constant),
      cmocka_unit_test(test_names_that_not_every_receiver_takes),
      cmocka_unit_test(test_a_source_may_be_relative),
      LOADED(test_more_may_stand_beside_with),
      LOADED(test_uris_may_be_templates),
      LOADED(test_attributes_without_with),
      LOADED(test_what_is_written_out_is_checked),
      LOADED(test_what_is_no_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
