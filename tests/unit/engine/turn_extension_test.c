// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

static struct story *story_with(const char *extensions, const char *tasks, const char *input) {
  struct buf document = {0};
  buf_printf(&document, STORY_HEAD "use:\n  extensions: [%s]\ndo: %s\n", extensions, tasks);
  buf_put_u8(&document, 0);
  struct story *story = story_of(document.data, input);
  buf_free(&document);
  return story;
}

static void gives(struct story *story, const char *output) {
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), output);
}

// The references of the tasks that were started, one after the other.
static const char *started(const struct story *story) {
  const char *text = "";
  for (size_t i = 0; i < story->event_count; i++)
    if (story->events[i].type == WF_STEP_STARTED)
      text = arena_printf(story->arena, "%s%s%s", text, *text ? " " : "", story->events[i].reference);
  return text;
}

static void what_stands_around_a_task_changes_no_data(void **state) {
  (void)state;
  struct story *story = story_with("{log: {extend: all, before: [{b: {set: {lost: 1}}}], after: [{a: {set: {lost: 2}}}]}}",
                                   "[{s: {set: {x: '${ .n + 1 }'}}}]", "{\"n\":1}");
  gives(story, "{\"x\":2}");
  assert_string_equal(started(story), "/do/0/s/extensions/0 /do/0/s/extensions/0/before /do/0/s/extensions/0/before/0/b "
                                      "/do/0/s /do/0/s/extensions/0/after /do/0/s/extensions/0/after/0/a");
  story_free(story);
}

static void its_tasks_see_the_extended_task(void **state) {
  (void)state;
  struct story *story = story_with(
      "{log: {extend: set, before: [{b: {set: {r: '${ $task.reference }', n: '${ $task.name }', i: '${ $task.input }', o: '${ $task.output }',\n"
      "    d: '${ $task.definition.set }', k: '${ $task.set }', in: '${ . }'}, export: {as: '{before: .}'}}}],\n"
      "    after: [{a: {set: {o: '${ $task.output }', in: '${ . }', r: '${ $task.reference }'}, export: {as: '$context + {after: .}'}}}]}}",
      "[{s: {input: {from: .n}, set: {x: '${ . }'}}}]", "{\"n\":1}");
  gives(story, "{\"x\":1}");
  assert_string_equal(story_json(story, story->run->context),
                      "{\"after\":{\"in\":{\"x\":1},\"o\":{\"x\":1},\"r\":\"/do/0/s\"},"
                      "\"before\":{\"d\":{\"x\":\"${ . }\"},\"i\":{\"n\":1},\"in\":{\"n\":1},\"k\":{\"x\":\"${ . }\"},\"n\":\"s\",\"o\":null,"
                      "\"r\":\"/do/0/s\"}}");
  story_free(story);
}

static void exit_before_stands_for_the_task(void **state) {
  (void)state;
  struct story *story = story_with("{mock: {extend: call, when: '$task.with.k == 7', before: [{m: {set: {mocked: true}, then: exit}}],\n"
                                   "    after: [{a: {set: {never: 1}}}]}}",
                                   "[{c: {call: crm.update, with: {k: 7}}}, {d: {set: {got: '${ . }'}}}]", "{}");
  gives(story, "{\"got\":{\"mocked\":true}}");
  assert_int_equal(story_count(story, WF_ACTION_REQUESTED), 0);
  story_free(story);
}

static void exit_after_stands_for_its_output(void **state) {
  (void)state;
  struct story *story = story_with("{t: {extend: set, after: [{a: {set: {was: '${ .x }'}, then: exit}}]}}",
                                   "[{s: {set: {x: 1}}}, {w: {wait: PT0S}}]", "{}");
  story_due(story);
  gives(story, "{\"was\":1}");
  story_free(story);
}

static void end_ends_the_workflow(void **state) {
  (void)state;
  struct story *story = story_with("{t: {extend: set, before: [{b: {switch: [{c: {then: end}}]}}]}}",
                                   "[{s: {set: {x: 1}}}, {w: {wait: PT1H}}]", "{\"in\":1}");
  gives(story, "{\"in\":1}");
  story_free(story);
}

static void when_is_asked_before_and_after_on_the_same(void **state) {
  (void)state;
  static const char extension[] = "{l: {extend: set, when: .n == 1, before: [{b: {set: {k: 1}, export: {as: '$context + {b: 1}'}}}],\n"
                                  "    after: [{a: {set: {k: 1}, export: {as: '$context + {a: 1}'}}}]}}";
  struct story *story = story_with(extension, "[{s: {set: {x: 1}}}]", "{\"n\":1}");
  assert_string_equal(story_json(story, story->run->context), "{\"a\":1,\"b\":1}");
  story_free(story);
  story = story_with(extension, "[{s: {set: {x: 1}}}]", "{\"n\":2}");
  assert_string_equal(story_json(story, story->run->context), "{}");
  gives(story, "{\"x\":1}");
  story_free(story);
}

static void a_condition_that_fails_does_not_apply(void **state) {
  (void)state;
  struct story *story = story_with("{l: {extend: set, when: '$task.set | startswith(\"a\")', before: [{b: {set: {k: 1}, then: exit}}]}}",
                                   "[{s: {set: {x: 1}}}]", "{}");
  gives(story, "{\"x\":1}");
  const struct wf_event *skipped = story_last(story, WF_STEP_SKIPPED);
  assert_string_equal(skipped->reason_code, "condition_failed");
  assert_string_equal(skipped->reference, "/do/0/s/extensions/0/before");
  story_free(story);
}

static void a_task_that_is_not_run_is_not_extended(void **state) {
  (void)state;
  struct story *story = story_with("{l: {extend: all, before: [{b: {set: {k: 1}}}]}}", "[{s: {if: .no, set: {x: 1}}}]", "{\"n\":1}");
  gives(story, "{\"n\":1}");
  assert_string_equal(started(story), "");
  assert_string_equal(story_last(story, WF_STEP_SKIPPED)->reference, "/do/0/s");
  story_free(story);
}

static void a_switch_leads_out_of_all_that_is_around_it(void **state) {
  (void)state;
  static const char tasks[] = "[{s: {switch: [{one: {when: .n == 1, then: c}}, {two: {when: .n == 2, then: end}}]}},\n"
                              "    {b: {set: {b: 1}, then: end}}, {c: {set: {c: 1}}}]";
  static const char extensions[] = "{l: {extend: switch, before: [{x: {set: {k: 1}}}], after: [{y: {set: {k: 1}}}]}},\n"
                                   "    {m: {extend: switch, after: [{y: {set: {k: 1}}}]}}";
  static const char *const cases[][2] = {{"{\"n\":1}", "{\"c\":1}"}, {"{\"n\":2}", "{\"n\":2}"}, {"{\"n\":3}", "{\"b\":1}"}};
  for (size_t i = 0; i < 3; i++) {
    struct story *story = story_with(extensions, tasks, cases[i][0]);
    gives(story, cases[i][1]);
    story_free(story);
  }
}

static void an_error_goes_up_through_what_is_around(void **state) {
  (void)state;
  struct story *story = story_with("{l: {extend: raise, before: [{x: {set: {k: 1}}}], after: [{never: {set: {k: 1}}}]}}",
                                   "[{t: {try: [{r: {raise: {error: {type: 'https://e.com/x', status: 400}}}}],\n"
                                   "    catch: {do: [{c: {set: {at: '${ $error.instance }'}}}]}}}]",
                                   "{}");
  gives(story, "{\"at\":\"/do/0/t/try/0/r\"}");
  story_free(story);
}

static void a_retry_goes_through_all_of_it_again(void **state) {
  (void)state;
  struct story *story = story_with("{l: {extend: call, before: [{b: {set: {k: 1}}}]}}",
                                   "[{t: {try: [{c: {call: crm.update}}], catch: {retry: {limit: {attempt: {count: 1}}}}}}]", "{\"n\":1}");
  story_failed(story, 1, 1, "https://serverlessworkflow.io/spec/1.0.0/errors/communication");
  story_completed(story, 1, 2, "{\"done\":true}");
  gives(story, "{\"done\":true}");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_stands_around_a_task_changes_no_data),
      cmocka_unit_test(its_tasks_see_the_extended_task),
      cmocka_unit_test(exit_before_stands_for_the_task),
      cmocka_unit_test(exit_after_stands_for_its_output),
      cmocka_unit_test(end_ends_the_workflow),
      cmocka_unit_test(when_is_asked_before_and_after_on_the_same),
      cmocka_unit_test(a_condition_that_fails_does_not_apply),
      cmocka_unit_test(a_task_that_is_not_run_is_not_extended),
      cmocka_unit_test(a_switch_leads_out_of_all_that_is_around_it),
      cmocka_unit_test(an_error_goes_up_through_what_is_around),
      cmocka_unit_test(a_retry_goes_through_all_of_it_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
