// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/difference.h"

// The lines about two runs in JSON; the caller frees them.
static char *lines(const char *stored_text, const char *folded_text) {
  jv stored = jv_parse(stored_text), folded = jv_parse(folded_text);
  jv found = difference_add_rows(jv_array(), "R", stored, folded);
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (int i = 0; i < jv_array_length(jv_copy(found)); i++) {
    jv one = jv_array_get(jv_copy(found), i);
    difference_print(one, out);
    jv_free(one);
  }
  fclose(out);
  jv_free(found);
  jv_free(stored);
  jv_free(folded);
  return text;
}

#define ROWS(run, step, action) "{\"run\": {\"\": " run "}, \"step\": {" step "}, \"action\": {" action "}}"

static void expect(const char *stored, const char *folded, const char *wanted) {
  char *said = lines(stored, folded);
  assert_string_equal(said, wanted);
  free(said);
}

static void test_the_same_has_no_difference(void **state) {
  (void)state;
  expect(ROWS("{\"a\": 1, \"b\": {\"x\": 1, \"y\": 2}}", "\"1\": {\"s\": \"t\"}", ""),
         ROWS("{\"b\": {\"y\": 2, \"x\": 1.0}, \"a\": 1}", "\"1\": {\"s\": \"t\"}", ""), "");
}

static void test_a_column_is_named(void **state) {
  (void)state;
  expect(ROWS("{\"status\": \"running\"}", "", ""), ROWS("{\"status\": \"completed\"}", "", ""),
         "R run status: stored \"running\", folded \"completed\"\n");
  expect(ROWS("{}", "\"2\": {\"output\": {\"a\": 1}}", "\"1\": {\"attempt\": 1}"),
         ROWS("{}", "\"2\": {\"output\": {\"a\": 2}}", "\"1\": {\"attempt\": 2}"),
         "R step 2 output: stored {\"a\":1}, folded {\"a\":2}\nR action 1 attempt: stored 1, folded 2\n");
}

static void test_nothing_is_null(void **state) {
  (void)state;
  expect(ROWS("{}", "", ""), ROWS("{\"ended_at\": 5}", "", ""), "R run ended_at: stored null, folded 5\n");
  expect(ROWS("{}", "", ""), ROWS("{\"ended_at\": null}", "", ""), "");
}

static void test_a_row_on_one_side_alone(void **state) {
  (void)state;
  expect(ROWS("{}", "\"1\": {}", ""), ROWS("{}", "", "\"1\": {}"),
         "R step 1: stored, but no event tells of it\nR action 1: not stored, but events tell of it\n");
}

static void test_a_history_with_a_gap(void **state) {
  (void)state;
  jv found = difference_add_problem(
      jv_array(), "R", jv_parse("{\"row\": 5, \"column\": \"seq\", \"stored\": 6, \"folded\": 5}"));
  jv one = jv_array_get(jv_copy(found), 0);
  jv wanted = jv_parse("{\"run\": \"R\", \"table\": \"event\", \"row\": \"5\", \"column\": \"seq\", \"stored\": 6,"
                       " \"folded\": 5}");
  assert_true(jv_equal(one, wanted));
  jv_free(found);
}

static void test_an_event_that_does_not_follow(void **state) {
  (void)state;
  jv found = difference_add_problem(jv_array(), "R", jv_parse("{\"row\": 5, \"column\": \"type\", \"stored\": \"run.woken\","
                                                              " \"folded\": null, \"problem\": \"it is not\"}"));
  char *text = NULL;
  size_t size, said = 0;
  FILE *out = open_memstream(&text, &size);
  difference_print_all(found, false, &said, out);
  fclose(out);
  assert_string_equal(text, "R event 5 run.woken: it is not\n");
  assert_int_equal(said, 1);
  free(text);
  jv_free(found);
}

static void test_json_is_the_inside_of_an_array(void **state) {
  (void)state;
  jv one = jv_parse("[{\"a\": 1}, {\"b\": 2}]"), two = jv_parse("[{\"c\": 3}]");
  char *text = NULL;
  size_t size, said = 0;
  FILE *out = open_memstream(&text, &size);
  difference_print_all(one, true, &said, out);
  difference_print_all(two, true, &said, out);
  fclose(out);
  assert_string_equal(text, "{\"a\":1},{\"b\":2},{\"c\":3}");
  free(text);
  jv_free(one);
  jv_free(two);
}

// Of a column that holds JSON nothing may be missing in what is folded.
static void test_what_is_stored_alone_differs(void **state) {
  (void)state;
  expect(ROWS("{\"output\": 7}", "", ""), ROWS("{}", "", ""), "R run output: stored 7, folded null\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_same_has_no_difference), cmocka_unit_test(test_a_column_is_named),
      cmocka_unit_test(test_nothing_is_null),            cmocka_unit_test(test_a_row_on_one_side_alone),
      cmocka_unit_test(test_a_history_with_a_gap),       cmocka_unit_test(test_an_event_that_does_not_follow),
      cmocka_unit_test(test_json_is_the_inside_of_an_array), cmocka_unit_test(test_what_is_stored_alone_differs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
