// SPDX-License-Identifier: Apache-2.0
#include "pg_write_fixture.h"

#include "engine/scope.h"

static struct wf_step step;
static struct wf_action action;
static struct wf_step *steps[] = {&step};
static struct wf_action *actions[] = {&action};
static struct wf_run run;
static struct wf_run *runs[] = {&run};
static int32_t previous_seqs[1];
static struct store_commit commit;

static int setup(void **state) {
  (void)state;
  static char name[] = "callLead", reference[] = "/do/0/callLead";
  step = (struct wf_step){.step_no = 1, .attempt = 1, .name = name, .reference = reference, .kind = "call", .status = WF_WAITING,
                          .input = jv_parse("{\"first\":1}"), .output = jv_invalid(), .is_new = true, .is_changed = true};
  action = (struct wf_action){.action_no = 1, .step_no = 1, .attempt = 1, .status = WF_RUNNING, .input = jv_parse("{\"to\":2}"), .output = jv_invalid(),
                              .is_new = true, .is_changed = true};
  run = (struct wf_run){.status = WF_WAITING, .waiting_for = WF_FOR_ACTION, .current_step_no = 1, .last_seq = 4, .input = jv_object(), .context = jv_object(),
                        .output = jv_invalid(), .steps = steps, .step_count = 1, .actions = actions, .action_count = 1};
  previous_seqs[0] = 0;
  commit = (struct store_commit){.runs = runs, .previous_seqs = previous_seqs, .run_count = 1};
  pg_parameters_reset(&parameters);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  jv_free(step.input);
  jv_free(action.input);
  jv_free(run.input);
  jv_free(run.context);
  return 0;
}

static bool any_holds(const char *text) {
  for (size_t i = 0; i < parameters.count; i++)
    if (parameters.values[i].size && memmem(parameters.values[i].data, parameters.values[i].size, text, strlen(text))) return true;
  return false;
}

static void what_is_new_is_inserted(void **state) {
  (void)state;
  assert_int_equal(written(pg_write_new_runs, &commit, PG_INSERT_RUNS), 1);
  assert_true(any_holds("waiting") && any_holds("action") && any_holds("/do/0/callLead"));
  assert_int_equal(written(pg_write_changed_runs, &commit, PG_UPDATE_RUNS), 0);
  assert_int_equal(written(pg_write_new_steps, &commit, PG_INSERT_STEPS), 1);
  assert_true(any_holds("{\"first\":1}"));
  assert_int_equal(written(pg_write_changed_steps, &commit, PG_UPDATE_STEPS), 0);
  assert_int_equal(written(pg_write_new_actions, &commit, PG_INSERT_ACTIONS), 1);
  assert_true(any_holds("{\"to\":2}"));
  assert_int_equal(written(pg_write_changed_actions, &commit, PG_UPDATE_ACTIONS), 0);
}

static void what_is_changed_is_updated_without_its_input(void **state) {
  (void)state;
  previous_seqs[0] = 3;
  step.is_new = action.is_new = false;
  assert_int_equal(written(pg_write_new_runs, &commit, PG_INSERT_RUNS), 0);
  assert_int_equal(written(pg_write_changed_runs, &commit, PG_UPDATE_RUNS), 1);
  assert_int_equal(written(pg_write_new_steps, &commit, PG_INSERT_STEPS), 0);
  assert_int_equal(written(pg_write_changed_steps, &commit, PG_UPDATE_STEPS), 1);
  assert_false(any_holds("{\"first\":1}"));
  assert_int_equal(written(pg_write_changed_actions, &commit, PG_UPDATE_ACTIONS), 1);
  assert_false(any_holds("{\"to\":2}"));
}

static void another_attempt_has_its_own_input(void **state) {
  (void)state;
  step.is_new = action.is_new = false;
  step.attempt = action.attempt = 2;
  assert_int_equal(written(pg_write_changed_steps, &commit, PG_UPDATE_STEPS), 1);
  assert_true(any_holds("{\"first\":1}"));
  assert_int_equal(written(pg_write_changed_actions, &commit, PG_UPDATE_ACTIONS), 1);
  assert_true(any_holds("{\"to\":2}"));
}

static void what_is_not_changed_is_left_out(void **state) {
  (void)state;
  step.is_new = step.is_changed = action.is_new = action.is_changed = false;
  assert_int_equal(written(pg_write_new_steps, &commit, PG_INSERT_STEPS), 0);
  assert_int_equal(written(pg_write_changed_steps, &commit, PG_UPDATE_STEPS), 0);
  assert_int_equal(written(pg_write_new_actions, &commit, PG_INSERT_ACTIONS), 0);
  assert_int_equal(written(pg_write_changed_actions, &commit, PG_UPDATE_ACTIONS), 0);
}

static void an_ended_run_is_at_no_step(void **state) {
  (void)state;
  previous_seqs[0] = 3;
  run.status = WF_COMPLETED;
  run.waiting_for = WF_FOR_NOTHING;
  assert_int_equal(written(pg_write_changed_runs, &commit, PG_UPDATE_RUNS), 1);
  assert_true(any_holds("completed"));
  assert_false(any_holds("/do/0/callLead"));
}

static void a_snapshot_is_written_when_it_is_due(void **state) {
  (void)state;
  run.scopes = wf_scopes_new();
  run.last_seq = 64;
  previous_seqs[0] = 64;
  assert_int_equal(written(pg_write_snapshots, &commit, PG_PUT_SNAPSHOTS), 0);
  previous_seqs[0] = 63;
  assert_int_equal(written(pg_write_snapshots, &commit, PG_PUT_SNAPSHOTS), 1);
  assert_true(any_holds("{\"format\":1"));
  run.status = WF_FAULTED;
  assert_int_equal(written(pg_write_snapshots, &commit, PG_PUT_SNAPSHOTS), 0);
  wf_scopes_free(run.scopes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_new_is_inserted, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_changed_is_updated_without_its_input, setup, teardown),
      cmocka_unit_test_setup_teardown(another_attempt_has_its_own_input, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_not_changed_is_left_out, setup, teardown),
      cmocka_unit_test_setup_teardown(an_ended_run_is_at_no_step, setup, teardown),
      cmocka_unit_test_setup_teardown(a_snapshot_is_written_when_it_is_due, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, clear);
}
