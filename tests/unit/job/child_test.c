// SPDX-License-Identifier: Apache-2.0
// Runs that runs start.
#include "fake_world.h"

#include <string.h>

#define RUN(name) "{run: {workflow: {namespace: test, name: " name ", version: latest}}}"
#define NAP "do: [{a: {wait: PT10M}}, {b: {set: {slept: true}}}]\n"

static const struct sim_trigger *trigger_of(const struct fake_world *fake, size_t run) { return fake->db.runs.items[run]->trigger; }

static const char *output(const struct fake_world *fake, size_t run) {
  jv json = jv_dump_string(jv_copy(fake->db.runs.items[run]->state->output), JV_PRINT_SORTED);
  const char *text = arena_strdup(fake->arena, jv_string_value(json));
  jv_free(json);
  return text;
}

static const char *error(const struct fake_world *fake, size_t run, const char *member) {
  jv value = jv_object_get(jv_copy(fake->db.runs.items[run]->state->error), jv_string(member));
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? arena_strdup(fake->arena, jv_string_value(value)) : "";
  jv_free(value);
  return text;
}

static void family(struct fake_world *fake, const char *parent, const char *child) {
  fake_define(fake, "parent", "1.0.0", parent);
  fake_define(fake, "child", "1.0.0", child);
  fake_start(fake);
  fake_start_run(fake, "parent", "p");
  fake_settle(fake);
}

static void test_a_child_runs_at_its_parents_home_and_answers(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", NAP);
  assert_int_equal(fake->db.runs.count, 2);
  assert_int_equal(fake->db.runs.items[1]->home, fake->db.runs.items[0]->home);
  assert_string_equal(trigger_of(fake, 1)->source_type, "workflow_step");
  assert_int_equal(trigger_of(fake, 1)->parent.depth, 1);
  assert_int_equal(trigger_of(fake, 1)->parent.step_no, 1);
  assert_true(uuid_equal(&trigger_of(fake, 1)->parent.run_id, fake_run_id(fake, 0)));
  assert_int_equal(fake->db.runs.items[0]->state->waiting_for, WF_FOR_CHILD);
  fake_advance(fake, 10 * USEC_PER_MIN);
  assert_false(fake_is_open(fake, 0) || fake_is_open(fake, 1));
  assert_string_equal(output(fake, 0), "{\"slept\":true}");
}

static void test_it_is_about_whom_its_parent_is_about(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", NAP);
  assert_string_equal(fake->db.runs.items[1]->state->recipient.id, fake->db.runs.items[0]->state->recipient.id);
}

static void test_input_is_as_the_task_says(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: {run: {workflow: {name: child, input: {n: 7}}}}}]\n", "do: [{a: {set: {got: '${ $workflow.input.n }'}}}]\n");
  assert_string_equal(output(fake, 0), "{\"got\":7}");
}

static void test_its_error_is_the_parents(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", "do: [{a: {raise: {error: {type: 'https://e.com/x', status: 418, title: Tea}}}}]\n");
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_FAULTED);
  assert_string_equal(error(fake, 0, "type"), "https://e.com/x");
  assert_string_equal(error(fake, 0, "title"), "Tea");
  assert_string_equal(error(fake, 0, "instance"), "/do/0/a");
}

static void test_what_does_not_exist_is_a_configuration_error(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("chidl") "}]\n", NAP);
  assert_int_equal(fake->db.runs.count, 1);
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_FAULTED);
  assert_string_equal(error(fake, 0, "type"), "https://serverlessworkflow.io/spec/1.0.0/errors/configuration");
  assert_non_null(strstr(error(fake, 0, "detail"), "perhaps \"test/child\" is meant"));
}

static void test_a_version_that_does_not_load(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", "do: [{a: {call: nobody}}]\n");
  assert_string_equal(error(fake, 0, "title"), "The workflow to run does not load");
}

static void test_depth_is_bounded(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("parent") "}]\n", NAP); // it runs itself
  assert_int_equal(fake->db.runs.count, 5); // bounds.child_depth of this world is 4
  vec_foreach(run, &fake->db.runs) assert_int_equal((*run)->state->status, WF_FAULTED);
  assert_string_equal(error(fake, 0, "title"), "Runs start runs too deep");
}

static void test_a_cancel_goes_down(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "middle", "1.0.0", "do: [{a: " RUN("child") "}]\n");
  family(fake, "do: [{a: " RUN("middle") "}]\n", NAP);
  assert_int_equal(fake->db.runs.count, 3);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  vec_foreach(run, &fake->db.runs) assert_int_equal((*run)->state->status, WF_CANCELLED);
}

static void test_a_timeout_cancels_the_child(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: {run: {workflow: {name: child}}, timeout: {after: PT1M}}}]\n", NAP);
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_FAULTED);
  assert_int_equal(fake->db.runs.items[1]->state->status, WF_CANCELLED);
}

static void test_a_child_that_is_cancelled_fails_its_task(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", NAP);
  fake_command(fake, "cancel", 1);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_FAULTED);
  assert_string_equal(error(fake, 0, "title"), "The child run was cancelled");
}

static void test_one_that_is_not_awaited_outlives_its_parent(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: {run: {workflow: {name: child}, await: false}}}]\n", NAP);
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_COMPLETED);
  fake_advance(fake, 10 * USEC_PER_MIN);
  assert_int_equal(fake->db.runs.items[1]->state->status, WF_COMPLETED);
}

static void test_parents_that_left_memory_are_loaded(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", NAP);
  fake_crash(fake);
  fake_start(fake);
  fake_advance(fake, 10 * USEC_PER_MIN);
  assert_string_equal(output(fake, 0), "{\"slept\":true}");
}

static void test_children_that_left_memory_are_loaded(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "middle", "1.0.0", "do: [{a: " RUN("child") "}]\n");
  family(fake, "do: [{a: " RUN("middle") "}]\n", NAP);
  fake_crash(fake);
  fake_start(fake);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  vec_foreach(run, &fake->db.runs) assert_int_equal((*run)->state->status, WF_CANCELLED);
}

static void test_a_parent_whose_definition_is_away(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{a: " RUN("child") "}]\n", NAP);
  fake_crash(fake);
  struct store_definition *definition = NULL;
  vec_foreach(entry, &fake->db.definitions) if (strcmp(entry->name, "parent") == 0) definition = entry;
  struct text document = definition->document;
  definition->document = TEXT("no workflow");
  fake->db.generation++;
  fake_start(fake);
  fake_advance(fake, 10 * USEC_PER_MIN);
  assert_false(fake_is_open(fake, 1));
  assert_true(fake_is_open(fake, 0));
  definition->document = document;
  fake->db.generation++;
  fake_crash(fake);
  fake_start(fake);
  fake_advance(fake, USEC_PER_MIN);
  assert_string_equal(output(fake, 0), "{\"slept\":true}");
}

static void test_many_children_of_one_run(void **state) {
  struct fake_world *fake = *state;
  char branches[2000] = "";
  for (int i = 0; i < 20; i++) snprintf(branches + strlen(branches), sizeof branches - strlen(branches), "%s{b%d: " RUN("child") "}", i ? ", " : "", i);
  family(fake, arena_printf(fake->arena, "do: [{all: {fork: {branches: [%s]}}}]\n", branches), NAP);
  assert_int_equal(fake->db.runs.count, 21);
  fake_advance(fake, 10 * USEC_PER_MIN);
  vec_foreach(run, &fake->db.runs) assert_int_equal((*run)->state->status, WF_COMPLETED);
}

static void test_a_race_cancels_the_loser(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{all: {fork: {compete: true, branches: [{a: " RUN("child") "}, {b: {wait: PT1M}}]}}}]\n", NAP);
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_COMPLETED);
  assert_int_equal(fake->db.runs.items[1]->state->status, WF_CANCELLED);
}

// Looking for it would make the batch be decided again, with another id, and so for ever.
static void test_one_that_is_recalled_at_once_never_begins(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{all: {fork: {compete: true, branches: [{a: " RUN("child") "}, {b: {set: {x: 1}}}]}}}]\n", NAP);
  assert_int_equal(fake->db.runs.count, 1);
  assert_int_equal(fake->db.runs.items[0]->state->status, WF_COMPLETED);
  assert_int_equal(fake->asks[STORE_LOAD], 0);
}

static void test_a_retry_at_once_cancels_the_child_before(void **state) {
  struct fake_world *fake = *state;
  family(fake, "do: [{t: {try: [{a: {run: {workflow: {namespace: test, name: child, version: latest}}, timeout: {after: PT1M}}}], catch: {retry: {limit: {attempt: {count: 3}}}}}}]\n", NAP);
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 3);
  assert_int_equal(fake->db.runs.items[1]->state->status, WF_CANCELLED);
  assert_true(fake_is_open(fake, 2));
}

int main(void) {
#define STORY(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
  const struct CMUnitTest tests[] = {
      STORY(test_a_child_runs_at_its_parents_home_and_answers),
      STORY(test_it_is_about_whom_its_parent_is_about),
      STORY(test_input_is_as_the_task_says),
      STORY(test_its_error_is_the_parents),
      STORY(test_what_does_not_exist_is_a_configuration_error),
      STORY(test_a_version_that_does_not_load),
      STORY(test_depth_is_bounded),
      STORY(test_a_cancel_goes_down),
      STORY(test_a_timeout_cancels_the_child),
      STORY(test_a_child_that_is_cancelled_fails_its_task),
      STORY(test_one_that_is_not_awaited_outlives_its_parent),
      STORY(test_parents_that_left_memory_are_loaded),
      STORY(test_children_that_left_memory_are_loaded),
      STORY(test_a_parent_whose_definition_is_away),
      STORY(test_many_children_of_one_run),
      STORY(test_a_race_cancels_the_loser),
      STORY(test_one_that_is_recalled_at_once_never_begins),
      STORY(test_a_retry_at_once_cancels_the_child_before),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
