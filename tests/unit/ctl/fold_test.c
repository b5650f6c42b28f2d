// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/fold.h"

#define IDENTITY                                                                                                       \
  "{\"run_id\": \"0198c0de-0000-7001-8000-000000000001\", \"workflow\": \"test/one\", \"tenant\": null,"              \
  " \"trigger_data\": {\"lead\": 7}}"
#define CREATED "{\"seq\": 1, \"type\": \"run.created\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:01.000001Z\", \"data\": {}}"
#define STARTED "{\"seq\": 2, \"type\": \"run.started\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:01.000002Z\", \"data\": null}"

static int fold(const char *events_text, struct wf_run **ret_run, jv *ret_problem) {
  jv identity = jv_parse(IDENTITY), events = jv_parse(events_text);
  int result = fold_run(identity, events, ret_run, ret_problem);
  jv_free(identity);
  jv_free(events);
  return result;
}

static void expect_problem(const char *events, const char *wanted) {
  struct wf_run *run = NULL;
  jv problem;
  assert_int_equal(fold(events, &run, &problem), -WF_EINVAL);
  assert_null(run);
  assert_true(jv_equal(problem, jv_parse(wanted)));
}

static void test_what_is_no_history(void **state) {
  (void)state;
  expect_problem("[]", "{\"row\": 1, \"column\": \"seq\", \"stored\": null, \"folded\": 1}");
  expect_problem("[" STARTED "]", "{\"row\": 1, \"column\": \"seq\", \"stored\": 2, \"folded\": 1}");
  expect_problem("[" CREATED "," CREATED "]", "{\"row\": 2, \"column\": \"seq\", \"stored\": 1, \"folded\": 2}");
  expect_problem("[{\"seq\": 1, \"type\": \"run.sung\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:01Z\"}]",
                 "{\"row\": 1, \"column\": \"type\", \"stored\": \"run.sung\", \"folded\": null,"
                 " \"problem\": \"its type is unknown\"}");
  expect_problem("[" CREATED ",{\"seq\": 2, \"type\": \"step.completed\", \"level\": \"ok\", \"at\": null}]",
                 "{\"row\": 2, \"column\": \"type\", \"stored\": \"step.completed\", \"folded\": null,"
                 " \"problem\": \"its instant is none\"}");
  expect_problem("[{\"seq\": 1, \"type\": \"run.created\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:01Z\", \"data\": 7}]",
                 "{\"row\": 1, \"column\": \"type\", \"stored\": \"run.created\", \"folded\": null,"
                 " \"problem\": \"its data is no object\"}");
}

static void test_without_its_trigger_a_run_cannot_be_told(void **state) {
  (void)state;
  jv identity = jv_object_set(jv_parse(IDENTITY), jv_string("has_trigger"), jv_false());
  jv events = jv_parse("[" CREATED "]"), problem;
  struct wf_run *run = NULL;
  assert_int_equal(fold_run(identity, events, &run, &problem), -WF_EINVAL);
  assert_null(run);
  jv why = jv_object_get(problem, jv_string("problem"));
  assert_non_null(strstr(jv_string_value(why), "workflow.trigger"));
  jv_free(why);
  jv_free(identity);
  jv_free(events);
}

static void test_events_become_the_row_of_the_run(void **state) {
  (void)state;
  struct wf_run *run = NULL;
  jv problem;
  assert_int_equal(fold("[" CREATED "," STARTED "]", &run, &problem), 0);
  jv row = jv_getpath(fold_rows(run), jv_parse("[\"run\", \"\"]"));
  const char *const wanted[][2] = {{"status", "\"running\""},     {"last_seq", "2"},   {"created_at", "\"1970-01-01T00:00:01.000001Z\""},
                                   {"updated_at", "\"1970-01-01T00:00:01.000002Z\""},     {"ended_at", "null"}, {"error_count", "0"},
                                   {"current_step_no", "null"},   {"tenant", "null"}, {"workflow", "\"test/one\""},
                                   {"input", "{\"lead\":7}"}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    jv text = jv_dump_string(jv_object_get(jv_copy(row), jv_string(wanted[i][0])), 0);
    assert_string_equal(jv_string_value(text), wanted[i][1]);
    jv_free(text);
  }
  jv_free(row);
  wf_run_free(run);
}

// What workflowd itself forgets once it is written.
static void test_ended_steps_are_kept(void **state) {
  (void)state;
  struct wf_run *run = NULL;
  jv problem;
  assert_int_equal(fold("[" CREATED "," STARTED ","
                        "{\"seq\": 3, \"type\": \"step.started\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:05Z\", \"step_no\": 1,"
                        " \"attempt\": 1, \"reference\": \"/do/0/greet\", \"data\": {\"kind\": \"set\"}},"
                        "{\"seq\": 4, \"type\": \"step.completed\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:06Z\", \"step_no\": 1,"
                        " \"attempt\": 1, \"reference\": \"/do/0/greet\", \"data\": {}}]",
                        &run, &problem),
                   0);
  jv row = jv_getpath(fold_rows(run), jv_parse("[\"step\", \"1\"]"));
  assert_int_equal(jv_get_kind(row), JV_KIND_OBJECT);
  jv status = jv_object_get(jv_copy(row), jv_string("status")), name = jv_object_get(row, jv_string("name"));
  assert_string_equal(jv_string_value(status), "completed");
  assert_string_equal(jv_string_value(name), "greet");
  jv_free(status);
  jv_free(name);
  wf_run_free(run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_no_history),
      cmocka_unit_test(test_without_its_trigger_a_run_cannot_be_told),
      cmocka_unit_test(test_events_become_the_row_of_the_run),
      cmocka_unit_test(test_ended_steps_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
