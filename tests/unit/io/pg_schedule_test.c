// SPDX-License-Identifier: Apache-2.0
#include "pg_write_fixture.h"

static void nothing_to_write(void **state) {
  (void)state;
  struct store_commit commit = {0};
  assert_int_equal(written(pg_write_schedules, &commit, PG_WRITE_SCHEDULES), 0);
  assert_int_equal(written(pg_write_started_slots, &commit, PG_INSERT_STARTED_SLOTS), 0);
  assert_int_equal(written(pg_write_skipped_slots, &commit, PG_INSERT_SKIPPED_SLOTS), 0);
}

static void every_row_has_all_columns(void **state) {
  (void)state;
  struct store_schedule schedules[] = {{.schedule_no = 1, .home = 1, .text = "every 5s", .anchor = 1, .decided = 2, .has_run = true},
                                       {.schedule_no = 2, .home = 1, .previous = 7, .decided = 7}};
  struct store_slot slots[] = {{.schedule_no = 1, .workflow = "n/a", .slot_at = 5, .until = 5, .count = 1, .has_trigger = true},
                               {.schedule_no = 1, .workflow = "n/a", .slot_at = 6, .until = 9, .count = 3, .reason = "late"},
                               {.schedule_no = 2, .workflow = "n/b", .slot_at = 6, .until = 6, .count = 1, .has_trigger = true}};
  struct store_commit commit = {.schedules = schedules, .schedule_count = 2, .slots = slots, .slot_count = 3};
  assert_int_equal(written(pg_write_schedules, &commit, PG_WRITE_SCHEDULES), 2);
  assert_int_equal(parameters.values[8].data[7], 2); // how many must be there
  assert_int_equal(written(pg_write_started_slots, &commit, PG_INSERT_STARTED_SLOTS), 2);
  assert_int_equal(parameters.values[8].data[7], 2);
  assert_int_equal(written(pg_write_skipped_slots, &commit, PG_INSERT_SKIPPED_SLOTS), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(nothing_to_write, clear),
      cmocka_unit_test_teardown(every_row_has_all_columns, clear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
