// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

static void statuses_and_reasons_have_names(void **state) {
  (void)state;
  assert_string_equal(wf_status_name(WF_PENDING), "pending");
  assert_string_equal(wf_status_name(WF_FAULTED), "faulted");
  assert_string_equal(wf_status_name(WF_SKIPPED), "skipped");
  assert_null(wf_waiting_for_name(WF_FOR_NOTHING));
  assert_string_equal(wf_waiting_for_name(WF_FOR_RETRY), "retry");
  assert_string_equal(wf_waiting_for_name(WF_FOR_RESUME), "resume");
}

static void ended_is_cancelled_faulted_completed_or_skipped(void **state) {
  (void)state;
  assert_false(wf_status_ended(WF_PENDING));
  assert_false(wf_status_ended(WF_SUSPENDED));
  assert_true(wf_status_ended(WF_CANCELLED));
  assert_true(wf_status_ended(WF_FAULTED));
  assert_true(wf_status_ended(WF_COMPLETED));
  assert_true(wf_status_ended(WF_SKIPPED));
}

static void a_new_run_owns_its_texts(void **state) {
  (void)state;
  char workflow[] = "a/b", traceparent[] = "00-ab-01";
  struct wf_identity identity = {.workflow = workflow, .traceparent = traceparent, .actor = jv_string("ops")};
  struct wf_run *run = wf_run_new(&identity);
  workflow[0] = traceparent[0] = 'x';
  assert_string_equal(run->identity.workflow, "a/b");
  assert_string_equal(run->identity.traceparent, "00-ab-01");
  assert_true(run->is_new);
  wf_run_free(run);
  wf_run_free(NULL);
}

static void what_is_written_is_forgotten(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  fold_step(&f, 2, 1, "/do/1/b", "{\"kind\":\"wait\"}");
  assert_int_equal(f.run->step_count, 2);
  wf_run_written(f.run);
  assert_false(f.run->is_new);
  assert_null(wf_run_step(f.run, 1));
  assert_false(wf_run_step(f.run, 2)->is_new);
  assert_false(wf_run_step(f.run, 2)->is_changed);
  fold_on(&f, WF_STEP_WAITING, 2, "{\"timer\":1,\"due_at\":\"2026-01-01T00:00:00Z\"}");
  assert_true(wf_run_step(f.run, 2)->is_changed);
  assert_false(wf_run_step(f.run, 2)->is_new);
  fold_free(&f);
}

static void what_a_retry_may_visit_is_kept(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/t", "{\"kind\":\"try\"}");
  fold_step(&f, 2, 1, "/do/0/t/try/0/d", "{\"kind\":\"do\",\"parent\":1}");
  fold_step(&f, 3, 1, "/do/0/t/try/0/d/do/0/s", "{\"kind\":\"set\",\"parent\":2}");
  fold_on(&f, WF_STEP_COMPLETED, 3, NULL);
  fold_on(&f, WF_STEP_COMPLETED, 2, NULL);
  wf_run_written(f.run);
  assert_int_equal(f.run->step_count, 3);
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  wf_run_written(f.run);
  assert_int_equal(f.run->step_count, 0);
  fold_free(&f);
}

static void what_ended_for_good_is_dropped_whole(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"call\"}");
  fold_action(&f, WF_ACTION_REQUESTED, 1, "{\"function\":\"f\",\"timer\":1,\"deadline_at\":\"2026-01-01T00:00:00Z\"}");
  wf_run_written(f.run);
  assert_int_equal(f.run->action_count, 1);
  fold_action(&f, WF_ACTION_CANCELLED, 1, NULL);
  fold_on(&f, WF_STEP_CANCELLED, 1, NULL);
  fold(&f, (struct wf_event){.type = WF_RUN_CANCELLED}, NULL);
  assert_int_equal(f.run->step_count, 1);
  wf_run_written(f.run);
  assert_int_equal(f.run->step_count, 0);
  assert_int_equal(f.run->action_count, 0);
  fold_free(&f);
}

static void memory_grows_with_what_is_held(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  size_t empty = wf_run_memory(f.run);
  assert_in_range(empty, sizeof(struct wf_run), 4096);
  char data[3000];
  memset(data, 'x', sizeof data);
  memcpy(data, "{\"kind\":\"set\",\"input\":\"", 23);
  strcpy(data + sizeof data - 3, "\"}");
  fold_step(&f, 1, 1, "/do/0/a", data);
  assert_true(wf_run_memory(f.run) > empty + 2900);
  fold_free(&f);
}

static void no_timer_of_an_ended_run_is_live(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"wait\",\"timeout_timer\":1,\"timeout_at\":\"2026-01-01T00:00:00Z\"}");
  assert_true(wf_run_timer_live(f.run, 1));
  assert_false(wf_run_timer_live(f.run, 0));
  assert_false(wf_run_timer_live(f.run, 2));
  fold(&f, (struct wf_event){.type = WF_RUN_FAULTED}, NULL);
  assert_false(wf_run_timer_live(f.run, 1));
  assert_int_equal(wf_run_timers(f.run, NULL, 0), 0);
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statuses_and_reasons_have_names),
      cmocka_unit_test(ended_is_cancelled_faulted_completed_or_skipped),
      cmocka_unit_test(a_new_run_owns_its_texts),
      cmocka_unit_test(what_is_written_is_forgotten),
      cmocka_unit_test(what_a_retry_may_visit_is_kept),
      cmocka_unit_test(what_ended_for_good_is_dropped_whole),
      cmocka_unit_test(memory_grows_with_what_is_held),
      cmocka_unit_test(no_timer_of_an_ended_run_is_live),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
