// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config_fixture.h"

static void test_rows_are_found_by_their_whole_name(void **state) {
  (void)state;
  assert_ptr_equal(config_row_find(&small_schema, "box.count"), &small_rows[3]);
  assert_null(config_row_find(&small_schema, "count"));
  assert_null(config_row_find(&small_schema, "box"));
}

static void test_keys_and_sections(void **state) {
  (void)state;
  assert_string_equal(config_row_key(&small_rows[0]), "wait");
  assert_string_equal(config_row_key(&small_rows[4]), "size");
  assert_true(config_row_in(&small_rows[0], ""));
  assert_true(config_row_in(&small_rows[4], "items[]"));
  assert_false(config_row_in(&small_rows[1], ""));
  assert_false(config_row_in(&small_rows[1], "bo"));
}

static void test_plain_rows_stand_in_the_struct(void **state) {
  (void)state;
  const struct config_row property = {.name = "kafka.a.b", .type = CONFIG_PROPERTY};
  assert_true(config_row_is_plain(&small_rows[0]));
  assert_false(config_row_is_plain(&small_rows[4]));
  assert_false(config_row_is_plain(&property));
}

static void test_defaults_are_stored(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  struct small small = {0};
  config_schema_defaults(&small_schema, &small, arena);
  assert_int_equal(small.wait, 5 * USEC_PER_SEC);
  assert_string_equal(small.box.name, "");
  assert_int_equal(small.box.count, 3);
  arena_free(arena);
}

static void test_diff_names_what_a_reload_may_not_change(void **state) {
  (void)state;
  const struct small a = {1, {"x", "", 3}}, b = {2, {"y", "z", 4}};
  const char *names[2] = {0};
  assert_int_equal(config_schema_diff(&small_schema, &a, &b, names, 1), 2);
  assert_string_equal(names[0], "box.name");
  assert_null(names[1]);
  assert_int_equal(config_schema_diff(&small_schema, &a, &a, NULL, 0), 0);
}

static void test_keep_takes_fixed_values_over(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  const struct small old = {1, {"x", "", 3}};
  struct small new = {2, {"y", "z", 4}};
  config_schema_keep(&small_schema, &new, &old, arena);
  assert_int_equal(new.wait, 2);
  assert_string_equal(new.box.secret_file, "z");
  assert_string_equal(new.box.name, "x");
  assert_int_equal(new.box.count, 3);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_are_found_by_their_whole_name),
      cmocka_unit_test(test_keys_and_sections),
      cmocka_unit_test(test_plain_rows_stand_in_the_struct),
      cmocka_unit_test(test_defaults_are_stored),
      cmocka_unit_test(test_diff_names_what_a_reload_may_not_change),
      cmocka_unit_test(test_keep_takes_fixed_values_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
