// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config.h"
#include "config_table.h"
#include "config_value.h"

static void test_names_are_unique(void **state) {
  (void)state;
  for (size_t i = 0; i < config_table.row_count; i++) assert_ptr_equal(config_row_find(&config_table, config_table.rows[i].name), &config_table.rows[i]);
}

static void test_unknown_name(void **state) {
  (void)state;
  assert_null(config_row_find(&config_table, "postgres"));
  assert_null(config_row_find(&config_table, "postgres.nope"));
}

static void test_every_row_is_in_a_section(void **state) {
  (void)state;
  for (size_t i = 0; i < config_table.row_count; i++) {
    int sections = 0;
    for (size_t j = 0; j < config_table.section_count; j++) sections += config_row_in(&config_table.rows[i], config_table.sections[j].name);
    assert_int_equal(sections, 1);
  }
}

static void test_every_row_has_help_that_ends_in_a_full_stop(void **state) {
  (void)state;
  for (size_t i = 0; i < config_table.row_count; i++) {
    const char *help = config_table.rows[i].help;
    assert_true(strlen(help) > 5);
    assert_int_equal(help[strlen(help) - 1], '.');
  }
}

static void test_no_two_rows_share_a_place(void **state) {
  (void)state;
  for (size_t i = 0; i < config_table.row_count; i++)
    for (size_t j = 0; j < i; j++) {
      const struct config_row *a = &config_table.rows[i], *b = &config_table.rows[j];
      if (a->type == CONFIG_PROPERTY || b->type == CONFIG_PROPERTY) continue;
      if (config_row_in(a, "functions[]") != config_row_in(b, "functions[]")) continue;
      assert_int_not_equal(a->offset, b->offset);
    }
}

static void test_defaults_are_within_their_bounds_and_shortest(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  for (size_t i = 0; i < config_table.row_count; i++) {
    const struct config_row *row = &config_table.rows[i];
    union {
      struct config config;
      struct config_function function;
    } to = {0};
    const char *problem;
    if (row->type == CONFIG_PROPERTY || !row->default_text) continue;
    assert_int_equal(config_value_parse(row, text_of(row->default_text), &to, arena, &problem), 0);
    assert_string_equal(config_value_format(row, &to, arena), row->default_text);
    if (row->check) assert_null(row->check(text_of(row->default_text)));
  }
  arena_free(arena);
}

static void test_key_is_the_part_behind_the_section(void **state) {
  (void)state;
  assert_string_equal(config_row_key(config_row_find(&config_table, "drain_timeout")), "drain_timeout");
  assert_string_equal(config_row_key(config_row_find(&config_table, "functions[].topic")), "topic");
  assert_string_equal(config_row_key(config_row_find(&config_table, "kafka.bootstrap.servers")), "bootstrap.servers");
}

static void test_kafka_names_that_are_not_free(void **state) {
  (void)state;
  assert_non_null(config_property_reserved("enable.auto.commit"));
  assert_null(config_property_reserved("security.protocol"));
  assert_true(config_property_secret("sasl.password"));
  assert_false(config_property_secret("sasl.username"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_are_unique),
      cmocka_unit_test(test_unknown_name),
      cmocka_unit_test(test_every_row_is_in_a_section),
      cmocka_unit_test(test_every_row_has_help_that_ends_in_a_full_stop),
      cmocka_unit_test(test_no_two_rows_share_a_place),
      cmocka_unit_test(test_defaults_are_within_their_bounds_and_shortest),
      cmocka_unit_test(test_key_is_the_part_behind_the_section),
      cmocka_unit_test(test_kafka_names_that_are_not_free),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
