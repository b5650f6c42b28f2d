// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dev/table.h"

static void assert_text(const char *text, const char *expected) {
  char *shown = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&shown, &size);
  table_put_text(text, out);
  fclose(out);
  assert_string_equal(shown, expected);
  free(shown);
}

static void test_text_stays_as_it_is(void **state) {
  (void)state;
  assert_text("", "");
  assert_text("Zoë “7” ∞", "Zoë “7” ∞");
}

static void test_breaks_are_blanks(void **state) {
  (void)state;
  assert_text("a\nb\tc\r\nd", "a b c  d");
}

static void test_a_terminal_is_not_steered(void **state) {
  (void)state;
  assert_text("\x1b[2Jx\x07\x7f", "?[2Jx??");
  assert_text("a\xc2\x9b" "2Jb", "a?2Jb");    // CSI as one character
  assert_text("\xc2\xa0\xc3\x9b", "\xc2\xa0\xc3\x9b"); // what only looks like it
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text_stays_as_it_is),
      cmocka_unit_test(test_breaks_are_blanks),
      cmocka_unit_test(test_a_terminal_is_not_steered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
