// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "worker/answers.h"

static const struct text YES = {"yes", 3}, NO = {"no", 2};

static void test_finds_what_was_put(void **state) {
  (void)state;
  struct answers *answers = answers_new(10);
  answers_put(answers, "run:1", 1, YES);
  assert_true(text_equal(answers_find(answers, "run:1", 1), YES));
  answers_free(answers);
}

static void test_another_attempt_is_another_answer(void **state) {
  (void)state;
  struct answers *answers = answers_new(10);
  answers_put(answers, "run:1", 1, YES);
  assert_null(answers_find(answers, "run:1", 2).data);
  assert_null(answers_find(answers, "run:2", 1).data);
  answers_free(answers);
}

static void test_the_first_answer_stays(void **state) {
  (void)state;
  struct answers *answers = answers_new(10);
  answers_put(answers, "run:1", 1, YES);
  answers_put(answers, "run:1", 1, NO);
  assert_true(text_equal(answers_find(answers, "run:1", 1), YES));
  assert_int_equal(answers_count(answers), 1);
  answers_free(answers);
}

static void test_the_oldest_goes_at_the_limit(void **state) {
  (void)state;
  struct answers *answers = answers_new(3);
  char id[16];
  for (int i = 1; i <= 4; i++) {
    snprintf(id, sizeof id, "run:%d", i);
    answers_put(answers, id, 1, YES);
  }
  assert_int_equal(answers_count(answers), 3);
  assert_null(answers_find(answers, "run:1", 1).data);
  assert_non_null(answers_find(answers, "run:2", 1).data);
  assert_non_null(answers_find(answers, "run:4", 1).data);
  answers_free(answers);
}

static void test_free_takes_null(void **state) {
  (void)state;
  answers_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_finds_what_was_put),
      cmocka_unit_test(test_another_attempt_is_another_answer),
      cmocka_unit_test(test_the_first_answer_stays),
      cmocka_unit_test(test_the_oldest_goes_at_the_limit),
      cmocka_unit_test(test_free_takes_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
