// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

static struct folded requested(void) {
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"call\",\"max_attempts\":2}");
  fold_action(
      &f, WF_ACTION_REQUESTED, 1,
      "{\"function\":\"sms.send\",\"arguments\":{\"n\":1},\"timer\":1,\"deadline_at\":\"2026-01-01T00:00:00Z\"}");
  return f;
}

static void a_request_opens_the_action(void **state) {
  (void)state;
  struct folded f = requested();
  const struct wf_action *action = wf_run_action(f.run, 1);
  assert_string_equal(action->function, "sms.send");
  assert_json(action->input, "{\"n\":1}");
  assert_int_equal(action->max_attempts, 2);
  assert_int_equal(action->status, WF_RUNNING);
  assert_int_equal(f.run->waiting_for, WF_FOR_ACTION);
  assert_int_equal(f.run->status, WF_RUNNING);
  assert_true(f.run->next_wake_at == action->deadline_at);
  assert_true(wf_run_timer_live(f.run, 1));
  fold_free(&f);
}

static void an_answer_becomes_the_steps_output(void **state) {
  (void)state;
  struct folded f = requested();
  fold_action(&f, WF_ACTION_COMPLETED, 1,
              "{\"output\":{\"id\":5},\"outcome\":\"sent\",\"external_reference\":\"m-5\"}");
  assert_int_equal(f.run->waiting_for, WF_FOR_NOTHING);
  assert_false(wf_run_timer_live(f.run, 1));
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  const struct wf_step *step = wf_run_step(f.run, 1);
  assert_json(step->output, "{\"id\":5}");
  assert_string_equal(step->outcome, "sent");
  assert_string_equal(step->external_reference, "m-5");
  fold_free(&f);
}

static void no_output_is_null(void **state) {
  (void)state;
  struct folded f = requested();
  fold_action(&f, WF_ACTION_COMPLETED, 1, NULL);
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  assert_json(wf_run_step(f.run, 1)->output, "null");
  fold_free(&f);
}

static void a_failure_is_the_runs_last_error(void **state) {
  (void)state;
  struct folded f = requested();
  fold(&f,
       (struct wf_event){.type = WF_ACTION_FAILED,
                         .level = WF_LEVEL_ERROR,
                         .step_no = 1,
                         .action_no = 1,
                         .attempt = 1,
                         .reason_code = "busy",
                         .summary = "Busy",
                         .detail_internal = "line 7"},
       "{\"error\":{\"type\":\"x/busy\"},\"final\":true,\"retry_after\":2.5}");
  const struct wf_action *action = wf_run_action(f.run, 1);
  assert_int_equal(action->status, WF_FAULTED);
  assert_true(action->final);
  assert_true(action->retry_after == 2500000);
  assert_string_equal(action->fault.code, "busy");
  assert_string_equal(f.run->fault.detail_internal, "line 7");
  assert_json(f.run->error, "{\"type\":\"x/busy\"}");
  assert_int_equal(f.run->error_count, 1);
  fold_free(&f);
}

static void another_attempt_forgets_the_last_answer(void **state) {
  (void)state;
  struct folded f = requested();
  fold_action(&f, WF_ACTION_FAILED, 1,
              "{\"error\":{\"type\":\"x\"},\"final\":true,\"outcome\":\"no\",\"external_reference\":\"r\"}");
  fold_action(&f, WF_ACTION_REQUESTED, 2, "{\"timer\":2,\"deadline_at\":\"2026-01-02T00:00:00Z\"}");
  const struct wf_action *action = wf_run_action(f.run, 1);
  assert_int_equal(action->attempt, 2);
  assert_json(action->input, "{\"n\":1}");
  assert_string_equal(action->function, "sms.send");
  assert_null(action->outcome);
  assert_null(action->external_reference);
  assert_null(action->fault.code);
  assert_false(action->final);
  assert_int_equal(action->timer_no, 2);
  assert_int_equal(action->ended_at, 0);
  fold_free(&f);
}

static void a_recalled_action_is_cancelled(void **state) {
  (void)state;
  struct folded f = requested();
  fold_action(&f, WF_ACTION_CANCELLED, 1, NULL);
  assert_int_equal(wf_run_action(f.run, 1)->status, WF_CANCELLED);
  assert_true(wf_run_action(f.run, 1)->ended_at == f.now);
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_opens_the_action),
      cmocka_unit_test(an_answer_becomes_the_steps_output),
      cmocka_unit_test(no_output_is_null),
      cmocka_unit_test(a_failure_is_the_runs_last_error),
      cmocka_unit_test(another_attempt_forgets_the_last_answer),
      cmocka_unit_test(a_recalled_action_is_cancelled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
