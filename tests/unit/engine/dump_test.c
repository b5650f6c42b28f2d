// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

#include "engine/dump.h"

static struct folded two_steps(const char *output) {
  struct folded f = fold_new("{\"b\":1,\"a\":2}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, output);
  fold_step(&f, 2, 1, "/do/1/b", "{\"kind\":\"call\"}");
  return f;
}

static void equal_states_give_equal_texts(void **state) {
  (void)state;
  struct folded a = two_steps("{\"output\":{\"x\":1,\"y\":2}}"), b = two_steps("{\"output\":{\"y\":2,\"x\":1}}");
  assert_true(wf_run_equal(a.run, b.run));
  fold_free(&a);
  fold_free(&b);
}

static void a_difference_anywhere_shows(void **state) {
  (void)state;
  struct folded a = two_steps("{\"output\":1}"), b = two_steps("{\"output\":2}"), c = two_steps("{\"output\":1}");
  assert_false(wf_run_equal(a.run, b.run));
  assert_true(wf_run_equal(a.run, c.run));
  wf_run_step(c.run, 2)->revisitable = true;
  assert_false(wf_run_equal(a.run, c.run));
  wf_run_step(c.run, 2)->revisitable = false;
  c.run->late_count = 1;
  assert_false(wf_run_equal(a.run, c.run));
  fold_free(&a);
  fold_free(&b);
  fold_free(&c);
}

static void rows_that_one_holds_alone_show(void **state) {
  (void)state;
  struct folded a = two_steps(NULL), b = two_steps(NULL);
  wf_run_written(b.run);
  assert_false(wf_run_equal(a.run, b.run));
  wf_run_written(a.run);
  assert_true(wf_run_equal(a.run, b.run));
  fold_free(&a);
  fold_free(&b);
}

static void a_row_is_one_line_with_its_columns_first(void **state) {
  (void)state;
  struct folded f = two_steps(NULL);
  struct buf out = {0};
  wf_step_dump(wf_run_step(f.run, 2), &out);
  buf_put_u8(&out, 0);
  const char *head = "step 2 in 0 visit=1 attempt=1 status=running reference=\"/do/1/b\" name=\"b\" kind=\"call\"";
  assert_int_equal(strncmp(out.data, head, strlen(head)), 0);
  assert_ptr_equal(strchr(out.data, '\n'), out.data + strlen(out.data) - 1);
  assert_non_null(strstr(out.data, " | tries=1"));
  buf_free(&out);
  fold_free(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_states_give_equal_texts),
      cmocka_unit_test(a_difference_anywhere_shows),
      cmocka_unit_test(rows_that_one_holds_alone_show),
      cmocka_unit_test(a_row_is_one_line_with_its_columns_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
