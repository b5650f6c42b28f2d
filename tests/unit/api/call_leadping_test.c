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

static void test_operators_see_more(void **state) {
  (void)state;
  assert_int_equal(make(call_leadping, "any=thing", "lead 1", NULL, true), 0);
  assert_string_equal(call.values[0], "lead 1");
  assert_string_equal(call.values[1], "true");
  assert_int_equal(make(call_leadping, "", "lead 1", NULL, false), 0);
  assert_string_equal(call.values[1], "false");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_operators_see_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
