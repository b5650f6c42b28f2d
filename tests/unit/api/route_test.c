// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "api/route.h"
#include "arena_fixture.h"

static const struct route *route;
static const char *parts[CALL_PATH_PARTS_MAX], *allow;
static enum vendor vendor;

static enum route_found find(enum http_method method, const char *path) {
  return route_find(path, method, arena, &route, parts, &vendor, &allow);
}

static void test_parts_are_decoded(void **state) {
  (void)state;
  assert_int_equal(find(HTTP_METHOD_GET, "/dialnexa/v1/workflows/n%2Fw/leads/a%20b/history"), ROUTE_FOUND);
  assert_string_equal(route->name, "dialnexa_history");
  assert_string_equal(parts[0], "n/w");
  assert_string_equal(parts[1], "a b");
}

static void test_head_is_get(void **state) {
  (void)state;
  assert_int_equal(find(HTTP_METHOD_HEAD, "/knock/v1/workflow_recipient_runs"), ROUTE_FOUND);
  assert_string_equal(route->name, "knock_runs");
}

static void test_a_slash_at_the_end_is_the_same(void **state) {
  (void)state;
  assert_int_equal(find(HTTP_METHOD_GET, "/knock/v1/workflow_recipient_runs/x/"), ROUTE_FOUND);
  assert_string_equal(route->name, "knock_run");
  assert_int_equal(find(HTTP_METHOD_GET, "/truestate/automations/a/sessions/b"), ROUTE_FOUND);
  assert_string_equal(route->name, "truestate_session");
}

static void test_a_part_is_not_empty(void **state) {
  (void)state;
  assert_int_equal(find(HTTP_METHOD_GET, "/leadping/leads//workflow-status"), ROUTE_NONE);
  assert_int_equal(vendor, VENDOR_LEADPING);
}

static void test_other_methods(void **state) {
  (void)state;
  assert_int_equal(find(HTTP_METHOD_OTHER, "/knock/v1/workflow_recipient_runs"), ROUTE_METHOD);
  assert_string_equal(allow, "GET, HEAD");
  assert_int_equal(find(HTTP_METHOD_GET, "/truestate/automations/a/sessions/b/cancel"), ROUTE_METHOD);
  assert_string_equal(allow, "PATCH");
  assert_int_equal(find(HTTP_METHOD_PATCH, "/truestate/automations/a/sessions/b/cancel"), ROUTE_FOUND);
}

static void test_nothing_is_there(void **state) {
  (void)state;
  static const char *const paths[] = {"/", "/knock", "/knockout/v1", "/knock/v1/workflow_recipient_runsx", "/knock/v1/workflow_recipient_runs/a/b"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) assert_int_equal(find(HTTP_METHOD_GET, paths[i]), ROUTE_NONE);
  assert_int_equal(vendor, VENDOR_KNOCK);
  assert_int_equal(find(HTTP_METHOD_GET, "/elsewhere"), ROUTE_NONE);
  assert_int_equal(vendor, VENDOR_NONE);
}

static void test_a_bad_escape(void **state) {
  (void)state;
  assert_int_equal(find(HTTP_METHOD_GET, "/leadping/leads/%zz/workflow-status"), ROUTE_BAD);
}

static void test_names_differ(void **state) {
  (void)state;
  for (size_t i = 0; i < route_count; i++)
    for (size_t j = 0; j < i; j++) assert_string_not_equal(route_table[i].name, route_table[j].name);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_parts_are_decoded),
      CASE(test_head_is_get),
      CASE(test_a_slash_at_the_end_is_the_same),
      CASE(test_a_part_is_not_empty),
      CASE(test_other_methods),
      CASE(test_nothing_is_there),
      CASE(test_a_bad_escape),
      CASE(test_names_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
