// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/measure.h"
#include "story.h"

static const char *output_of(struct story **ret_story, const char *body, const char *data) {
  *ret_story = story_of(body, data);
  return story_json(*ret_story, (*ret_story)->run->output);
}

static void the_task_is_described(void **state) {
  (void)state;
  struct story *story;
  assert_string_equal(
      output_of(&story,
                STORY_HEAD
                "do:\n- a: {input: {from: '${ .n }'}, set: {n: '${ $task.name }', r: '${ $task.reference }', i: '${ "
                "$task.input }', s: '${ $task.startedAt.epoch.seconds }', d: '${ $task.definition.set.n }'}}\n",
                "{\"n\":4}"),
      "{\"d\":\"${ $task.name }\",\"i\":{\"n\":4},\"n\":\"a\",\"r\":\"/do/0/a\",\"s\":1767603600}");
  story_free(story);
}

static void the_workflow_is_described(void **state) {
  (void)state;
  struct story *story;
  assert_string_equal(
      output_of(
          &story,
          STORY_HEAD
          "input: {from: '${ .n }'}\ndo:\n- a: {set: {i: '${ $workflow.input }', t: '${ $workflow.startedAt.iso8601 "
          "}', n: '${ $workflow.definition.document.name }', id: '${ $workflow.id | length }'}}\n",
          "{\"n\":4}"),
      "{\"i\":{\"n\":4},\"id\":36,\"n\":\"story\",\"t\":\"2026-01-05T09:00:00.000000Z\"}");
  story_free(story);
}

static void the_runtime_knows_whom_it_is_about(void **state) {
  (void)state;
  struct story *story;
  assert_string_equal(
      output_of(&story, STORY_HEAD "do:\n- a: {set: '${ $runtime | del(.version) | del(.metadata.trigger.id) }'}\n",
                "{}"),
      "{\"metadata\":{\"actor\":null,\"recipient\":{\"collection\":\"leads\",\"id\":\"lead-1\"},\"tenant\":\"acme\","
      "\"trigger\":{\"event_id\":\"event-1\",\"source\":{\"type\":\"api\"}}},\"name\":\"workflowd\"}");
  story_free(story);
}

static void now_is_the_inputs_time(void **state) {
  (void)state;
  struct story *story;
  assert_string_equal(output_of(&story, STORY_HEAD "do:\n- a: {set: {t: '${ now }'}}\n", "{}"), "{\"t\":1767603600}");
  story_free(story);
}

static void errors_are_bound_by_the_names_of_the_catches_around(void **state) {
  (void)state;
  struct story *story;
  const char *body =
      STORY_HEAD "do:\n"
                 "- outer:\n"
                 "    try: [{a: {raise: {error: {type: 'https://e.com/one', status: 1, title: One}}}}]\n"
                 "    catch:\n"
                 "      as: first\n"
                 "      do:\n"
                 "      - inner:\n"
                 "          try: [{b: {raise: {error: {type: 'https://e.com/two', status: 2, title: Two}}}}]\n"
                 "          catch: {do: [{c: {set: {one: '${ $first.title }', two: '${ $error.title }'}}}]}\n";
  assert_string_equal(output_of(&story, body, "{}"), "{\"one\":\"One\",\"two\":\"Two\"}");
  story_free(story);
}

static void a_failing_expression_is_the_dsls_error(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {set: {x: '${ .n.deep }'}}\n", "{\"n\":4}");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "type"), "\"https://serverlessworkflow.io/spec/1.0.0/errors/expression\"");
  assert_string_equal(story_error(story, "status"), "400");
  assert_string_equal(story_error(story, "instance"), "\"/do/0/a\"");
  assert_string_equal(story->run->fault.code, "expression");
  assert_non_null(strstr(story->run->fault.detail_internal, "Cannot index number"));
  assert_null(strstr(story->run->fault.summary, "Cannot index"));
  story_free(story);
}

// Wherever it stands, the step is there to show it.
static void the_reason_is_told_internally_only(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {set: {x: '${ error(\"secret\") }'}}\n", "{}");
  const struct wf_event *event = story_last(story, WF_RUN_FAULTED);
  assert_string_equal(event->summary, "An expression failed");
  story_free(story);
  story = story_of(STORY_HEAD "do:\n- a: {wait: '${ {minutes: -1} }'}\n", "{}");
  event = story_last(story, WF_RUN_FAULTED);
  assert_string_equal(event->summary, "An expression gave no duration");
  assert_string_equal(story->run->fault.detail_internal, "{\"minutes\":-1} is neither a duration that is not negative nor an instant");
  story_free(story);
}

static void every_place_of_an_expression_may_fail(void **state) {
  (void)state;
  const char *const tasks[] = {
      "- a: {if: '${ .n.x }', set: {y: 1}}\n",
      "- a: {input: {from: '${ .n.x }'}, set: {y: 1}}\n",
      "- a: {set: {y: 1}, output: {as: '${ .y.x }'}}\n",
      "- a: {set: {y: 1}, export: {as: '${ .y.x }'}}\n",
      "- a: {call: voice.call, with: {y: '${ .n.x }'}}\n",
      "- a: {wait: '${ .n.x }'}\n",
      "- a: {switch: [{b: {when: '${ .n.x }', then: end}}]}\n",
      "- a: {raise: {error: {type: 'https://e.com/x', status: 1, title: '${ .n.x }'}}}\n",
      "- a: {do: [{b: {set: {y: 1}}}], output: {as: '${ .y.x }'}}\n",
      "- a: {wait: '${ .n }'}\n",
  };
  for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
    struct buf body = {0};
    buf_puts(&body, STORY_HEAD "do:\n");
    buf_puts(&body, tasks[i]);
    buf_put_u8(&body, 0);
    struct story *story = story_of(body.data, "{\"n\":4}");
    assert_int_equal(story->run->status, WF_FAULTED);
    assert_string_equal(story->run->fault.code, "expression");
    assert_string_equal(story_error(story, "instance"), "\"/do/0/a\"");
    assert_non_null(strstr(story->steps[0], "status=faulted"));
    story_free(story);
    buf_free(&body);
  }
}

static void the_workflows_own_expressions_may_fail(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "input: {from: '${ .n.x }'}\ndo:\n- a: {set: {y: 1}}\n", "{\"n\":4}");
  assert_string_equal(story_types(story), "run.created run.faulted");
  story_free(story);
  story = story_of(STORY_HEAD "do:\n- a: {set: {y: 1}}\noutput: {as: '${ .y.x }'}\n", "{}");
  assert_string_equal(story_types(story), "run.created run.started step.started step.completed run.faulted");
  assert_string_equal(story_error(story, "instance"), "\"/\"");
  story_free(story);
}

static void values_have_a_bound(void **state) {
  (void)state;
  struct story *story = story_new(STORY_HEAD "do:\n- a: {set: {x: '${ [.s, .s, .s] }'}}\n");
  story->bounds.value_bytes_max = 40;
  story_create(story, "{\"s\":\"0123456789\"}", NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "expression");
  story_free(story);
  story = story_new(STORY_HEAD "do:\n- a: {set: {x: '${ [.s, .s] }'}}\n");
  story->bounds.value_bytes_max = 40;
  story_create(story, "{\"s\":\"0123456789\"}", NULL);
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void nesting_has_a_bound(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {set: {x: '${ . }'}, then: a}\n", "{}");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "expression");
  assert_int_equal(story->run->entry_count, WF_VALUE_DEPTH_MAX);
  story_free(story);
}

// The word, the place and the detail of the error that a run ended with.
static void faults_by_validation(struct story *story, const char *instance, const char *detail) {
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "type"), "\"https://serverlessworkflow.io/spec/1.0.0/errors/validation\"");
  assert_string_equal(story_error(story, "status"), "400");
  assert_string_equal(story_error(story, "instance"), instance);
  if (!strstr(story_error(story, "detail"), detail)) fail_msg("%s", story_error(story, "detail"));
  story_free(story);
}

#define SCHEMA(required) "{document: {type: object, required: [" required "]}}"

static void each_input_and_output_is_validated_in_its_place(void **state) {
  (void)state;
  // raw input, before `from`
  faults_by_validation(story_of(STORY_HEAD "input: {schema: " SCHEMA("a") ", from: '{a: 1}'}\ndo: [{s: {set: {x: 1}}}]\n", "{}"),
                       "\"/\"", "'a'");
  faults_by_validation(story_of(STORY_HEAD "do: [{s: {set: {x: 1}, input: {schema: " SCHEMA("a") ", from: '{a: 1}'}}}]\n", "{}"),
                       "\"/do/0/s\"", "'a'");
  // output, after `as`
  faults_by_validation(story_of(STORY_HEAD "do: [{s: {set: {a: 1}, output: {schema: " SCHEMA("a") ", as: '{b: 1}'}}}]\n", "{}"),
                       "\"/do/0/s\"", "'a'");
  faults_by_validation(story_of(STORY_HEAD "output: {schema: " SCHEMA("a") ", as: '{b: 1}'}\ndo: [{s: {set: {a: 1}}}]\n", "{}"),
                       "\"/\"", "'a'");
  // context, after `as`
  faults_by_validation(story_of(STORY_HEAD "do: [{s: {set: {a: 1}, export: {schema: " SCHEMA("a") ", as: '{b: .a}'}}}]\n", "{}"),
                       "\"/do/0/s\"", "'a'");
  faults_by_validation(story_of(STORY_HEAD "do: [{s: {set: {a: 1}, export: {schema: " SCHEMA("a") "}}}]\n", "{}"),
                       "\"/do/0/s\"", "'a'");
}

static void what_is_valid_goes_on(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "input: {schema: " SCHEMA("a") ", from: .a}\noutput: {as: '{f: .}', schema: " SCHEMA("f") "}\n"
                          "do: [{s: {input: {schema: {document: {type: integer}}, from: '{d: .}'}, set: {e: '${ .d }'},\n"
                          "  output: {as: .e, schema: {document: {type: integer}}},\n"
                          "  export: {as: '{g: .}', schema: " SCHEMA("g") "}}}]\n",
               "{\"a\":7}");
  assert_string_equal(story_json(story, story->run->output), "{\"f\":7}");
  assert_string_equal(story_json(story, story->run->context), "{\"g\":7}");
  story_free(story);
}

static void a_schema_that_is_not_there_is_a_configuration_error(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do: [{s: {set: {x: 1}, input: {schema: {resource: {endpoint: https://e.com/s.json}}}}}]\n", "{}");
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story_error(story, "type"), "\"https://serverlessworkflow.io/spec/1.0.0/errors/configuration\"");
  assert_string_equal(story_error(story, "detail"),
                      "\"https://e.com/s.json was not there when the workflow was published\"");
  story_free(story);
}

static void a_skipped_task_is_not_validated(void **state) {
  (void)state;
  struct story *story =
      story_of(STORY_HEAD "do: [{s: {if: 'false', set: {x: 1}, input: {schema: " SCHEMA("a") "}}}]\n", "{}");
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void a_failed_validation_is_caught(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do: [{t: {try: [{s: {set: {x: 1}, output: {schema: " SCHEMA("a") "}}}],\n"
                                            "  catch: {errors: {with: {status: 400}}, do: [{c: {set: {why: '${ $error.title }'}}}]}}}]\n",
                                 "{}");
  assert_string_equal(story_json(story, story->run->output), "{\"why\":\"The output does not match its schema\"}");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_input_and_output_is_validated_in_its_place),
      cmocka_unit_test(what_is_valid_goes_on),
      cmocka_unit_test(a_schema_that_is_not_there_is_a_configuration_error),
      cmocka_unit_test(a_skipped_task_is_not_validated),
      cmocka_unit_test(a_failed_validation_is_caught),
      cmocka_unit_test(the_task_is_described),
      cmocka_unit_test(the_workflow_is_described),
      cmocka_unit_test(the_runtime_knows_whom_it_is_about),
      cmocka_unit_test(now_is_the_inputs_time),
      cmocka_unit_test(errors_are_bound_by_the_names_of_the_catches_around),
      cmocka_unit_test(a_failing_expression_is_the_dsls_error),
      cmocka_unit_test(the_reason_is_told_internally_only),
      cmocka_unit_test(every_place_of_an_expression_may_fail),
      cmocka_unit_test(the_workflows_own_expressions_may_fail),
      cmocka_unit_test(values_have_a_bound),
      cmocka_unit_test(nesting_has_a_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
