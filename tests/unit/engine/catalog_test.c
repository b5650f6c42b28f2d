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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_function_is_found_by_its_name),
      cmocka_unit_test(test_unknown_name_is_nothing),
      cmocka_unit_test(test_empty_catalog_has_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
