// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

#include "engine/scope.h"

static void creation_gives_recipient_and_input(void **state) {
  (void)state;
  struct folded f = fold_new("{\"a\":1,\"b\":1}");
  assert_int_equal(f.run->status, WF_PENDING);
  fold(&f, (struct wf_event){.type = WF_RUN_CREATED},
       "{\"recipient\":{\"collection\":\"leads\",\"id\":\"7\"},\"data\":{\"b\":2}}");
  assert_string_equal(f.run->recipient.collection, "leads");
  assert_string_equal(f.run->recipient.id, "7");
  assert_json(f.run->input, "{\"a\":1,\"b\":2}");
  assert_true(f.run->created_at == f.now);
  assert_int_equal(f.run->status, WF_PENDING);
  fold_free(&f);
}

static void an_events_data_lies_under_the_recipients_own(void **state) {
  (void)state;
  static const struct { const char *trigger, *own, *input; } cases[] = {
      {"[{\"id\":\"e\",\"data\":{\"a\":1,\"b\":1}}]", "{\"data\":{\"b\":2}}", "[{\"data\":{\"a\":1,\"b\":2},\"id\":\"e\"}]"},
      {"[{\"id\":\"e\"}]", "{\"data\":{\"b\":2}}", "[{\"data\":{\"b\":2},\"id\":\"e\"}]"},
      {"[{\"id\":\"e\",\"data\":[7]}]", "{}", "[{\"data\":[7],\"id\":\"e\"}]"},
      {"[]", "{\"data\":{\"b\":2}}", "[]"}, // no history of ours, and yet no crash
      {"[7]", "{\"data\":{\"b\":2}}", "[7]"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct folded f = fold_new(cases[i].trigger);
    fold(&f, (struct wf_event){.type = WF_RUN_CREATED}, cases[i].own);
    assert_json(f.run->input, cases[i].input);
    fold_free(&f);
  }
}

static void a_trigger_without_recipient_has_none(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold(&f, (struct wf_event){.type = WF_RUN_CREATED}, NULL);
  assert_null(f.run->recipient.id);
  assert_json(f.run->input, "{}");
  fold_free(&f);
}

static void the_start_opens_the_root(void **state) {
  (void)state;
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  assert_int_equal(f.run->status, WF_RUNNING);
  assert_json(wf_scopes_find(f.run->scopes, 0)->value, "{\"a\":1}");
  assert_json(f.run->context, "{}");
  fold_free(&f);
  f = fold_new("{\"a\":1}");
  fold(&f, (struct wf_event){.type = WF_RUN_CREATED}, NULL);
  fold(&f, (struct wf_event){.type = WF_RUN_STARTED},
       "{\"input\":5,\"timeout_timer\":1,\"timeout_at\":\"2026-01-01T00:00:00Z\"}");
  assert_json(wf_scopes_find(f.run->scopes, 0)->value, "5");
  assert_json(f.run->input, "{\"a\":1}");
  assert_int_equal(f.run->timeout_timer_no, 1);
  assert_int_equal(f.run->last_timer_no, 1);
  assert_true(f.run->next_wake_at == f.run->timeout_at);
  fold_free(&f);
}

static void every_event_moves_the_clock_and_counts(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  assert_int_equal(f.run->last_seq, 2);
  assert_true(f.run->updated_at == f.now);
  fold(&f, (struct wf_event){.type = WF_ACTION_LATE, .level = WF_LEVEL_ERROR}, NULL);
  assert_true(f.run->updated_at == f.now);
  assert_int_equal(f.run->error_count, 1);
  assert_int_equal(f.run->late_count, 1);
  fold_free(&f);
}

static void the_end_is_the_end(void **state) {
  (void)state;
  const enum wf_event_type types[] = {WF_RUN_COMPLETED, WF_RUN_CANCELLED, WF_RUN_FAULTED};
  const enum wf_status statuses[] = {WF_COMPLETED, WF_CANCELLED, WF_FAULTED};
  for (int i = 0; i < 3; i++) {
    struct folded f = fold_new("{\"a\":1}");
    fold_begin(&f);
    fold(&f, (struct wf_event){.type = types[i], .reason_code = "why", .summary = "because"}, NULL);
    assert_int_equal(f.run->status, statuses[i]);
    assert_true(f.run->ended_at == f.now);
    assert_int_equal(f.run->waiting_for, WF_FOR_NOTHING);
    assert_int_equal(f.run->current_step_no, 0);
    if (types[i] == WF_RUN_COMPLETED) assert_json(f.run->output, "{\"a\":1}");
    if (types[i] != WF_RUN_COMPLETED) assert_string_equal(f.run->reason_text, "because");
    assert_int_equal(f.run->scopes->count, types[i] == WF_RUN_FAULTED ? 1 : 0);
    fold_free(&f);
  }
}

static void suspension_hides_the_wait_and_resume_shows_it(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"wait\"}");
  fold_on(&f, WF_STEP_WAITING, 1, "{\"timer\":1,\"due_at\":\"2026-01-01T00:00:00Z\"}");
  assert_int_equal(f.run->status, WF_WAITING);
  fold(&f, (struct wf_event){.type = WF_RUN_SUSPENDED, .reason_code = "suspended", .summary = "hold"}, NULL);
  assert_int_equal(f.run->status, WF_SUSPENDED);
  assert_int_equal(f.run->waiting_for, WF_FOR_RESUME);
  assert_int_equal(f.run->next_wake_at, 0);
  assert_string_equal(f.run->reason_text, "hold");
  assert_true(wf_run_timer_live(f.run, 1));
  fold(&f, (struct wf_event){.type = WF_RUN_RESUMED}, NULL);
  assert_int_equal(f.run->status, WF_WAITING);
  assert_int_equal(f.run->waiting_for, WF_FOR_TIMER);
  assert_null(f.run->reason_text);
  fold_free(&f);
}

static void a_yield_ends_with_the_next_move(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold(&f, (struct wf_event){.type = WF_RUN_YIELDED}, "{\"timer\":1,\"due_at\":\"2026-01-01T00:00:00Z\"}");
  assert_int_equal(f.run->waiting_for, WF_FOR_TIMER);
  assert_true(wf_run_timer_live(f.run, 1));
  fold(&f, (struct wf_event){.type = WF_ACTION_LATE}, NULL);
  assert_true(wf_run_timer_live(f.run, 1));
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  assert_false(wf_run_timer_live(f.run, 1));
  fold_free(&f);
}

static void a_retried_run_opens_what_was_around(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"do\"}");
  fold_step(&f, 2, 1, "/do/0/a/do/0/b", "{\"kind\":\"set\",\"parent\":1}");
  fold_on(&f, WF_STEP_FAULTED, 2, "{\"error\":{\"type\":\"x\"}}");
  fold_on(&f, WF_STEP_FAULTED, 1, NULL);
  fold(&f, (struct wf_event){.type = WF_RUN_FAULTED, .reason_code = "x"}, NULL);
  fold(&f, (struct wf_event){.type = WF_RUN_RETRIED},
       "{\"guards\":[{\"timeout_timer\":4,\"timeout_at\":\"2026-01-01T00:00:00Z\"},"
       "{\"step\":1,\"timeout_timer\":5,\"timeout_at\":\"2026-01-02T00:00:00Z\"}]}");
  assert_int_equal(f.run->status, WF_RUNNING);
  assert_int_equal(wf_run_step(f.run, 1)->status, WF_RUNNING);
  assert_int_equal(wf_run_step(f.run, 1)->timeout_timer_no, 5);
  assert_int_equal(f.run->timeout_timer_no, 4);
  assert_int_equal(f.run->last_timer_no, 5);
  assert_true(wf_run_step(f.run, 2)->revisitable);
  assert_int_equal(wf_scopes_leaf(f.run->scopes, NULL)->child_step_no, 0);
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(creation_gives_recipient_and_input),
      cmocka_unit_test(an_events_data_lies_under_the_recipients_own),
      cmocka_unit_test(a_trigger_without_recipient_has_none),
      cmocka_unit_test(the_start_opens_the_root),
      cmocka_unit_test(every_event_moves_the_clock_and_counts),
      cmocka_unit_test(the_end_is_the_end),
      cmocka_unit_test(suspension_hides_the_wait_and_resume_shows_it),
      cmocka_unit_test(a_yield_ends_with_the_next_move),
      cmocka_unit_test(a_retried_run_opens_what_was_around),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
