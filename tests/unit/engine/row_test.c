// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "engine/row.h"
#include "engine/scope.h"

static struct wf_run *empty_run(void) { return wf_run_new(&(struct wf_identity){.workflow = NULL}); }

static struct wf_step *add(struct wf_run *run, int32_t step_no, int32_t parent_no, const char *reference) {
  struct wf_step *step = wf_step_add(run, step_no);
  step->parent_step_no = parent_no;
  wf_text_set(&step->reference, reference);
  return step;
}

static void names_are_unescaped(void **state) {
  (void)state;
  const char *const cases[][2] = {{"/do/2/callLead", "callLead"},
                                  {"/do/0/a~1b", "a/b"},
                                  {"/do/0/a~0b", "a~b"},
                                  {"/do/0/~01", "~1"},
                                  {"plain", "plain"},
                                  {"/do/0/", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *name = wf_reference_name(cases[i][0]);
    assert_string_equal(name, cases[i][1]);
    free(name);
  }
}

static void rows_are_found_by_number(void **state) {
  (void)state;
  struct wf_run *run = empty_run();
  for (int32_t i = 1; i <= 9; i += 2) add(run, i, 0, "/do/0/a");
  wf_action_add(run, 4);
  assert_int_equal(wf_run_step(run, 7)->step_no, 7);
  assert_null(wf_run_step(run, 6));
  assert_null(wf_run_step(run, 0));
  assert_null(wf_run_step(run, 10));
  assert_int_equal(wf_run_action(run, 4)->action_no, 4);
  assert_null(wf_run_action(run, 3));
  assert_int_equal(run->last_step_no, 9);
  wf_run_free(run);
}

static void inside_means_at_any_depth(void **state) {
  (void)state;
  struct wf_run *run = empty_run();
  add(run, 1, 0, "/do/0/a");
  add(run, 2, 1, "/do/0/a/do/0/b");
  struct wf_step *deep = add(run, 3, 2, "/do/0/a/do/0/b/do/0/c");
  assert_true(wf_step_is_inside(run, deep, 1));
  assert_true(wf_step_is_inside(run, deep, 2));
  assert_false(wf_step_is_inside(run, deep, 3));
  assert_false(wf_step_is_inside(run, wf_run_step(run, 1), 1));
  wf_run_free(run);
}

static void the_first_revisitable_of_a_place_comes_again(void **state) {
  (void)state;
  struct wf_run *run = empty_run();
  add(run, 1, 0, "/do/0/a");
  add(run, 2, 1, "/do/0/a/try/0/b")->revisitable = true;
  add(run, 3, 1, "/do/0/a/try/0/b")->revisitable = true;
  assert_int_equal(wf_step_revisit(run, 1, "/do/0/a/try/0/b")->step_no, 2);
  wf_run_step(run, 2)->revisitable = false;
  assert_int_equal(wf_step_revisit(run, 1, "/do/0/a/try/0/b")->step_no, 3);
  assert_null(wf_step_revisit(run, 2, "/do/0/a/try/0/b"));
  assert_null(wf_step_revisit(run, 1, "/do/0/a/try/1/c"));
  wf_run_free(run);
}

static void visits_are_counted_by_reference(void **state) {
  (void)state;
  struct wf_run *run = empty_run();
  assert_int_equal(wf_visit_count(run, "/do/0/a"), 0);
  wf_visit_add(run, "/do/0/a");
  wf_visit_add(run, "/do/1/b");
  wf_visit_add(run, "/do/0/a");
  assert_int_equal(wf_visit_count(run, "/do/0/a"), 2);
  assert_int_equal(wf_visit_count(run, "/do/1/b"), 1);
  wf_run_free(run);
}

static void texts_may_be_set_from_themselves(void **state) {
  (void)state;
  char *text = NULL;
  wf_text_set(&text, "abc");
  wf_text_set(&text, text);
  assert_string_equal(text, "abc");
  wf_text_set(&text, NULL);
  assert_null(text);
}

static void a_fault_is_copied_whole(void **state) {
  (void)state;
  struct wf_fault a = {.code = NULL}, b = {.code = NULL};
  wf_fault_set(&a, "timeout", "Too slow", "after 5 s");
  wf_fault_set(&b, "other", NULL, "old");
  wf_fault_copy(&b, &a);
  assert_string_equal(b.code, "timeout");
  assert_string_equal(b.summary, "Too slow");
  assert_string_equal(b.detail_internal, "after 5 s");
  wf_fault_clear(&a);
  wf_fault_clear(&b);
  assert_null(a.code);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_unescaped),
      cmocka_unit_test(rows_are_found_by_number),
      cmocka_unit_test(inside_means_at_any_depth),
      cmocka_unit_test(the_first_revisitable_of_a_place_comes_again),
      cmocka_unit_test(visits_are_counted_by_reference),
      cmocka_unit_test(texts_may_be_set_from_themselves),
      cmocka_unit_test(a_fault_is_copied_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
