// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "story.h"

static const char one_call[] = STORY_HEAD "do:\n- first: {call: voice.call, with: {n: '${ .n }'}}\n";

static void a_one_action_run_is_seven_events(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  assert_string_equal(story_types(story), "run.created run.started step.started action.requested");
  story_completed(story, 1, 1, "{\"ok\":true}");
  assert_string_equal(story_types(story), "run.created run.started step.started action.requested "
                                          "action.completed step.completed run.completed");
  assert_int_equal(story->run->status, WF_COMPLETED);
  assert_string_equal(story_json(story, story->run->output), "{\"ok\":true}");
  story_free(story);
}

static void nothing_is_stored_twice(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  story_completed(story, 1, 1, "{\"ok\":true}");
  assert_string_equal(story_json(story, story->events[0].data),
                      "{\"recipient\":{\"collection\":\"leads\",\"id\":\"lead-1\"}}");
  assert_string_equal(story_json(story, story->events[1].data), "-");
  assert_string_equal(story_json(story, story->events[2].data), "{\"kind\":\"call\"}");
  assert_string_equal(story_json(story, story->events[4].data), "{\"output\":{\"ok\":true}}");
  assert_string_equal(story_json(story, story->events[5].data), "-");
  assert_string_equal(story_json(story, story->events[6].data), "-");
  story_free(story);
}

static void the_input_is_the_triggers_data_and_the_recipients_own(void **state) {
  (void)state;
  struct story *story = story_new(one_call);
  story_create(story, "{\"n\":1,\"kept\":true}", "{\"n\":2}");
  assert_string_equal(story_json(story, story->run->input), "{\"kept\":true,\"n\":2}");
  assert_string_equal(story->run->recipient.id, "lead-1");
  assert_string_equal(story->run->recipient.collection, "leads");
  story_free(story);
}

static void events_of_a_schedule_stay_an_array(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- first: {set: '${ .[0] }'}\n", "[{\"type\":\"a\"}]");
  assert_string_equal(story_json(story, story->run->output), "{\"type\":\"a\"}");
  story_free(story);
}

static void without_data_the_input_is_empty(void **state) {
  (void)state;
  struct story *story = story_of(STORY_HEAD "do:\n- first: {set: {x: '${ . }'}}\n", NULL);
  assert_string_equal(story_json(story, story->run->output), "{\"x\":{}}");
  story_free(story);
}

static void stale_timers_leave_no_event(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  size_t before = story->event_count;
  story_timer(story, 0);
  story_timer(story, -1);
  story_timer(story, 99);
  assert_int_equal(story->event_count, before);
  story_completed(story, 1, 1, NULL);
  before = story->event_count;
  story_timer(story, 1);
  assert_int_equal(story->event_count, before);
  story_free(story);
}

static void a_decision_clears_twice(void **state) {
  (void)state;
  struct story *story = story_of(one_call, "{\"n\":1}");
  assert_int_equal(story->last.effect_count, 1);
  wf_decision_clear(&story->last);
  assert_int_equal(story->last.event_count, 0);
  wf_decision_clear(&story->last);
  story_free(story);
}

// The same inputs with the same randomness give the same words.
static void decisions_repeat(void **state) {
  (void)state;
  const char *document =
      STORY_HEAD "do:\n- t:\n    try: [{c: {call: voice.call}}]\n    catch:\n      retry: {delay: PT1S, jitter: "
                 "{from: PT0S, to: PT1H}, limit: {attempt: {count: 2}}}\n";
  struct story *a = story_of(document, NULL), *b = story_of(document, NULL), *c = story_new(document);
  c->random = 77;
  story_create(c, NULL, NULL);
  story_failed(a, 1, 1, NULL);
  story_failed(b, 1, 1, NULL);
  story_failed(c, 1, 1, NULL);
  assert_int_equal(a->transcript.size, b->transcript.size);
  assert_memory_equal(a->transcript.data, b->transcript.data, a->transcript.size);
  assert_true(a->run->next_retry_at == b->run->next_retry_at);
  assert_false(a->run->next_retry_at == c->run->next_retry_at);
  story_free(a);
  story_free(b);
  story_free(c);
}

static void recipient_data_has_a_bound(void **state) {
  (void)state;
  struct story *story = story_new(one_call);
  story->bounds.value_bytes_max = 20;
  story_create(story, "{\"n\":1}", "{\"long\":\"01234567890123456789\"}");
  assert_string_equal(story_types(story), "run.created run.faulted");
  assert_string_equal(story->run->fault.code, "validation");
  story_free(story);
}

static void a_run_cancelled_before_it_came_ends_at_once(void **state) {
  (void)state;
  struct story *story = story_new(one_call);
  story->cancelled_because = "the order was withdrawn";
  story_create(story, "{\"n\":1}", NULL);
  assert_string_equal(story_types(story), "run.created run.cancelled");
  assert_int_equal(story->run->status, WF_CANCELLED);
  assert_string_equal(story->run->reason_text, "the order was withdrawn");
  assert_int_equal(story->last.effect_count, 0);
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_one_action_run_is_seven_events),
      cmocka_unit_test(nothing_is_stored_twice),
      cmocka_unit_test(the_input_is_the_triggers_data_and_the_recipients_own),
      cmocka_unit_test(events_of_a_schedule_stay_an_array),
      cmocka_unit_test(without_data_the_input_is_empty),
      cmocka_unit_test(stale_timers_leave_no_event),
      cmocka_unit_test(a_decision_clears_twice),
      cmocka_unit_test(decisions_repeat),
      cmocka_unit_test(recipient_data_has_a_bound),
      cmocka_unit_test(a_run_cancelled_before_it_came_ends_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
