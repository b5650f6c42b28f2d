// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/scope.h"

static struct wf_scope *open_in(struct wf_scopes *scopes, int32_t step_no, int32_t around, int32_t branch,
                                enum wf_scope_part part, jv value) {
  return wf_scopes_open(scopes, step_no, wf_scopes_find_branch(scopes, around, branch), part, value);
}

// 0 ─ 1 ─ fork 2 ┬ branch 1 ─ 3 ─ 5
//                └ branch 2 ─ 4
static struct wf_scopes *two_branches(void) {
  struct wf_scopes *scopes = wf_scopes_new();
  wf_scopes_open(scopes, 0, NULL, WF_SCOPE_LIST, jv_object());
  open_in(scopes, 1, 0, 0, WF_SCOPE_TRY, jv_array());
  wf_scopes_fork(scopes, open_in(scopes, 2, 1, 0, WF_SCOPE_FORK, jv_string("two")), 2);
  open_in(scopes, 4, 2, 2, WF_SCOPE_LIST, jv_string("four"));
  open_in(scopes, 3, 2, 1, WF_SCOPE_LIST, jv_string("three"));
  open_in(scopes, 5, 3, 0, WF_SCOPE_FOR, jv_string("five"));
  return scopes;
}

static void scopes_stand_in_order_of_the_tree(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  const int32_t steps[] = {0, 1, 2, 2, 3, 5, 2, 4}, depths[] = {0, 1, 2, 3, 4, 5, 3, 4};
  assert_int_equal(scopes->count, 8);
  for (int i = 0; i < 8; i++) {
    assert_int_equal(scopes->items[i].step_no, steps[i]);
    assert_int_equal(scopes->items[i].depth, depths[i]);
  }
  assert_int_equal(scopes->items[2].open_count, 2);
  assert_int_equal(scopes->items[6].branch, 2);
  assert_int_equal(scopes->items[6].index, 1);
  assert_string_equal(jv_string_value(scopes->items[6].value), "two");
  assert_int_equal(scopes->items[5].index, WF_INDEX_EXIT);
  wf_scopes_free(scopes);
}

static void leaves_are_where_nothing_hangs_below(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  struct wf_scope *leaf = wf_scopes_leaf(scopes, NULL);
  assert_int_equal(leaf->step_no, 5);
  leaf = wf_scopes_leaf(scopes, leaf);
  assert_int_equal(leaf->step_no, 4);
  assert_null(wf_scopes_leaf(scopes, leaf));
  wf_scopes_close(scopes, 4);
  leaf = wf_scopes_leaf(scopes, wf_scopes_leaf(scopes, NULL));
  assert_int_equal(leaf->branch, 2);
  wf_scopes_close(scopes, 0);
  assert_null(wf_scopes_leaf(scopes, NULL));
  wf_scopes_free(scopes);
}

static void a_fork_is_decided_by_the_first_or_by_an_end(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  struct wf_scope *fork = wf_scopes_find(scopes, 2);
  assert_null(wf_scopes_winner(scopes, fork));
  fork->index = 2;
  assert_int_equal(wf_scopes_winner(scopes, fork)->branch, 2);
  wf_scopes_find_branch(scopes, 2, 1)->index = WF_INDEX_END;
  assert_int_equal(wf_scopes_winner(scopes, fork)->branch, 1);
  jv values = wf_scopes_branch_values(scopes, fork);
  assert_int_equal(jv_array_length(jv_copy(values)), 2);
  jv_free(values);
  wf_scopes_free(scopes);
}

static struct wf_scopes *copy_of(const struct wf_scopes *scopes) {
  struct wf_scopes *copy = wf_scopes_new();
  for (size_t i = 0; i < scopes->count; i++) {
    struct wf_scope scope = scopes->items[i];
    scope.depth = 0;
    jv_copy(scope.value);
    assert_true(wf_scopes_append(copy, &scope));
  }
  return copy;
}

static void what_was_kept_is_appended_in_its_order(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches(), *copy = copy_of(scopes);
  for (size_t i = 0; i < scopes->count; i++) assert_int_equal(copy->items[i].depth, scopes->items[i].depth);
  wf_scopes_free(copy);
  wf_scopes_free(scopes);
}

static void what_cannot_hang_there_is_refused(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  const struct wf_scope cases[] = {
      {.step_no = 9, .parent_step_no = 1},                                          // below one that has another below it
      {.step_no = 9, .parent_step_no = 5},                                          // behind its neighbour
      {.step_no = 9, .parent_step_no = 7},                                          // below none
      {.step_no = 4, .parent_step_no = 4},                                          // open already
      {.step_no = 3, .parent_step_no = 4},                                          // older than what is around
      {.step_no = 9, .parent_step_no = 2},                                          // no branch
      {.step_no = 2, .branch = 1, .parent_step_no = 2, .part = WF_SCOPE_BRANCH},    // a branch twice
      {.step_no = 9, .branch = 1, .parent_step_no = 4, .part = WF_SCOPE_BRANCH},    // of no fork
      {.step_no = 9, .branch = 3, .parent_step_no = 2, .part = WF_SCOPE_BRANCH},    // of another fork
      {.step_no = 2, .branch = 0, .parent_step_no = 2, .part = WF_SCOPE_BRANCH},    // without number
      {.step_no = 0, .parent_step_no = -1},                                         // a second root
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_false(wf_scopes_append(scopes, &cases[i]));
  const struct wf_scope good = {.step_no = 9, .parent_step_no = 4};
  assert_true(wf_scopes_append(scopes, &good));
  wf_scopes_free(scopes);
}

static void parents_lead_to_the_root(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  const struct wf_scope *scope = wf_scopes_parent(scopes, wf_scopes_find(scopes, 4));
  assert_int_equal(scope->branch, 2);
  scope = wf_scopes_parent(scopes, scope);
  assert_int_equal(scope->part, WF_SCOPE_FORK);
  scope = wf_scopes_parent(scopes, scope);
  assert_int_equal(scope->part, WF_SCOPE_TRY);
  scope = wf_scopes_parent(scopes, scope);
  assert_int_equal(scope->step_no, 0);
  assert_null(wf_scopes_parent(scopes, scope));
  wf_scopes_free(scopes);
}

static void closing_inside_keeps_the_scope_and_its_neighbours(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  wf_scopes_close_inside(scopes, 3);
  assert_non_null(wf_scopes_find(scopes, 3));
  assert_null(wf_scopes_find(scopes, 5));
  assert_non_null(wf_scopes_find(scopes, 4));
  assert_int_equal(scopes->count, 7);
  wf_scopes_free(scopes);
}

static void closing_takes_everything_inside(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  wf_scopes_close(scopes, 3);
  assert_int_equal(scopes->count, 6);
  assert_string_equal(jv_string_value(wf_scopes_find(scopes, 4)->value), "four");
  wf_scopes_close(scopes, 2);
  assert_int_equal(scopes->count, 2);
  assert_null(wf_scopes_find_branch(scopes, 2, 2));
  wf_scopes_close(scopes, 0);
  assert_int_equal(scopes->count, 0);
  wf_scopes_free(scopes);
}

static void closing_what_is_not_open_changes_nothing(void **state) {
  (void)state;
  struct wf_scopes *scopes = two_branches();
  wf_scopes_close(scopes, 77);
  wf_scopes_close_inside(scopes, 77);
  assert_int_equal(scopes->count, 8);
  wf_scopes_free(scopes);
  wf_scopes_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scopes_stand_in_order_of_the_tree),
      cmocka_unit_test(leaves_are_where_nothing_hangs_below),
      cmocka_unit_test(a_fork_is_decided_by_the_first_or_by_an_end),
      cmocka_unit_test(what_was_kept_is_appended_in_its_order),
      cmocka_unit_test(what_cannot_hang_there_is_refused),
      cmocka_unit_test(parents_lead_to_the_root),
      cmocka_unit_test(closing_inside_keeps_the_scope_and_its_neighbours),
      cmocka_unit_test(closing_takes_everything_inside),
      cmocka_unit_test(closing_what_is_not_open_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
