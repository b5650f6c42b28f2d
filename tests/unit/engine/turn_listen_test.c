// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

#define LISTEN(to) STORY_HEAD "do:\n- hear: {listen: {to: " to "}}\n"
#define EVENT(id, type, data) "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"s\",\"type\":\"" type "\",\"data\":" data "}"

static const char *output(const struct story *story) { return story_json(story, story->run->output); }

static const char *last_reason(const struct story *story) { return story_last(story, WF_EVENT_REJECTED)->reason_code; }

static void expect_listening(const struct story *story) {
  assert_int_equal(story->run->status, WF_WAITING);
  assert_int_equal(story->run->waiting_for, WF_FOR_EVENT);
  assert_true(story->subscription_no > 0);
}

static void expect_over(const struct story *story, const char *expected) {
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(output(story), expected);
  assert_int_equal(story->subscription_no, 0);
}

static void one_event_ends_it(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {type: t.a}}}"), "{}");
  expect_listening(story);
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "[{\"type\":\"t.a\"}]");
  assert_int_equal(story->last.effects[0].subscription_no, story_last(story, WF_STEP_LISTENING)->seq);
  story_event(story, EVENT("1", "t.b", "1"));
  expect_listening(story);
  assert_string_equal(last_reason(story), "type");
  story_event(story, EVENT("2", "t.a", "{\"n\":2}"));
  expect_over(story, "[{\"n\":2}]");
  assert_false(jv_is_valid(story_last(story, WF_STEP_COMPLETED)->data)); // stored once, where it came
  story_free(story);
}

static void an_event_is_read_as_asked(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- hear: {listen: {to: {one: {with: {type: t}}}, read: envelope}}\n", "{}");
  story_event(story, EVENT("1", "t", "{\"n\":1}"));
  expect_over(story, "[{\"data\":{\"n\":1},\"id\":\"1\",\"source\":\"s\",\"specversion\":\"1.0\",\"type\":\"t\"}]");
  story_free(story);
  story = story_of(STORY_HEAD "do:\n- hear: {listen: {to: {one: {with: {type: t}}}, read: raw}}\n", "{}");
  story_event(story, EVENT("1", "t", "{\"n\":1}"));
  expect_over(story, "[\"{\\\"n\\\":1}\"]");
  story_free(story);
}

static void filters_may_be_conditions_patterns_and_values(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {type: 't\\.(a|b)', source: '${ $workflow.input.s }', "
                                        "data: '${ .temperature > 38 }', level: 3}}}"),
                                 "{\"s\":\"here\"}");
  assert_string_equal(story_json(story, story->last.effects[0].arguments),
                      "[{\"where\":[{\"of\":\"source\",\"path\":[\"source\"],\"value\":\"here\"},{\"of\":\"level\",\"path\":[\"level\"],\"value\":\"3\"}]}]");
  story_event(story, "{\"id\":\"1\",\"source\":\"here\",\"type\":\"t.c\",\"level\":3,\"data\":{\"temperature\":39}}");
  assert_string_equal(last_reason(story), "type");
  story_event(story, "{\"id\":\"2\",\"source\":\"there\",\"type\":\"t.a\",\"level\":3,\"data\":{\"temperature\":39}}");
  assert_string_equal(last_reason(story), "source");
  story_event(story, "{\"id\":\"3\",\"source\":\"here\",\"type\":\"t.a\",\"level\":3,\"data\":{\"temperature\":37}}");
  assert_string_equal(last_reason(story), "data");
  story_event(story, "{\"id\":\"4\",\"source\":\"here\",\"type\":\"t.a\",\"data\":{\"temperature\":39}}");
  assert_string_equal(last_reason(story), "level");
  story_event(story, "{\"id\":\"5\",\"source\":\"here\",\"type\":\"t.b\",\"level\":\"3\",\"data\":{\"temperature\":39}}");
  expect_over(story, "[{\"temperature\":39}]");
  story_free(story);
}

static void data_may_be_what_it_must_hold(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {data: {order: {id: '${ $workflow.input.id }'}}}}}"), "{\"id\":7}");
  story_event(story, EVENT("1", "t", "{\"order\":{\"id\":8}}"));
  assert_string_equal(last_reason(story), "data");
  story_event(story, EVENT("2", "t", "{\"order\":{\"id\":7,\"more\":1},\"x\":2}"));
  assert_int_equal(story->run->status, WF_COMPLETED);
  story_free(story);
}

static void a_condition_that_fails_does_not_match(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {type: t, data: '${ .a.b > 1 }'}}}"), "{}");
  story_event(story, EVENT("1", "t", "{\"a\":1}"));
  assert_string_equal(last_reason(story), "expression_failed");
  expect_listening(story);
  story_free(story);
}

static void all_wants_each_filter_once_in_any_order(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{all: [{with: {type: a}}, {with: {type: b}}]}"), "{}");
  story_event(story, EVENT("1", "b", "1"));
  story_event(story, EVENT("2", "b", "2"));
  assert_string_equal(last_reason(story), "had_already");
  expect_listening(story);
  story_event(story, EVENT("3", "a", "3"));
  expect_over(story, "[1,3]");
  story_free(story);
}

static void any_ends_with_the_first_of_them(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{any: [{with: {type: a}}, {with: {type: b}}]}"), "{}");
  story_event(story, EVENT("1", "b", "1"));
  expect_over(story, "[1]");
  story_free(story);
  story = story_of(LISTEN("{any: []}"), "{}");
  story_event(story, EVENT("1", "whatever", "1"));
  expect_over(story, "[1]");
  story_free(story);
}

static void until_is_a_condition_over_what_came(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{any: [], until: ( . | length ) > 2}"), "{}");
  story_event(story, EVENT("1", "a", "1"));
  story_event(story, EVENT("2", "b", "2"));
  expect_listening(story);
  story_event(story, EVENT("3", "a", "3"));
  expect_over(story, "[1,2,3]");
  story_free(story);
}

static void until_that_fails_is_the_tasks_error(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{any: [], until: .a.b}"), "{}");
  story_event(story, EVENT("1", "a", "1"));
  assert_string_equal(story->run->fault.code, "expression");
  assert_int_equal(story->subscription_no, 0);
  story_free(story);
}

static void until_may_be_events_that_do_not_count(void **state) {
  (void)state;
  struct story *story =
      story_of(LISTEN("{any: [{with: {type: a}}], until: {all: [{with: {type: x}}, {with: {type: y}}]}}"), "{}");
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "[{\"type\":\"a\"},{\"type\":\"x\"},{\"type\":\"y\"}]");
  story_event(story, EVENT("1", "a", "1"));
  story_event(story, EVENT("2", "y", "2"));
  story_event(story, EVENT("3", "a", "3"));
  expect_listening(story);
  story_event(story, EVENT("4", "x", "4"));
  expect_over(story, "[1,3]");
  story_free(story);
}

static void an_endless_listener_keeps_nothing(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{any: [], until: '${ false }'}"), "{}");
  for (int i = 0; i < 40; i++) {
    char event[128];
    snprintf(event, sizeof event, "{\"id\":\"%d\",\"source\":\"s\",\"type\":\"t\",\"data\":%d}", i, i);
    story_event(story, event);
  }
  expect_listening(story);
  jv items = jv_object_get(jv_copy(story->run->steps[0]->listening), jv_string("items"));
  assert_int_equal(jv_array_length(items), 0);
  story_control(story, WF_CONTROL_CANCEL, "enough");
  assert_int_equal(story->subscription_no, 0);
  story_free(story);
}

static void correlation_expects_a_value(void **state) {
  (void)state;
  struct story *story = story_of(
      LISTEN("{one: {with: {type: t}, correlate: {order: {from: .data.order.id, expect: '${ .id }'}}}}"), "{\"id\":7}");
  assert_string_equal(story_json(story, story->last.effects[0].arguments),
                      "[{\"type\":\"t\",\"where\":[{\"of\":\"correlation\",\"path\":[\"data\",\"order\",\"id\"],\"value\":\"7\"}]}]");
  story_event(story, EVENT("1", "t", "{\"order\":{\"id\":8}}"));
  assert_string_equal(last_reason(story), "correlation");
  story_event(story, EVENT("2", "t", "{}"));
  assert_string_equal(last_reason(story), "uncorrelated");
  story_event(story, EVENT("3", "t", "{\"order\":{\"id\":\"7\"}}"));
  expect_over(story, "[{\"order\":{\"id\":\"7\"}}]");
  story_free(story);
}

static void the_first_value_is_expected_of_the_others(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{all: [{with: {type: a}, correlate: {room: {from: .roomid}}}, "
                                        "{with: {type: b}, correlate: {room: {from: .roomid}}}]}"),
                                 "{}");
  story_event(story, "{\"id\":\"1\",\"source\":\"s\",\"type\":\"a\",\"roomid\":\"r1\",\"data\":1}");
  story_event(story, "{\"id\":\"2\",\"source\":\"s\",\"type\":\"b\",\"roomid\":\"r2\",\"data\":2}");
  assert_string_equal(last_reason(story), "correlation");
  story_event(story, "{\"id\":\"3\",\"source\":\"s\",\"type\":\"b\",\"roomid\":\"r1\",\"data\":3}");
  expect_over(story, "[1,3]");
  story_free(story);
}

static void an_event_counts_once_in_a_run(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- a: {listen: {to: {one: {with: {type: t}}}}}\n- b: {listen: {to: {one: {with: {type: t}}}}}\n", "{}");
  story_event(story, EVENT("1", "t", "1"));
  expect_listening(story);
  story_event(story, EVENT("1", "t", "1"));
  assert_string_equal(last_reason(story), "consumed_already");
  story_event(story, EVENT("2", "t", "2"));
  expect_over(story, "[2]");
  story_free(story);
}

static void what_does_not_match_is_told_so_often(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {type: t}}}"), "{}");
  for (int i = 0; i < 3 * WF_REJECTED_MAX; i++) story_event(story, EVENT("1", "x", "1"));
  assert_int_equal(story_count(story, WF_EVENT_REJECTED), WF_REJECTED_MAX);
  expect_listening(story);
  story_free(story);
}

static void a_stale_subscription_makes_nothing(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {type: t}}}"), "{}");
  story->subscription_no += 1;
  story_event(story, EVENT("1", "t", "1"));
  assert_int_equal(story->last.event_count, 0);
  story_free(story);
}

static void a_timeout_ends_it(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- hear: {listen: {to: {one: {with: {type: t}}}}, timeout: {after: PT1M}}\n", "{}");
  assert_true(story_due(story));
  assert_string_equal(story->run->fault.code, "timeout");
  assert_int_equal(story->subscription_no, 0);
  story_event(story, EVENT("1", "t", "1"));
  assert_int_equal(story->last.event_count, 0);
  story_free(story);
}

static void a_retry_listens_anew(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- t: {try: [{hear: {listen: {to: {any: [], until: '. | length > 1'}}, timeout: {after: PT1M}}}], catch: {retry: {}}}\n", "{}");
  int32_t first = story->subscription_no;
  story_event(story, EVENT("1", "t", "1"));
  story_due(story);
  assert_true(story->subscription_no > first);
  story_event(story, EVENT("2", "t", "2"));
  story_event(story, EVENT("3", "t", "3"));
  assert_string_equal(output(story), "[2,3]");
  story_free(story);
}

static void what_comes_while_suspended_waits_for_the_resume(void **state) {
  (void)state;
  struct story *story = story_of(LISTEN("{one: {with: {type: t}}}"), "{}");
  story_control(story, WF_CONTROL_SUSPEND, "why");
  story_event(story, EVENT("1", "t", "1"));
  assert_int_equal(story->run->status, WF_SUSPENDED);
  story_control(story, WF_CONTROL_RESUME, "go");
  expect_over(story, "[1]");
  story_free(story);
}

static void foreach_deals_with_one_event_after_the_other(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- hear:\n    listen: {to: {any: [], until: '. | length >= 2'}}\n"
                 "    foreach: {item: e, at: i, do: [{c: {call: crm.update, with: {n: '${ $e }', at: '${ $i }'}}}], "
                 "output: {as: '${ {got: ., of: $e} }'}, export: {as: '${ {last: $e} }'}}\n",
      "{}");
  story_event(story, EVENT("1", "t", "1"));
  story_event(story, EVENT("2", "t", "2"));
  assert_int_equal(story->run->waiting_for, WF_FOR_ACTION);
  assert_int_equal(story_count(story, WF_EVENT_TAKEN), 1);
  story_completed(story, 1, 1, "\"x\"");
  assert_string_equal(story_json(story, story->run->context), "{\"last\":1}");
  assert_string_equal(story_json(story, story->last.effects[0].arguments), "{\"at\":1,\"n\":2}");
  story_completed(story, 2, 1, "\"y\"");
  expect_over(story, "[{\"got\":\"x\",\"of\":1},{\"got\":\"y\",\"of\":2}]");
  story_free(story);
}

static void foreach_without_output_gives_the_events(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- hear:\n    listen: {to: {one: {with: {type: t}}}}\n    foreach: {do: [{s: {set: {seen: '${ $item }', at: '${ $index }'}}}]}\n", "{}");
  story_event(story, EVENT("1", "t", "5"));
  expect_over(story, "[5]");
  assert_non_null(strstr(story->steps[1], "{\"at\":0,\"seen\":5}"));
  story_free(story);
  story = story_of(STORY_HEAD "do:\n- hear:\n    listen: {to: {one: {with: {type: t}}}}\n    foreach: {output: {as: '${ . + $item }'}}\n", "{}");
  story_event(story, EVENT("1", "t", "5"));
  expect_over(story, "[10]");
  story_free(story);
}

static void end_inside_foreach_ends_the_workflow(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- hear:\n    listen: {to: {any: [], until: '${ false }'}}\n    foreach: {do: [{s: {set: {a: 1}, then: end}}]}\n- never: {set: {b: 1}}\n", "{}");
  story_event(story, EVENT("1", "t", "5"));
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_int_equal(story->subscription_no, 0);
  assert_int_equal(story_count(story, WF_STEP_STARTED), 2);
  story_free(story);
}

static void an_error_inside_foreach_ends_the_listening(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- t: {try: [{hear: {listen: {to: {any: [], until: '${ false }'}}, "
                 "foreach: {do: [{c: {call: crm.update}}]}}}], catch: {do: [{s: {set: {caught: true}}}]}}\n", "{}");
  story_event(story, EVENT("1", "t", "5"));
  story_failed(story, 1, 1, NULL);
  assert_string_equal(output(story), "{\"caught\":true}");
  assert_int_equal(story->subscription_no, 0);
  story_free(story);
}

static void a_retry_inside_foreach_goes_on_with_the_event(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- hear:\n    listen: {to: {any: [{with: {type: t}, correlate: {k: {from: '${ .data.k }'}}}], until: '${ .[1] != null }'}}\n"
                 "    foreach: {item: e, at: i, do: [{c: {call: crm.update, with: {n: '${ $e.n }', at: '${ $i }'}}}]}\n", "{}");
  int32_t number = story->subscription_no;
  story_event(story, EVENT("1", "t", "{\"k\":1,\"n\":5}"));
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story->subscription_no, 0);
  story_control(story, WF_CONTROL_RETRY, "fixed");
  assert_int_equal(story->run->status, WF_RUNNING);
  assert_int_equal(story->subscription_no, number);
  assert_string_equal(story_json(story, story->last.effects[1].arguments), "{\"at\":0,\"n\":5}");
  story_event(story, EVENT("1", "t", "{\"k\":1,\"n\":5}")); // looked back at
  assert_string_equal(last_reason(story), "consumed_already");
  story_event(story, EVENT("2", "t", "{\"k\":2,\"n\":6}"));
  assert_string_equal(last_reason(story), "correlation");
  story_event(story, EVENT("3", "t", "{\"k\":1,\"n\":7}"));
  story_completed(story, 1, 2, "{}");
  story_completed(story, 2, 1, "{}");
  expect_over(story, "[{\"k\":1,\"n\":5},{\"k\":1,\"n\":7}]");
  story_free(story);
}

static void a_retry_where_a_branch_listened_listens_there_again(void **state) {
  (void)state;
  struct story *story = story_of(
      STORY_HEAD "do:\n- both:\n    fork:\n      branches:\n"
                 "      - hear: {listen: {to: {any: [], until: '${ .[1] != null }'}}, foreach: {do: [{w: {wait: PT1H}}]}}\n"
                 "      - act: {call: crm.update}\n", "{}");
  int32_t number = story->subscription_no;
  story_event(story, EVENT("1", "t", "1"));
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_int_equal(story->subscription_no, 0);
  story_control(story, WF_CONTROL_RETRY, "fixed");
  assert_int_equal(story->subscription_no, number);
  story_completed(story, 1, 2, "{\"done\":true}");
  story_event(story, EVENT("2", "t", "2"));
  while (story_due(story)) {}
  expect_over(story, "[[1,2],{\"done\":true}]");
  story_free(story);
}

static void too_much_is_an_error(void **state) {
  (void)state;
  struct story *story = story_new(LISTEN("{any: [], until: '. | length > 9'}"));
  story->bounds.value_bytes_max = 40;
  story_create(story, "{}", NULL);
  story_event(story, EVENT("1", "t", "\"0123456789\""));
  story_event(story, EVENT("2", "t", "\"0123456789\""));
  expect_listening(story);
  story_event(story, EVENT("3", "t", "\"0123456789012345\""));
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, "runtime");
  story_free(story);
}

static void what_waits_for_an_endless_foreach_is_bounded(void **state) {
  (void)state;
  struct story *story = story_new(
      STORY_HEAD "do:\n- hear:\n    listen: {to: {any: [], until: '${ false }'}}\n    foreach: {do: [{c: {call: crm.update}}]}\n");
  story->bounds.value_bytes_max = 40;
  story_create(story, "{}", NULL);
  story_event(story, EVENT("1", "t", "\"0123456789\"")); // it is dealt with
  story_event(story, EVENT("2", "t", "\"0123456789\""));
  story_event(story, EVENT("3", "t", "\"0123456789\""));
  assert_false(story->last.comes_again);
  story_event(story, EVENT("4", "t", "\"0123456789\""));
  assert_true(story->last.comes_again);
  assert_int_equal(story->last.event_count, 0);
  story_completed(story, 1, 1, "1");
  story_event(story, EVENT("4", "t", "\"0123456789\""));
  assert_false(story->last.comes_again);
  for (int32_t action = 2; action <= 4; action++) story_completed(story, action, 1, "1");
  assert_int_equal(story_count(story, WF_EVENT_HANDLED), 4);
  expect_listening(story);
  story_free(story);
}

static void one_that_never_fits_is_an_error(void **state) {
  (void)state;
  struct story *story = story_new(
      STORY_HEAD "do:\n- hear:\n    listen: {to: {any: [], until: '${ false }'}}\n    foreach: {do: [{c: {call: crm.update}}]}\n");
  story->bounds.value_bytes_max = 40;
  story_create(story, "{}", NULL);
  story_event(story, EVENT("1", "t", "\"01234567890123456789012345678901234567890123456789\""));
  assert_false(story->last.comes_again);
  assert_int_equal(story->run->status, WF_FAULTED);
  story_free(story);
}

// A loop of listens, each for one event, and more of them than ever were remembered.
static void a_loop_of_listens_hears_each_event_once(void **state) {
  (void)state;
  struct story *story = story_new(STORY_HEAD "do:\n- again:\n    for: {each: i, in: '${ [range(600)] }'}\n    do:\n    - hear: {listen: {to: {one: {with: {type: t}}}}}\n");
  story->bounds.lookback = 600 * USEC_PER_SEC;
  story_create(story, "{}", NULL);
  char event[96];
  for (int i = 0; i < 500; i++) {
    snprintf(event, sizeof event, "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"s\",\"type\":\"t\",\"data\":1}", i);
    story_event(story, event);
  }
  assert_int_equal(story_count(story, WF_EVENT_MATCHED), 500);
  story_event(story, EVENT("0", "t", "1")); // handed over once more by the look-back
  story_event(story, EVENT("200", "t", "1"));
  assert_int_equal(story_count(story, WF_EVENT_MATCHED), 500);
  assert_string_equal(last_reason(story), "consumed_already");
  story_free(story);
}

static void events_that_started_the_run_are_not_heard(void **state) {
  (void)state;
  struct story *story = story_new(LISTEN("{one: {with: {type: t}}}"));
  story_create(story, "[" EVENT("1", "u", "1") "," EVENT("2", "t", "1") "]", NULL);
  story_event(story, EVENT("2", "t", "1"));
  expect_listening(story);
  assert_string_equal(last_reason(story), "started_the_run");
  story_event(story, EVENT("3", "t", "1"));
  expect_over(story, "[1]");
  story_free(story);
}

static void a_sandbox_takes_what_the_trigger_said(void **state) {
  (void)state;
  struct story *story = story_new(LISTEN("{all: [{with: {type: a}}, {with: {type: b}}]}"));
  story->sandbox = true;
  story->results = "{\"hear\":[1,2]}";
  story_create(story, "{}", NULL);
  assert_int_equal(story->last.effect_count, 0);
  expect_over(story, "[1,2]");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_event_ends_it),
      cmocka_unit_test(what_waits_for_an_endless_foreach_is_bounded),
      cmocka_unit_test(one_that_never_fits_is_an_error),
      cmocka_unit_test(a_loop_of_listens_hears_each_event_once),
      cmocka_unit_test(events_that_started_the_run_are_not_heard),
      cmocka_unit_test(an_event_is_read_as_asked),
      cmocka_unit_test(filters_may_be_conditions_patterns_and_values),
      cmocka_unit_test(data_may_be_what_it_must_hold),
      cmocka_unit_test(a_condition_that_fails_does_not_match),
      cmocka_unit_test(all_wants_each_filter_once_in_any_order),
      cmocka_unit_test(any_ends_with_the_first_of_them),
      cmocka_unit_test(until_is_a_condition_over_what_came),
      cmocka_unit_test(until_that_fails_is_the_tasks_error),
      cmocka_unit_test(until_may_be_events_that_do_not_count),
      cmocka_unit_test(an_endless_listener_keeps_nothing),
      cmocka_unit_test(correlation_expects_a_value),
      cmocka_unit_test(the_first_value_is_expected_of_the_others),
      cmocka_unit_test(an_event_counts_once_in_a_run),
      cmocka_unit_test(what_does_not_match_is_told_so_often),
      cmocka_unit_test(a_stale_subscription_makes_nothing),
      cmocka_unit_test(a_timeout_ends_it),
      cmocka_unit_test(a_retry_listens_anew),
      cmocka_unit_test(what_comes_while_suspended_waits_for_the_resume),
      cmocka_unit_test(foreach_deals_with_one_event_after_the_other),
      cmocka_unit_test(foreach_without_output_gives_the_events),
      cmocka_unit_test(end_inside_foreach_ends_the_workflow),
      cmocka_unit_test(an_error_inside_foreach_ends_the_listening),
      cmocka_unit_test(a_retry_inside_foreach_goes_on_with_the_event),
      cmocka_unit_test(a_retry_where_a_branch_listened_listens_there_again),
      cmocka_unit_test(too_much_is_an_error),
      cmocka_unit_test(a_sandbox_takes_what_the_trigger_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
