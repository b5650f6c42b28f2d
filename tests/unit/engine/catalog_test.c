// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static void test_function_is_found_by_its_name(void **state) {
  (void)state;
  assert_ptr_equal(wf_catalog_find(&CATALOG, "callLead"), &FUNCTIONS[0]);
  assert_ptr_equal(wf_catalog_find(&CATALOG, "sendMessage"), &FUNCTIONS[1]);
}

static void test_unknown_name_is_nothing(void **state) {
  (void)state;
  assert_null(wf_catalog_find(&CATALOG, "calllead"));
  assert_null(wf_catalog_find(&CATALOG, ""));
}

static void test_empty_catalog_has_nothing(void **state) {
  (void)state;
  struct wf_catalog empty = {.functions = NULL, .count = 0};
  assert_null(wf_catalog_find(&empty, "callLead"));
}

static void test_standard_functions(void **state) {
  (void)state;
  struct wf_function own[] = {{.name = "grpc", .topic = "mine", .timeout = 5}};
  struct wf_catalog catalog = {.functions = own, .count = 1};
  assert_ptr_equal(wf_catalog_standard(&catalog, "grpc"), own);
  assert_int_equal(wf_catalog_standard(&catalog, "http")->native, WF_NATIVE_HTTP);
  assert_int_equal(wf_catalog_standard(&catalog, "openapi")->native, WF_NATIVE_OPENAPI);
  assert_null(wf_catalog_standard(&catalog, "openapi")->topic);
  assert_string_equal(wf_catalog_standard(&catalog, "shell")->topic, "workflow.action-requests");
  assert_true(wf_catalog_standard(&catalog, "shell")->timeout == USEC_PER_HOUR);
  assert_true(wf_catalog_standard(&catalog, "http")->timeout == USEC_PER_MIN);
  assert_true(wf_catalog_standard(&catalog, "http")->is_default && wf_catalog_standard(&catalog, "shell")->is_default);
  assert_null(wf_catalog_standard(&catalog, "callLead"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_standard_functions),
      cmocka_unit_test(test_function_is_found_by_its_name),
      cmocka_unit_test(test_unknown_name_is_nothing),
      cmocka_unit_test(test_empty_catalog_has_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
