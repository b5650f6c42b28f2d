// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/scope.h"

// 0 ─ 1 ─ 2, and beside them 0 ─ 3 ─ 4
static struct wf_scopes *two_branches(void) {
  struct wf_scopes *scopes = wf_scopes_new();
  wf_scopes_open(scopes, 0, -1, WF_SCOPE_LIST, jv_object());
  wf_scopes_open(scopes, 1, 0, WF_SCOPE_TRY, jv_array());
  wf_scopes_open(scopes, 2, 1, WF_SCOPE_LIST, jv_string("two"));
  wf_scopes_open(scopes, 3, 0, WF_SCOPE_LIST, jv_string("three"));
  wf_scopes_open(scopes, 4, 3, WF_SCOPE_LIST, jv_string("four"));
  return scopes;
}

static void the_leaf_is_the_last_one_opened(void **state) {
  (void)state;
  struct wf_scopes *scopes = wf_scopes_new();
  assert_null(wf_scopes_leaf(scopes));
  wf_scopes_open(scopes, 0, -1, WF_SCOPE_LIST, jv_object());
  assert_int_equal(wf_scopes_leaf(scopes)->step_no, 0);
  wf_scopes_open(scopes, 9, 0, WF_SCOPE_LIST, jv_object());
  assert_int_equal(wf_scopes_leaf(scopes)->step_no, 9);
  wf_scopes_close(scopes, 9);
  assert_int_equal(wf_scopes_leaf(scopes)->step_no, 0);
  wf_scopes_free(scopes);
}

static void parents_lead_to_the_root(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  const struct wf_scope *scope = wf_scopes_parent(scopes, wf_scopes_find(scopes, 2));
  assert_int_equal(scope->step_no, 1);
  assert_int_equal(scope->part, WF_SCOPE_TRY);
  scope = wf_scopes_parent(scopes, scope);
  assert_int_equal(scope->step_no, 0);
  assert_null(wf_scopes_parent(scopes, scope));
  wf_scopes_free(scopes);
}

static void closing_inside_keeps_the_scope_and_its_neighbours(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  wf_scopes_close_inside(scopes, 1);
  assert_non_null(wf_scopes_find(scopes, 1));
  assert_null(wf_scopes_find(scopes, 2));
  assert_non_null(wf_scopes_find(scopes, 4));
  assert_int_equal(scopes->count, 4);
  wf_scopes_free(scopes);
}

static void closing_takes_everything_inside(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  wf_scopes_close(scopes, 1);
  assert_int_equal(scopes->count, 3);
  assert_string_equal(jv_string_value(wf_scopes_find(scopes, 4)->value), "four");
  wf_scopes_close(scopes, 0);
  assert_int_equal(scopes->count, 0);
  wf_scopes_free(scopes);
}

static void closing_what_is_not_open_changes_nothing(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  wf_scopes_close(scopes, 77);
  wf_scopes_close_inside(scopes, 77);
  assert_int_equal(scopes->count, 5);
  wf_scopes_free(scopes);
  wf_scopes_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_leaf_is_the_last_one_opened),
      cmocka_unit_test(parents_lead_to_the_root),
      cmocka_unit_test(closing_inside_keeps_the_scope_and_its_neighbours),
      cmocka_unit_test(closing_takes_everything_inside),
      cmocka_unit_test(closing_what_is_not_open_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
