// SPDX-License-Identifier: Apache-2.0
#include "call_fixture.h"

#define ID "01a1e1a7-4c00-7001-8000-000000000001"

static void assert_invalid(const char *query, const char *field) {
  assert_int_equal(make(call_knock_runs, query, NULL, NULL, false), -WF_EINVAL);
  assert_int_equal(refusal.kind, REFUSAL_INVALID);
  assert_string_equal(refusal.field, field);
}

static void test_without_filters(void **state) {
  (void)state;
  assert_int_equal(make(call_knock_runs, "", NULL, NULL, false), 0);
  assert_int_equal(call.statement, STATEMENT_KNOCK_RUNS);
  for (int i = 0; i < 11; i++)
    if (i != 2) assert_null(call.values[i]);
  assert_string_equal(call.values[2], "50");
}

static void test_every_filter_has_its_place(void **state) {
  (void)state;
  assert_int_equal(make(call_knock_runs,
                        "after=A&before=B&page_size=7&workflow=W&status[]=queued&status[]=paused&tenant=T&has_errors=true"
                        "&recipient[id]=I&recipient[collection]=C&starting_at=2026-01-01T00:00:00Z&ending_at=2026-01-02T00:00:00Z",
                        NULL, NULL, false), 0);
  static const char *const values[] = {"A", "B", "7", "W", "{\"queued\",\"paused\"}", "T", "true", "C", "I", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"};
  for (int i = 0; i < 11; i++) assert_string_equal(call.values[i], values[i]);
}

static void test_recipients_as_json(void **state) {
  (void)state;
  assert_int_equal(make(call_knock_runs, "recipient={\"id\":\"I\",\"collection\":\"C\"}", NULL, NULL, false), 0);
  assert_string_equal(call.values[7], "C");
  assert_string_equal(call.values[8], "I");
  assert_int_equal(make(call_knock_runs, "recipient=I", NULL, NULL, false), 0);
  assert_null(call.values[7]);
}

static void test_what_is_invalid(void **state) {
  (void)state;
  assert_invalid("page_size=51", "page_size");
  assert_invalid("status=failed", "status");
  assert_invalid("has_errors=2", "has_errors");
  assert_invalid("starting_at=x", "starting_at");
  assert_invalid("ending_at=x", "ending_at");
  assert_invalid("recipient={", "recipient");
  assert_invalid("recipient={\"id\":1}", "recipient");
  assert_invalid("recipient[collection]=x", "recipient");
}

static void test_one_run(void **state) {
  (void)state;
  assert_int_equal(make(call_knock_run, "", ID, NULL, false), 0);
  assert_string_equal(call.values[0], ID);
  assert_int_equal(make(call_knock_run, "", "x", NULL, false), -WF_EINVAL);
  assert_int_equal(refusal.kind, REFUSAL_NOT_FOUND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_without_filters),
      CASE(test_every_filter_has_its_place),
      CASE(test_recipients_as_json),
      CASE(test_what_is_invalid),
      CASE(test_one_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
