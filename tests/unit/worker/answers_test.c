// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "worker/answers.h"

static const struct action_id FIRST = {.run_id = {{1}}, .action_no = 1}, SECOND = {.run_id = {{1}}, .action_no = 2};
static const struct text YES = {"yes", 3}, NO = {"no", 2};

static void test_finds_what_was_put(void **state) {
  (void)state;
  struct answers *answers = answers_new(10);
  answers_put(answers, &FIRST, 1, YES);
  assert_true(text_equal(answers_find(answers, &FIRST, 1), YES));
  answers_free(answers);
}

static void test_another_attempt_is_another_answer(void **state) {
  (void)state;
  struct answers *answers = answers_new(10);
  answers_put(answers, &FIRST, 1, YES);
  assert_null(answers_find(answers, &FIRST, 2).data);
  assert_null(answers_find(answers, &SECOND, 1).data);
  answers_free(answers);
}

static void test_the_first_answer_stays(void **state) {
  (void)state;
  struct answers *answers = answers_new(10);
  answers_put(answers, &FIRST, 1, YES);
  answers_put(answers, &FIRST, 1, NO);
  assert_true(text_equal(answers_find(answers, &FIRST, 1), YES));
  assert_int_equal(answers_count(answers), 1);
  answers_free(answers);
}

static void test_the_oldest_goes_at_the_limit(void **state) {
  (void)state;
  struct answers *answers = answers_new(3);
  struct action_id ids[4];
  for (int i = 0; i < 4; i++) {
    ids[i] = (struct action_id){.run_id = {{(uint8_t)i}}, .action_no = 1};
    answers_put(answers, &ids[i], 1, YES);
  }
  assert_int_equal(answers_count(answers), 3);
  assert_null(answers_find(answers, &ids[0], 1).data);
  assert_non_null(answers_find(answers, &ids[1], 1).data);
  assert_non_null(answers_find(answers, &ids[3], 1).data);
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
