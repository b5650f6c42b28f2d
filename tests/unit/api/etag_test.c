// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "api/etag.h"

static void test_a_tag_is_strong_and_of_the_bytes(void **state) {
  (void)state;
  char one[ETAG_SIZE], two[ETAG_SIZE];
  assert_int_equal(strlen(etag_of("abc", 3, one)), ETAG_SIZE - 1);
  assert_string_equal(one, "\"ba7816bf8f01cfea414140de5dae2223\"");
  assert_string_not_equal(one, etag_of("abd", 3, two));
}

static void test_matching_is_weak(void **state) {
  (void)state;
  assert_true(etag_matches("\"a\"", "\"a\""));
  assert_true(etag_matches("W/\"a\"", "\"a\""));
  assert_true(etag_matches("\"x\" , W/\"y\",\"a\"", "\"a\""));
  assert_true(etag_matches("*", "\"a\""));
}

static void test_others_do_not_match(void **state) {
  (void)state;
  assert_false(etag_matches(NULL, "\"a\""));
  assert_false(etag_matches("", "\"a\""));
  assert_false(etag_matches("\"ab\"", "\"a\""));
  assert_false(etag_matches("a", "\"a\""));
  assert_false(etag_matches("\"a", "\"a\""));
  assert_false(etag_matches("w/\"a\"", "\"a\""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_tag_is_strong_and_of_the_bytes),
      cmocka_unit_test(test_matching_is_weak),
      cmocka_unit_test(test_others_do_not_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
