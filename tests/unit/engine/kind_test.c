// SPDX-License-Identifier: Apache-2.0
#include "engine/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void kinds_are_known_by_name(void **state) {
  (void)state;
  for (enum wf_task_kind i = 0; i < WF_TASK_KINDS; i++) {
    assert_non_null(wf_kind_name(i));
    assert_ptr_equal(wf_kind_static(wf_kind_name(i)), wf_kind_name(i));
    assert_ptr_equal(wf_kind_find(wf_kind_name(i)), wf_kind_of(i));
  }
  assert_string_equal(wf_kind_name(WF_TASK_WAIT), "wait");
  assert_string_equal(wf_kind_name(WF_TASK_FORK), "fork");
  assert_null(wf_kind_static("teleport"));
  assert_null(wf_kind_static(NULL));
  assert_null(wf_kind_find("teleport"));
}

static void what_opens_a_scope_has_its_list(void **state) {
  (void)state;
  for (enum wf_task_kind i = 0; i < WF_TASK_KINDS; i++) {
    const struct wf_kind *kind = wf_kind_of(i);
    if (!kind->load) continue;
    assert_true(kind->opens_scope || kind->start);
    struct wf_task task = {.kind = i};
    if (kind->opens_scope) assert_non_null(wf_task_list_of(&task, kind->part));
    if (!kind->list) assert_null(wf_task_list_of(&task, WF_SCOPE_LIST));
  }
}

static void a_try_has_two_lists(void **state) {
  (void)state;
  struct wf_task task = {.kind = WF_TASK_TRY};
  assert_ptr_equal(wf_task_list_of(&task, WF_SCOPE_TRY), &task.try_catch.try_list);
  assert_ptr_equal(wf_task_list_of(&task, WF_SCOPE_CATCH), &task.try_catch.catch_list);
  assert_null(wf_task_list_of(&task, WF_SCOPE_LIST));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_are_known_by_name),
      cmocka_unit_test(what_opens_a_scope_has_its_list),
      cmocka_unit_test(a_try_has_two_lists),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
