// SPDX-License-Identifier: Apache-2.0
// What is compared when; what is read is tested by tests/integration/test_forks_and_loops.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ctl/fold.h"
#include "ctl/long_run.h"

#define EVENT(seq, type, rest) "{\"seq\": " #seq ", \"type\": \"" type "\", \"level\": \"ok\", \"at\": \"1970-01-01T00:00:01.000001Z\"" rest "}"

static struct wf_run *folded(const char *text) {
  struct wf_run *run;
  jv identity = jv_parse("{\"run_id\": \"0198c0de-0000-7001-8000-000000000001\", \"workflow\": \"test/one\"}"), events = jv_parse(text), problem;
  assert_int_equal(fold_begin(identity, &run, &problem), 0);
  assert_int_equal(fold_more(run, events, &problem), 0);
  jv_free(identity);
  jv_free(events);
  return run;
}

static int steps_in(jv rows) {
  jv steps = jv_object_get(jv_copy(rows), jv_string("step"));
  return jv_object_length(steps);
}

static void test_what_is_forgotten_is_compared_and_what_is_open_is_not(void **state) {
  (void)state;
  struct wf_run *run = folded("[" EVENT(1, "run.created", ", \"data\": {}") "," EVENT(2, "run.started", "") ","
                              EVENT(3, "step.started", ", \"step_no\": 1, \"reference\": \"/do/0/a\", \"attempt\": 1, \"data\": {\"kind\": \"set\"}") ","
                              EVENT(4, "step.completed", ", \"step_no\": 1, \"reference\": \"/do/0/a\", \"attempt\": 1") ","
                              EVENT(5, "step.started", ", \"step_no\": 2, \"reference\": \"/do/1/b\", \"attempt\": 1, \"data\": {\"kind\": \"wait\"}") "]");
  jv rows = fold_rows(run);
  assert_int_equal(steps_in(rows), 2);
  wf_run_written(run);
  jv gone = long_run_forgotten(run, rows);
  assert_int_equal(steps_in(gone), 1);
  jv row = jv_getpath(jv_copy(gone), jv_parse("[\"step\", \"1\", \"reference\"]"));
  assert_string_equal(jv_string_value(row), "/do/0/a");
  jv_free(row);
  jv_free(gone);
  gone = long_run_forgotten(run, fold_rows(run)); // the rest, at the end
  assert_int_equal(steps_in(gone), 0);
  jv_free(gone);
  wf_run_free(run);
}

static void test_pieces_follow_each_other(void **state) {
  (void)state;
  struct wf_run *run = folded("[" EVENT(1, "run.created", ", \"data\": {}") "]");
  jv events = jv_parse("[" EVENT(3, "run.started", "") "]"), problem;
  assert_int_equal(fold_more(run, events, &problem), -WF_EINVAL);
  jv_free(problem);
  jv_free(events);
  wf_run_free(run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_forgotten_is_compared_and_what_is_open_is_not),
      cmocka_unit_test(test_pieces_follow_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
