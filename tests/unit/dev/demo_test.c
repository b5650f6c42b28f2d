// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "dev/demo.h"

static struct demo make(long triggers, long runs, long completed, long faulted, long stuck) {
  struct demo demo = demo_make(1000);
  demo.count = (struct demo_count){.triggers = triggers, .runs = runs, .completed = completed, .faulted = faulted,
                                   .stuck = stuck};
  return demo;
}

static void test_last_line_to_the_letter(void **state) {
  (void)state;
  char line[128] = "";
  FILE *out = fmemopen(line, sizeof line, "w");
  struct demo demo = make(1000, 1000, 998, 1, 1);
  demo_print_line(&demo, out);
  fclose(out);
  assert_string_equal(line, "quickstart: 1000 triggers, 1000 runs, 998 completed, 1 faulted, 1 stuck\n");
}

static void test_the_same_in_json(void **state) {
  (void)state;
  char line[128] = "";
  FILE *out = fmemopen(line, sizeof line, "w");
  struct demo demo = make(7, 6, 5, 4, 3);
  demo_print_json(&demo, out);
  fclose(out);
  assert_string_equal(line, "{\"triggers\": 7, \"runs\": 6, \"completed\": 5, \"faulted\": 4, \"stuck\": 3}\n");
}

static void test_whole_when_all_have_ended(void **state) {
  (void)state;
  struct demo demo = make(1000, 1000, 1000, 0, 0);
  assert_true(demo_is_whole(&demo));
  demo = make(1000, 1000, 990, 10, 0);
  assert_true(demo_is_whole(&demo));
}

static void test_not_whole_when_something_is_lost_or_stuck(void **state) {
  (void)state;
  struct demo demo = make(999, 999, 999, 0, 0);
  assert_false(demo_is_whole(&demo));
  demo = make(1000, 999, 999, 0, 0);
  assert_false(demo_is_whole(&demo));
  demo = make(1000, 1000, 999, 0, 1);
  assert_false(demo_is_whole(&demo));
  demo = make(1000, 1001, 1001, 0, 0); // one too many is as wrong
  assert_false(demo_is_whole(&demo));
}

static void test_every_demonstration_has_its_own_mark(void **state) {
  (void)state;
  struct demo first = demo_make(1), second = demo_make(1);
  for (int tries = 0; tries < 1000000 && strcmp(first.mark, second.mark) == 0; tries++) second = demo_make(1);
  assert_string_not_equal(first.mark, second.mark);
  assert_memory_equal(first.mark, "quickstart-", 11);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_last_line_to_the_letter),
      cmocka_unit_test(test_the_same_in_json),
      cmocka_unit_test(test_whole_when_all_have_ended),
      cmocka_unit_test(test_not_whole_when_something_is_lost_or_stuck),
      cmocka_unit_test(test_every_demonstration_has_its_own_mark),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
