// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/event.h"

static void names_are_those_of_the_table(void **state) {
  (void)state;
  assert_string_equal(wf_event_type_name(WF_RUN_CREATED), "run.created");
  assert_string_equal(wf_event_type_name(WF_STEP_RETRY_SCHEDULED), "step.retry_scheduled");
  assert_string_equal(wf_event_type_name(WF_ACTION_LATE), "action.late_result");
}

static void every_name_reads_back(void **state) {
  (void)state;
  for (int i = WF_RUN_CREATED; i <= WF_ACTION_LATE; i++)
    assert_int_equal(wf_event_type_parse(wf_event_type_name((enum wf_event_type)i)), i);
}

static void other_names_are_none(void **state) {
  (void)state;
  assert_int_equal(wf_event_type_parse("run.exploded"), WF_EVENT_NONE);
  assert_int_equal(wf_event_type_parse(""), WF_EVENT_NONE);
  assert_int_equal(wf_event_type_parse("run.create"), WF_EVENT_NONE);
}

static void a_number_out_of_range_has_no_name(void **state) {
  (void)state;
  assert_string_equal(wf_event_type_name(WF_EVENT_NONE), "");
  assert_string_equal(wf_event_type_name((enum wf_event_type)9999), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_those_of_the_table),
      cmocka_unit_test(every_name_reads_back),
      cmocka_unit_test(other_names_are_none),
      cmocka_unit_test(a_number_out_of_range_has_no_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
