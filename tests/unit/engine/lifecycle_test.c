// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "story.h"

#define ID "019b8d62-7a80-7001-8000-0001c0000001"
#define NAME "\"story-" ID ".test\""

static struct story *story_at(enum wf_lifecycle level, const char *document, const char *data) {
  struct story *story = story_new(document);
  story->bounds.lifecycle = level;
  story_create(story, data, NULL);
  return story;
}

static jv told(const struct story *story, size_t index, const char *name) {
  size_t seen = 0;
  for (size_t i = 0; i < story->last.effect_count; i++) {
    if (story->last.effects[i].kind != WF_EFFECT_TELL || seen++ < index) continue;
    return jv_object_get(jv_copy(story->last.effects[i].arguments), jv_string(name));
  }
  return jv_invalid();
}

static const char *told_text(const struct story *story, size_t index, const char *name) {
  jv value = told(story, index, name);
  const char *text = story_json(story, value);
  jv_free(value);
  return text;
}

// The types told by the last decision, without what they have in common.
static const char *types(const struct story *story) {
  struct buf out = {0};
  jv type;
  for (size_t i = 0; jv_is_valid(type = told(story, i, "type")); i++) {
    const char *text = jv_string_value(type) + strlen("io.serverlessworkflow.");
    buf_printf(&out, "%s%.*s", i ? " " : "", (int)(strlen(text) - strlen(".v1")), text);
    jv_free(type);
  }
  jv_free(type);
  const char *text = arena_strndup(story->arena, out.data ? out.data : "", out.size);
  buf_free(&out);
  return text;
}

static void a_run_tells_its_life_in_order(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_REQUIRED, STORY_HEAD "do:\n- a: {set: {n: 1}}\n", "{}");
  assert_string_equal(types(story), "workflow.started task.created task.started task.completed workflow.completed");
  assert_string_equal(told_text(story, 0, "data"), "{\"definition\":{\"name\":\"story\",\"namespace\":\"test\",\"version\":\"1.0.0\"},"
                                                   "\"name\":" NAME ",\"startedAt\":\"2026-01-05T09:00:00.000000Z\"}");
  assert_string_equal(told_text(story, 1, "data"),
                      "{\"createdAt\":\"2026-01-05T09:00:00.000000Z\",\"task\":\"/do/0/a\",\"workflow\":" NAME "}");
  assert_string_equal(told_text(story, 3, "data"),
                      "{\"completedAt\":\"2026-01-05T09:00:00.000000Z\",\"output\":{\"n\":1},\"task\":\"/do/0/a\",\"workflow\":" NAME "}");
  assert_string_equal(told_text(story, 4, "data"),
                      "{\"completedAt\":\"2026-01-05T09:00:00.000000Z\",\"name\":" NAME ",\"output\":{\"n\":1}}");
  story_free(story);
}

static void ids_and_order_are_those_of_the_facts(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_REQUIRED, STORY_HEAD "do:\n- a: {set: {n: 1}}\n", "{}");
  assert_string_equal(told_text(story, 0, "id"), "\"" ID ":2\"");
  assert_string_equal(told_text(story, 1, "id"), "\"" ID ":3\"");
  assert_string_equal(told_text(story, 2, "id"), "\"" ID ":3.1\"");
  assert_string_equal(told_text(story, 2, "sequence"), "\"3\"");
  assert_string_equal(told_text(story, 0, "subject"), "\"" ID "\"");
  assert_string_equal(told_text(story, 0, "source"), "\"/workflowd/test/story\"");
  assert_string_equal(told_text(story, 0, "specversion"), "\"1.0\"");
  story_free(story);
}

static void faults_say_the_error(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_REQUIRED,
                                 STORY_HEAD "do:\n- a: {raise: {error: {type: 'https://e.com/x', status: 418}}}\n", "{}");
  assert_string_equal(types(story), "workflow.started task.created task.started task.faulted workflow.faulted");
  assert_non_null(strstr(told_text(story, 3, "data"), "\"error\":{\"instance\":\"/do/0/a\",\"status\":418,\"type\":\"https://e.com/x\"}"));
  assert_non_null(strstr(told_text(story, 4, "data"), "\"status\":418"));
  story_free(story);
}

static void suspending_and_resuming_concern_open_tasks(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_REQUIRED, STORY_HEAD "do:\n- d: {do: [{w: {wait: {hours: 1}}}]}\n", "{}");
  story_control(story, WF_CONTROL_SUSPEND, "why");
  assert_string_equal(types(story), "workflow.suspended task.suspended task.suspended");
  assert_non_null(strstr(told_text(story, 2, "data"), "\"task\":\"/do/0/d/do/0/w\""));
  story_control(story, WF_CONTROL_RESUME, "why");
  assert_string_equal(types(story), "workflow.resumed task.resumed task.resumed");
  story_control(story, WF_CONTROL_CANCEL, "why");
  assert_string_equal(types(story), "task.cancelled task.cancelled workflow.cancelled");
  story_free(story);
}

static void a_retry_is_told_of_the_try_and_of_what_is_inside(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_REQUIRED,
                                 STORY_HEAD "do:\n- t: {try: [{c: {call: crm.update}}], catch: {retry: {}}}\n", "{}");
  story_failed(story, 1, 1, NULL);
  assert_string_equal(types(story), "task.faulted task.retried task.retried");
  assert_non_null(strstr(told_text(story, 0, "data"), "\"error\":{"));
  assert_non_null(strstr(told_text(story, 0, "data"), "\"task\":\"/do/0/t/try/0/c\""));
  assert_non_null(strstr(told_text(story, 1, "data"), "\"task\":\"/do/0/t\""));
  assert_non_null(strstr(told_text(story, 2, "data"), "\"task\":\"/do/0/t/try/0/c\""));
  story_free(story);
}

static void changes_of_status_only_when_asked_for(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_STATUS, STORY_HEAD "do:\n- w: {wait: {hours: 1}}\n- s: {if: 'false', set: {a: 1}}\n", "{}");
  assert_string_equal(types(story), "workflow.started workflow.status-changed task.created task.started task.status-changed "
                                    "task.status-changed workflow.status-changed");
  assert_non_null(strstr(told_text(story, 1, "data"), "\"status\":\"running\""));
  assert_non_null(strstr(told_text(story, 5, "data"), "\"status\":\"waiting\""));
  assert_non_null(strstr(told_text(story, 6, "data"), "\"status\":\"waiting\""));
  story_due(story);
  assert_string_equal(types(story), "task.completed task.status-changed workflow.status-changed workflow.completed workflow.status-changed");
  story_free(story);
}

static void nothing_is_told_unasked_or_in_a_sandbox(void **state) {
  (void)state;
  struct story *story = story_at(WF_LIFECYCLE_NONE, STORY_HEAD "do:\n- a: {set: {n: 1}}\n", "{}");
  assert_string_equal(types(story), "");
  story_free(story);
  story = story_new(STORY_HEAD "do:\n- a: {set: {n: 1}}\n");
  story->bounds.lifecycle = WF_LIFECYCLE_STATUS;
  story->sandbox = true;
  story_create(story, "{}", NULL);
  assert_string_equal(types(story), "");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_run_tells_its_life_in_order),
      cmocka_unit_test(ids_and_order_are_those_of_the_facts),
      cmocka_unit_test(faults_say_the_error),
      cmocka_unit_test(suspending_and_resuming_concern_open_tasks),
      cmocka_unit_test(a_retry_is_told_of_the_try_and_of_what_is_inside),
      cmocka_unit_test(changes_of_status_only_when_asked_for),
      cmocka_unit_test(nothing_is_told_unasked_or_in_a_sandbox),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
