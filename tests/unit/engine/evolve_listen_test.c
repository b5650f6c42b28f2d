// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

#include "engine/heard.h"
#include "engine/listening.h"

static struct folded listening(const char *data) {
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"listen\"}");
  fold_on(&f, WF_STEP_LISTENING, 1, data);
  return f;
}

static void a_listener_waits_for_an_event(void **state) {
  (void)state;
  struct folded f = listening(NULL);
  assert_int_equal(f.run->waiting_for, WF_FOR_EVENT);
  assert_int_equal(f.run->status, WF_WAITING);
  assert_int_equal(f.run->next_wake_at, 0);
  assert_int_equal(wf_listening_no(wf_run_step(f.run, 1)), f.run->last_seq);
  fold_free(&f);
}

static void what_it_heard_is_its_output(void **state) {
  (void)state;
  struct folded f = listening(NULL);
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"event_id\":\"1\"}");
  assert_int_equal(f.run->waiting_for, WF_FOR_EVENT);
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":null,\"last\":true,\"event_id\":\"2\"}");
  assert_int_equal(f.run->waiting_for, WF_FOR_NOTHING);
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  assert_json(wf_run_step(f.run, 1)->output, "[5,null]");
  fold_free(&f);
}

static void events_of_until_are_none_of_it(void **state) {
  (void)state;
  struct folded f = listening(NULL);
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"until_event\":true,\"last\":true,\"event_id\":\"1\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  assert_json(wf_run_step(f.run, 1)->output, "[]");
  fold_free(&f);
}

static void each_event_of_foreach_is_dealt_with_alone(void **state) {
  (void)state;
  struct folded f = listening("{\"foreach\":true}");
  const struct wf_step *step = wf_run_step(f.run, 1);
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"event_id\":\"1\"}");
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":6,\"event_id\":\"2\"}");
  fold_on(&f, WF_EVENT_TAKEN, 1, NULL);
  jv item = wf_listening_get(step, "item");
  assert_json(item, "[5,0]");
  jv_free(item);
  fold_on(&f, WF_EVENT_HANDLED, 1, "{\"output\":\"x\",\"context\":{\"n\":1}}");
  assert_json(f.run->context, "{\"n\":1}");
  assert_int_equal(wf_listening_count(step, "handled"), 1);
  fold_on(&f, WF_EVENT_TAKEN, 1, NULL);
  fold_on(&f, WF_EVENT_HANDLED, 1, NULL);
  jv items = wf_listening_get(step, "items");
  assert_json(items, "[\"x\",6]");
  jv_free(items);
  assert_true(wf_listening_waits(step));
  fold_free(&f);
}

static void an_endless_one_keeps_nothing(void **state) {
  (void)state;
  struct folded f = listening("{\"endless\":true}");
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"event_id\":\"1\"}");
  jv items = wf_listening_get(wf_run_step(f.run, 1), "items");
  assert_json(items, "[]");
  jv_free(items);
  fold_free(&f);
}

static int32_t held_bytes(const struct folded *f) { return wf_listening_count(wf_run_step(f->run, 1), "bytes"); }

static void what_waits_for_foreach_is_counted(void **state) {
  (void)state;
  struct folded f = listening("{\"endless\":true,\"foreach\":true}");
  for (int i = 0; i < 2; i++) fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"bytes\":20,\"event_id\":\"1\"}");
  assert_int_equal(held_bytes(&f), 40);
  fold_on(&f, WF_EVENT_TAKEN, 1, NULL);
  assert_int_equal(held_bytes(&f), 40);
  fold_on(&f, WF_EVENT_HANDLED, 1, NULL);
  assert_int_equal(held_bytes(&f), 20);
  fold_free(&f);
}

static void what_was_heard_is_remembered(void **state) {
  (void)state;
  struct folded f = listening("{\"endless\":true}");
  fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"event_id\":\"1\",\"event_source\":\"s\"}");
  assert_true(wf_heard_already(f.run->heard, "s", "1", 999));
  for (int i = 0; i < 2; i++) fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"event_id\":\"2\",\"renews\":true}");
  assert_false(wf_heard_already(f.run->heard, "s", "1", 999));
  assert_true(wf_heard_already(f.run->heard, NULL, "2", 999));
  fold_free(&f);
}

static void a_filter_is_filled_once_however_often_it_is(void **state) {
  (void)state;
  struct folded f = listening("{\"endless\":true}");
  for (int i = 0; i < 3; i++) fold_on(&f, WF_EVENT_MATCHED, 1, "{\"filter\":1,\"item\":5,\"event_id\":\"1\"}");
  jv filled = wf_listening_get(wf_run_step(f.run, 1), "filled");
  assert_json(filled, "[1]");
  jv_free(filled);
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_listener_waits_for_an_event),
      cmocka_unit_test(what_it_heard_is_its_output),
      cmocka_unit_test(events_of_until_are_none_of_it),
      cmocka_unit_test(each_event_of_foreach_is_dealt_with_alone),
      cmocka_unit_test(an_endless_one_keeps_nothing),
      cmocka_unit_test(a_filter_is_filled_once_however_often_it_is),
      cmocka_unit_test(what_waits_for_foreach_is_counted),
      cmocka_unit_test(what_was_heard_is_remembered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
