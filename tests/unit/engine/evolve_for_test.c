// SPDX-License-Identifier: Apache-2.0
#include "engine/evolve.h"

#include "engine/scope.h"
#include "fold.h"

// A loop over two items, at the first, whose task is open as step 2.
static struct folded in_first_turn(void) {
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/l", "{\"kind\":\"for\",\"items\":[7,8]}");
  fold_on(&f, WF_STEP_ITERATED, 1, NULL);
  fold_step(&f, 2, 1, "/do/0/l/do/0/s", "{\"kind\":\"set\",\"parent\":1}");
  return f;
}

static void a_loop_opens_with_its_items(void **state) {
  (void)state;
  struct folded f = fold_new("{\"a\":1}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/l", "{\"kind\":\"for\",\"items\":[7,8]}");
  const struct wf_scope *own = wf_scopes_find(f.run->scopes, 1);
  assert_int_equal(own->part, WF_SCOPE_FOR);
  assert_int_equal(own->index, WF_INDEX_EXIT);
  assert_int_equal(own->turn, 0);
  assert_json(own->items, "[7,8]");
  assert_json(own->value, "{\"a\":1}");
  fold_free(&f);
}

static void its_input_is_what_it_goes_through_when_nothing_is_said(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/l", "{\"kind\":\"for\",\"input\":[1,2]}");
  assert_json(wf_scopes_find(f.run->scopes, 1)->items, "[1,2]");
  fold_free(&f);
}

static void a_turn_begins_at_the_first_task(void **state) {
  (void)state;
  struct folded f = in_first_turn();
  assert_int_equal(wf_scopes_find(f.run->scopes, 1)->turn, 1);
  fold_on(&f, WF_STEP_COMPLETED, 2, "{\"output\":{\"b\":2}}");
  assert_int_equal(wf_scopes_find(f.run->scopes, 1)->index, 1);
  fold_on(&f, WF_STEP_ITERATED, 1, "{\"index\":1}");
  const struct wf_scope *own = wf_scopes_find(f.run->scopes, 1);
  assert_int_equal(own->turn, 2);
  assert_int_equal(own->index, 0);
  assert_json(own->value, "{\"b\":2}");
  fold_free(&f);
}

static void a_turn_that_is_over_is_past(void **state) {
  (void)state;
  struct folded f = in_first_turn();
  assert_false(wf_run_step(f.run, 2)->is_past);
  fold_on(&f, WF_STEP_COMPLETED, 2, NULL);
  fold_on(&f, WF_STEP_ITERATED, 1, "{\"index\":1}");
  assert_true(wf_run_step(f.run, 2)->is_past);
  assert_false(wf_run_step(f.run, 1)->is_past);
  fold_step(&f, 3, 1, "/do/0/l/do/0/s", "{\"kind\":\"set\",\"parent\":1,\"visit\":2}");
  fold_on(&f, WF_STEP_COMPLETED, 3, NULL);
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  assert_true(wf_run_step(f.run, 3)->is_past);
  assert_false(wf_run_step(f.run, 1)->is_past);
  fold_free(&f);
}

static void a_loop_is_around_what_is_inside_it(void **state) {
  (void)state;
  struct folded f = in_first_turn();
  assert_true(wf_evolve_in_loop(f.run, wf_run_step(f.run, 2), 0));
  assert_false(wf_evolve_in_loop(f.run, wf_run_step(f.run, 2), 1));
  assert_false(wf_evolve_in_loop(f.run, wf_run_step(f.run, 1), 0));
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_loop_opens_with_its_items),
      cmocka_unit_test(its_input_is_what_it_goes_through_when_nothing_is_said),
      cmocka_unit_test(a_turn_begins_at_the_first_task),
      cmocka_unit_test(a_turn_that_is_over_is_past),
      cmocka_unit_test(a_loop_is_around_what_is_inside_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
