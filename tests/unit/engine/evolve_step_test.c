// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

#include "engine/evolve.h"
#include "engine/scope.h"

static void entering_makes_a_row(void **state) {
  (void)state;
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/call~1it", "{\"kind\":\"call\",\"title\":\"Call it\",\"max_attempts\":3}");
  const struct wf_step *step = wf_run_step(f.run, 1);
  assert_true(step->is_new);
  assert_string_equal(step->name, "call/it");
  assert_string_equal(step->kind, "call");
  assert_string_equal(step->title, "Call it");
  assert_int_equal(step->visit, 1);
  assert_int_equal(step->max_attempts, 3);
  assert_json(step->input, "{\"a\":1}");
  assert_int_equal(f.run->current_step_no, 1);
  assert_int_equal(f.run->entry_count, 1);
  fold_free(&f);
}

static void completing_moves_on(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, "{\"output\":[1],\"context\":{\"c\":1}}");
  const struct wf_scope *root = wf_scopes_find(f.run->scopes, 0);
  assert_int_equal(root->index, 1);
  assert_int_equal(root->child_step_no, 0);
  assert_json(root->value, "[1]");
  assert_json(f.run->context, "{\"c\":1}");
  assert_int_equal(wf_run_step(f.run, 1)->status, WF_COMPLETED);
  assert_true(f.run->last_executed_at == f.now);
  fold_free(&f);
}

static void then_says_where_to(void **state) {
  (void)state;
  const struct {
    const char *data;
    int32_t index;
  } cases[] = {{NULL, 1},
               {"{\"then\":\"exit\"}", WF_INDEX_EXIT},
               {"{\"then\":\"end\"}", WF_INDEX_END},
               {"{\"then\":\"back\"}", 0},
               {"{\"then\":\"there\",\"next\":7,\"branch\":\"one\"}", 7}};
  for (int i = 0; i < 5; i++) {
    struct folded f = fold_new(NULL);
    fold_begin(&f);
    fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"switch\"}");
    fold_on(&f, WF_STEP_COMPLETED, 1, cases[i].data);
    assert_int_equal(wf_scopes_find(f.run->scopes, 0)->index, cases[i].index);
    if (i == 4) assert_string_equal(wf_run_step(f.run, 1)->outcome, "one");
    fold_free(&f);
  }
}

static void a_list_gives_its_last_value(void **state) {
  (void)state;
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/l", "{\"kind\":\"do\"}");
  assert_int_equal(wf_scopes_leaf(f.run->scopes, NULL)->step_no, 1);
  fold_step(&f, 2, 1, "/do/0/l/do/0/s", "{\"kind\":\"set\",\"parent\":1}");
  fold_on(&f, WF_STEP_COMPLETED, 2, "{\"output\":\"x\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  assert_json(wf_run_step(f.run, 1)->output, "\"x\"");
  assert_int_equal(f.run->scopes->count, 1);
  fold_free(&f);
}

static void a_skipped_step_passes_its_input_on(void **state) {
  (void)state;
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  fold(&f,
       (struct wf_event){
           .type = WF_STEP_SKIPPED, .step_no = 1, .attempt = 1, .reference = "/do/0/s", .reason_code = "condition"},
       "{\"kind\":\"set\"}");
  assert_int_equal(wf_run_step(f.run, 1)->status, WF_SKIPPED);
  assert_string_equal(wf_run_step(f.run, 1)->skip_code, "condition");
  assert_string_equal(f.run->skip_code, "condition");
  assert_int_equal(wf_scopes_find(f.run->scopes, 0)->index, 1);
  assert_json(wf_scopes_find(f.run->scopes, 0)->value, "{\"a\":1}");
  fold_free(&f);
}

static struct folded failed_in_a_try(void) {
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/t", "{\"kind\":\"try\",\"attempt_timer\":1,\"attempt_due_at\":\"2026-01-01T00:00:00Z\"}");
  fold_step(&f, 2, 1, "/do/0/t/try/0/s", "{\"kind\":\"set\",\"parent\":1}");
  fold_on(&f, WF_STEP_COMPLETED, 2, "{\"output\":\"x\"}");
  fold_step(&f, 3, 1, "/do/0/t/try/1/c", "{\"kind\":\"set\",\"parent\":1}");
  return f;
}

static void a_scheduled_retry_winds_the_try_back(void **state) {
  (void)state;
  struct folded f = failed_in_a_try();
  fold(&f,
       (struct wf_event){
           .type = WF_STEP_RETRY_SCHEDULED, .step_no = 1, .attempt = 1, .reason_code = "bad", .summary = "Bad"},
       "{\"timer\":2,\"due_at\":\"2026-01-01T00:00:00Z\",\"failed_step\":3,\"max_attempts\":4,\"error\":{\"type\":\"x/"
       "bad\"}}");
  const struct wf_scope *scope = wf_scopes_find(f.run->scopes, 1);
  assert_int_equal(scope->index, 0);
  assert_json(scope->value, "{\"a\":1}");
  assert_int_equal(f.run->waiting_for, WF_FOR_RETRY);
  assert_int_equal(f.run->status, WF_WAITING);
  assert_int_equal(f.run->max_retries, 3);
  assert_true(f.run->next_retry_at == f.run->next_wake_at);
  assert_false(wf_run_timer_live(f.run, 1));
  assert_true(wf_run_timer_live(f.run, 2));
  const struct wf_step *failed = wf_run_step(f.run, 3);
  assert_true(failed->revisitable);
  assert_int_equal(failed->status, WF_WAITING);
  assert_string_equal(failed->fault.code, "bad");
  assert_true(failed->next_retry_at == f.run->next_retry_at);
  assert_true(wf_run_step(f.run, 2)->revisitable);
  assert_int_equal(wf_run_step(f.run, 2)->status, WF_COMPLETED);
  fold_free(&f);
}

static void another_attempt_keeps_number_and_visit(void **state) {
  (void)state;
  struct folded f = failed_in_a_try();
  fold_on(&f, WF_STEP_RETRY_SCHEDULED, 1,
          "{\"timer\":2,\"due_at\":\"2026-01-01T00:00:00Z\",\"failed_step\":3,\"error\":{}}");
  fold(&f, (struct wf_event){.type = WF_STEP_RETRIED, .step_no = 1, .attempt = 2, .reference = "/do/0/t"}, NULL);
  assert_int_equal(wf_run_step(f.run, 1)->tries, 2);
  assert_false(wf_run_timer_live(f.run, 2));
  fold_step(&f, 2, 2, "/do/0/t/try/0/s", NULL);
  assert_int_equal(f.run->last_step_no, 3);
  assert_int_equal(wf_run_step(f.run, 2)->visit, 1);
  assert_int_equal(wf_run_step(f.run, 2)->attempt, 2);
  assert_int_equal(wf_run_step(f.run, 2)->retry_count, 1);
  assert_false(wf_run_step(f.run, 2)->revisitable);
  assert_string_equal(wf_run_step(f.run, 2)->kind, "set");
  fold_free(&f);
}

static void catching_turns_the_try_to_its_catch(void **state) {
  (void)state;
  struct folded f = failed_in_a_try();
  fold(&f,
       (struct wf_event){
           .type = WF_STEP_FAULTED, .step_no = 3, .attempt = 1, .reason_code = "bad", .level = WF_LEVEL_ERROR},
       "{\"error\":{\"type\":\"x/bad\"}}");
  fold_on(&f, WF_STEP_CAUGHT, 1, NULL);
  const struct wf_scope *scope = wf_scopes_find(f.run->scopes, 1);
  assert_int_equal(scope->part, WF_SCOPE_CATCH);
  assert_json(scope->error, "{\"type\":\"x/bad\"}");
  assert_json(scope->value, "{\"a\":1}");
  assert_false(wf_run_timer_live(f.run, 1));
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entering_makes_a_row),
      cmocka_unit_test(completing_moves_on),
      cmocka_unit_test(then_says_where_to),
      cmocka_unit_test(a_list_gives_its_last_value),
      cmocka_unit_test(a_skipped_step_passes_its_input_on),
      cmocka_unit_test(a_scheduled_retry_winds_the_try_back),
      cmocka_unit_test(another_attempt_keeps_number_and_visit),
      cmocka_unit_test(catching_turns_the_try_to_its_catch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
