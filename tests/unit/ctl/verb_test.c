// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ctl/verb.h"

static void test_every_verb_is_found_by_its_name(void **state) {
  (void)state;
  for (size_t i = 0; i < verb_count; i++) assert_ptr_equal(verb_find(verb_table[i].name), &verb_table[i]);
}

static void test_unknown_verb(void **state) {
  (void)state;
  assert_null(verb_find("no-such-verb"));
  assert_null(verb_find(""));
}

static void test_every_verb_says_its_arguments(void **state) {
  (void)state;
  for (size_t i = 0; i < verb_count; i++) {
    assert_non_null(verb_table[i].arguments);
    assert_non_null(verb_table[i].run);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_verb_is_found_by_its_name),
      cmocka_unit_test(test_unknown_verb),
      cmocka_unit_test(test_every_verb_says_its_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
