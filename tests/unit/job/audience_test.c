// SPDX-License-Identifier: Apache-2.0
#include "job/audience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/registry.h"

static const struct registry_entry ENTRIES[] = {{.definition_id = 1}, {.definition_id = 2}, {.definition_id = 3}};
static struct arena *arena;

static int setup(void **state) {
  *state = audience_new();
  arena = arena_new();
  return 0;
}

static int teardown(void **state) {
  audience_free(*state);
  arena_free(arena);
  return 0;
}

// Their ids as digits.
static int started(const struct audience *audience, const char *type) {
  const struct registry_entry **entries;
  size_t count = audience_started(audience, text_of(type), arena, &entries);
  int ids = 0;
  for (size_t i = 0; i < count; i++) ids = 10 * ids + entries[i]->definition_id;
  return ids;
}

static void nobody_hears_at_first(void **state) {
  assert_false(audience_may_hear(*state, TEXT("a")));
  assert_int_equal(started(*state, "a"), 0);
}

static void a_type_is_heard_exactly(void **state) {
  audience_hears(*state, "t.a");
  assert_true(audience_may_hear(*state, TEXT("t.a")));
  assert_false(audience_may_hear(*state, TEXT("t.b")));
  assert_false(audience_may_hear(*state, TEXT("t.a.more")));
}

static void any_type_is_every_type(void **state) {
  audience_starts(*state, NULL, &ENTRIES[0]);
  assert_false(audience_may_hear(*state, TEXT("t.a")));
  audience_hears(*state, NULL);
  assert_true(audience_may_hear(*state, TEXT("t.a")));
}

static void who_starts_is_in_order_and_once(void **state) {
  audience_starts(*state, "a", &ENTRIES[0]);
  audience_starts(*state, "b", &ENTRIES[0]);
  audience_starts(*state, "a", &ENTRIES[0]);
  audience_starts(*state, NULL, &ENTRIES[1]);
  audience_starts(*state, "a", &ENTRIES[1]);
  audience_starts(*state, "a", &ENTRIES[2]);
  assert_int_equal(started(*state, "a"), 123);
  assert_int_equal(started(*state, "b"), 12);
  assert_int_equal(started(*state, "c"), 2);
}

static void starts_are_forgotten_and_not_what_is_heard(void **state) {
  audience_hears(*state, "a");
  audience_starts(*state, "a", &ENTRIES[0]);
  audience_forget_starts(*state);
  assert_int_equal(started(*state, "a"), 0);
  assert_true(audience_may_hear(*state, TEXT("a")));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(nobody_hears_at_first), CASE(a_type_is_heard_exactly), CASE(any_type_is_every_type),
      CASE(who_starts_is_in_order_and_once), CASE(starts_are_forgotten_and_not_what_is_heard),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
