// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_migrate.h"
#include "io/pg_script.h"

// Migrating itself is tested on a real server: tests/sql/test_migrate.py.

static void migrations_are_numbered_from_one(void **state) {
  (void)state;
  assert_true(pg_migrate_wanted() >= 1);
  for (size_t i = 0; i < pg_script_migrations_count; i++) {
    assert_int_equal(strtoul(pg_script_migrations[i].name, NULL, 10), i + 1);
    assert_int_equal(strcspn(pg_script_migrations[i].name, "'\\"), strlen(pg_script_migrations[i].name));
  }
}

static void scripts_are_whole_texts(void **state) {
  (void)state;
  assert_true(pg_script_bootstrap_count == 1 && pg_script_reapplied_count > 1);
  for (size_t i = 0; i < pg_script_migrations_count; i++) {
    const char *text = pg_script_migrations[i].text;
    assert_memory_equal(text, "-- What:", 8);
    assert_int_equal(text[strlen(text) - 1], '\n');
  }
  for (size_t i = 0; i < pg_script_reapplied_count; i++) assert_memory_equal(pg_script_reapplied[i].text, "-- ", 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(migrations_are_numbered_from_one),
      cmocka_unit_test(scripts_are_whole_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
