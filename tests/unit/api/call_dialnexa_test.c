// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "api/call.h"

static struct arena *arena;

static int setup(void **state) {
  (void)state;
  arena = arena_new();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  arena_free(arena);
  return 0;
}

static struct call call;
static struct refusal refusal;

static int make(call_make *of, const char *query_text, const char *one, const char *two, bool is_operator) {
  struct query query;
  assert_int_equal(query_parse(text_of(query_text), arena, &query), 0);
  const struct call_input input = {arena, {one, two}, &query, is_operator, "0123456789ab"};
  return of(&input, &call, &refusal);
}

static void test_both_parts_are_passed_on(void **state) {
  (void)state;
  assert_int_equal(make(call_dialnexa, "", "n/w", "+49", false), 0);
  assert_int_equal(call.statement, STATEMENT_DIALNEXA);
  assert_string_equal(call.values[0], "n/w");
  assert_string_equal(call.values[1], "+49");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_both_parts_are_passed_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
