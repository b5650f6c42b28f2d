// SPDX-License-Identifier: Apache-2.0
#include "call_fixture.h"

#define ID "01a1e1a7-4c00-7001-8000-000000000001"

static void test_one_execution(void **state) {
  (void)state;
  assert_int_equal(make(call_plannr_execution, "include=account", ID, NULL, false), 0);
  assert_string_equal(call.values[1], "true");
  assert_int_equal(make(call_plannr_execution, "include=accounts", ID, NULL, false), 0);
  assert_string_equal(call.values[1], "false");
  assert_int_equal(make(call_plannr_execution, "", "x", NULL, false), -WF_EINVAL);
  assert_int_equal(refusal.kind, REFUSAL_NOT_FOUND);
}

static void test_the_list(void **state) {
  (void)state;
  assert_int_equal(make(call_plannr_executions, "", NULL, NULL, false), 0);
  assert_null(call.values[0]);
  assert_null(call.values[5]); // how many is SQL's
  assert_int_equal(make(call_plannr_executions, "filter[uuid]=x," ID "&filter[client_uuids]=a,b&sort=-created_at&page[size]=3&page[after]=c", NULL, NULL, false), 0);
  assert_string_equal(call.values[0], "{\"" ID "\"}");
  assert_string_equal(call.values[1], "{\"a\",\"b\"}");
  assert_null(call.values[2]);
  assert_string_equal(call.values[4], "-created_at");
  assert_string_equal(call.values[5], "3");
  assert_string_equal(call.values[6], "c");
}

static void test_a_filter_of_nothing_but_nonsense_matches_nothing(void **state) {
  (void)state;
  assert_int_equal(make(call_plannr_executions, "filter[uuid]=x", NULL, NULL, false), 0);
  assert_string_equal(call.values[0], "{}");
}

static void test_a_blueprints_executions(void **state) {
  (void)state;
  assert_int_equal(make(call_plannr_blueprint, "sort=created_at", ID, NULL, false), 0);
  assert_string_equal(call.values[0], ID);
  assert_string_equal(call.values[2], "created_at");
  assert_int_equal(make(call_plannr_blueprint, "", "x", NULL, false), -WF_EINVAL);
}

static void test_what_is_invalid(void **state) {
  (void)state;
  assert_int_equal(make(call_plannr_executions, "sort=colour", NULL, NULL, false), -WF_EINVAL);
  assert_string_equal(refusal.field, "sort");
  assert_int_equal(make(call_plannr_executions, "page[size]=0", NULL, NULL, false), -WF_EINVAL);
  assert_int_equal(make(call_plannr_executions, "page[size]=51", NULL, NULL, false), -WF_EINVAL);
  assert_string_equal(refusal.field, "page.size");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_one_execution),
      CASE(test_the_list),
      CASE(test_a_filter_of_nothing_but_nonsense_matches_nothing),
      CASE(test_a_blueprints_executions),
      CASE(test_what_is_invalid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
