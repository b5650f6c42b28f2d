// SPDX-License-Identifier: Apache-2.0
#include "call_fixture.h"

#define ID "01a1e1a7-4c00-7001-8000-000000000001"

static void test_a_session(void **state) {
  (void)state;
  assert_int_equal(make(call_truestate, "", ID, ID, false), 0);
  assert_int_equal(call.statement, STATEMENT_TRUESTATE);
}

static void test_ids_are_uuids(void **state) {
  (void)state;
  assert_int_equal(make(call_truestate, "", "x", ID, false), -WF_EINVAL);
  assert_string_equal(refusal.field, "automation_id");
  assert_int_equal(make(call_truestate, "", ID, "x", false), -WF_EINVAL);
  assert_string_equal(refusal.field, "session_id");
  assert_int_equal(refusal.kind, REFUSAL_INVALID);
}

static void test_only_operators_cancel(void **state) {
  (void)state;
  assert_int_equal(make(call_truestate_cancel, "", ID, ID, false), -WF_EINVAL);
  assert_int_equal(refusal.kind, REFUSAL_FORBIDDEN);
  assert_int_equal(make(call_truestate_cancel, "", ID, "x", true), -WF_EINVAL);
  assert_int_equal(refusal.kind, REFUSAL_INVALID);
  assert_int_equal(make(call_truestate_cancel, "", ID, ID, true), 0);
  assert_string_equal(call.values[2], "api-key 0123456789ab");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_session),
      CASE(test_ids_are_uuids),
      CASE(test_only_operators_cancel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
