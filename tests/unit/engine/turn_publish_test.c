// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define EMIT(with) STORY_HEAD "do:\n- say: {emit: {event: {with: " with "}}}\n"

// A member of the run's output, which is the event.
static const char *output(struct story *story, const char *name) {
  jv value = jv_object_get(jv_copy(story->run->output), jv_string(name));
  const char *text = story_json(story, value);
  jv_free(value);
  return text;
}

// The conformance scenario of the specification: emit.feature.
static void the_output_is_the_event(void **state) {
  (void)state;
  struct story *story = story_of(EMIT("{source: 'https://fake-source.com', type: com.fake-source.user.greeted.v1, "
                                      "data: {greetings: '${ \"Hello \\(.user.firstName) \\(.user.lastName)!\" }'}}"),
                                 "{\"user\":{\"firstName\":\"John\",\"lastName\":\"Doe\"}}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(output(story, "specversion"), "\"1.0\"");
  assert_string_equal(output(story, "source"), "\"https://fake-source.com\"");
  assert_string_equal(output(story, "type"), "\"com.fake-source.user.greeted.v1\"");
  assert_string_equal(output(story, "data"), "{\"greetings\":\"Hello John Doe!\"}");
  assert_string_equal(output(story, "time"), "\"2026-01-05T09:00:00.000000Z\"");
  assert_string_equal(output(story, "subject"), "-");
  story_free(story);
}

static void the_event_leaves_once_under_the_number_of_its_fact(void **state) {
  (void)state;
  struct story *story = story_of(EMIT("{source: 'urn:s', type: t}"), "{}");
  assert_int_equal(story->last.effect_count, 1);
  const struct wf_effect *effect = &story->last.effects[0];
  const struct wf_event *fact = story_last(story, WF_EVENT_EMITTED);
  char id[UUID_TEXT_SIZE];
  assert_int_equal(effect->kind, WF_EFFECT_EMIT);
  assert_int_equal(effect->seq, fact->seq);
  assert_string_equal(output(story, "id"),
                      arena_printf(story->arena, "\"%s:%d\"", uuid_format(&story->run->identity.run_id, id), (int)fact->seq));
  assert_string_equal(story_json(story, effect->arguments), story_json(story, story->run->output));
  assert_false(jv_is_valid(story_last(story, WF_STEP_COMPLETED)->data)); // stored once
  story_free(story);
}

static void every_attribute_may_be_given(void **state) {
  (void)state;
  struct story *story = story_of(
      EMIT("{id: '${ .id }', source: '${ .s }', type: '${ .t }', time: '2026-02-01T00:00:00Z', subject: '${ .sub }', "
           "datacontenttype: text/plain, dataschema: 'https://a.b/c', data: hello, flag: true, level: 3, word: '${ .id }'}"),
      "{\"id\":17,\"s\":\"src\",\"t\":\"typ\",\"sub\":null}");
  assert_string_equal(story_json(story, story->run->output),
                      "{\"data\":\"hello\",\"datacontenttype\":\"text/plain\",\"dataschema\":\"https://a.b/c\",\"flag\":true,"
                      "\"id\":\"17\",\"level\":3,\"source\":\"src\",\"specversion\":\"1.0\",\"time\":\"2026-02-01T00:00:00Z\","
                      "\"type\":\"typ\",\"word\":17}");
  story_free(story);
}

static void expect_invalid(const char *document, const char *data, const char *detail) {
  struct story *story = story_of(document, data);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story_count(story, WF_EVENT_EMITTED), 0);
  assert_int_equal(story->last.effect_count, 0);
  assert_string_equal(story->run->fault.code, "validation");
  assert_non_null(strstr(story_error(story, "detail"), detail));
  assert_string_equal(story_error(story, "instance"), "\"/do/0/say\"");
  story_free(story);
}

static void what_is_no_cloud_event_is_a_validation_error(void **state) {
  (void)state;
  expect_invalid(EMIT("{source: '${ .s }', type: t}"), "{}", "`source`");
  expect_invalid(EMIT("{source: '${ .s }', type: t}"), "{\"s\":\"\"}", "`source`");
  expect_invalid(EMIT("{source: 'urn:s', type: '${ .t }'}"), "{\"t\":[]}", "`type`");
  expect_invalid(EMIT("{source: 'urn:s', type: t, time: '${ .at }'}"), "{\"at\":\"yesterday\"}", "`time`");
  expect_invalid(EMIT("{source: 'urn:s', type: t, time: '${ .at }'}"), "{\"at\":5}", "`time`");
  expect_invalid(EMIT("{source: 'urn:s', type: t, extra: '${ {a: 1} }'}"), "{}", "`extra`");
  expect_invalid(EMIT("{source: 'urn:s', type: t, specversion: '0.3'}"), "{}", "`specversion`");
}

static void uris_may_be_templates(void **state) {
  (void)state;
  struct story *story = story_of(EMIT("{source: 'https://a.b/{id}/{none}', type: '{id}', dataschema: 'urn:{id}'}"), "{\"id\":\"x y\"}");
  assert_string_equal(output(story, "source"), "\"https://a.b/x%20y/\"");
  assert_string_equal(output(story, "dataschema"), "\"urn:x%20y\"");
  assert_string_equal(output(story, "type"), "\"{id}\"");
  story_free(story);
  story = story_of(EMIT("{source: 'https://a.b/{id}', type: t}"), "{\"id\":[1]}");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "type"), "\"https://serverlessworkflow.io/spec/1.0.0/errors/expression\"");
  story_free(story);
}

static void an_expression_that_fails_is_the_tasks_error(void **state) {
  (void)state;
  struct story *story = story_of(EMIT("{source: 'urn:s', type: t, data: '${ .a.b.c }'}"), "{\"a\":1}");
  assert_string_equal(story->run->fault.code, "expression");
  assert_int_equal(story_count(story, WF_EVENT_EMITTED), 0);
  story_free(story);
}

static void in_a_sandbox_nothing_leaves(void **state) {
  (void)state;
  struct story *story = story_new(EMIT("{source: 'urn:s', type: t}"));
  story->sandbox = true;
  story_create(story, "{}", NULL);
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_int_equal(story->last.effect_count, 0);
  assert_int_equal(story_count(story, WF_EVENT_EMITTED), 1);
  assert_string_equal(output(story, "type"), "\"t\"");
  story_free(story);
}

static void output_and_export_come_from_the_event(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- say: {emit: {event: {with: {source: 'urn:s', type: t, data: {n: 5}}}}, output: {as: '${ .data }'}, "
                 "export: {as: '${ {seen: .n} }'}}\n- next: {set: {got: '${ .n }', seen: '${ $context.seen }'}}\n",
      "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"got\":5,\"seen\":5}");
  story_free(story);
}

static void a_second_try_is_another_event(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- t: {try: [{say: {emit: {event: {with: {source: 'urn:s', type: t}}}}}, {c: {call: crm.update}}], catch: {retry: {}}}\n",
      "{}");
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story_count(story, WF_EVENT_EMITTED), 2);
  assert_int_equal(story->last.effects[0].kind, WF_EFFECT_EMIT);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_output_is_the_event),
      cmocka_unit_test(the_event_leaves_once_under_the_number_of_its_fact),
      cmocka_unit_test(every_attribute_may_be_given),
      cmocka_unit_test(what_is_no_cloud_event_is_a_validation_error),
      cmocka_unit_test(uris_may_be_templates),
      cmocka_unit_test(an_expression_that_fails_is_the_tasks_error),
      cmocka_unit_test(in_a_sandbox_nothing_leaves),
      cmocka_unit_test(output_and_export_come_from_the_event),
      cmocka_unit_test(a_second_try_is_another_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
