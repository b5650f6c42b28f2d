// SPDX-License-Identifier: Apache-2.0
#include "pg_write_fixture.h"

static void an_empty_commit_writes_nothing(void **state) {
  (void)state;
  struct store_commit commit = {0};
  assert_int_equal(written(pg_write_applied, &commit, PG_APPLY_COMMANDS), 0);
  assert_int_equal(written(pg_write_tombstones, &commit, PG_INSERT_TOMBSTONES), 0);
  assert_int_equal(written(pg_write_key_commands, &commit, PG_COMMAND_KEYS), 0);
  assert_int_equal(written(pg_write_new_fanouts, &commit, PG_INSERT_FANOUTS), 0);
  assert_int_equal(written(pg_write_moved_fanouts, &commit, PG_MOVE_FANOUTS), 0);
}

static void every_row_has_all_columns(void **state) {
  (void)state;
  struct store_applied applied[] = {{1, 1, 2, 3, "applied"}, {2, 1, 2, 0, "no such run"}};
  struct store_tombstone tombstone = {.home = 1, .cancel_time = 5, .expires_at = 6, .key = TEXT("k")};
  struct store_key_command command = {.key = TEXT("k")};
  struct store_commit commit = {.applied = applied, .applied_count = 2, .tombstones = &tombstone, .tombstone_count = 1, .key_commands = &command, .key_command_count = 1};
  assert_int_equal(written(pg_write_applied, &commit, PG_APPLY_COMMANDS), 2);
  assert_int_equal(parameters.values[5].data[7], 2); // how many must be there
  assert_int_equal(written(pg_write_tombstones, &commit, PG_INSERT_TOMBSTONES), 1);
  assert_int_equal(written(pg_write_key_commands, &commit, PG_COMMAND_KEYS), 1);
}

static void fanouts_begin_or_move(void **state) {
  (void)state;
  struct record record = {.topic = "triggers", .value = "{}", .value_size = 2};
  struct store_fanout fanouts[] = {{.is_new = true, .total = 5, .record = &record},
                                   {.is_new = true, .cursor = 5, .total = 5, .record = &record}, // done when it begins: no row
                                   {.previous_cursor = 5, .cursor = 6, .total = 7},
                                   {.previous_cursor = 5, .cursor = 7, .total = 7}};
  struct store_commit commit = {.fanouts = fanouts, .fanout_count = 4};
  assert_int_equal(written(pg_write_new_fanouts, &commit, PG_INSERT_FANOUTS), 1);
  assert_int_equal(written(pg_write_moved_fanouts, &commit, PG_MOVE_FANOUTS), 2);
  const struct buf *done = &parameters.values[3];
  assert_int_equal(done->data[done->size - 1], 1);
  assert_int_equal(done->data[done->size - 6], 0);
}

static void keys_are_put_for_their_statements(void **state) {
  (void)state;
  struct recipient_ref recipient = {.id = TEXT("lead-1")};
  struct store_key keys[] = {{.home = 1, .key = TEXT("k")}, {.home = 1, .key = TEXT("k"), .recipients = &recipient, .recipient_count = 1}};
  struct store_load load = {.tombstones = keys, .tombstone_count = 2, .matches = keys, .match_count = 2, .match_limit = 9};
  pg_parameters_reset(&parameters);
  pg_write_tombstone_keys(&load, &parameters);
  assert_int_equal(parameters.count, pg_statements[PG_FIND_TOMBSTONES].parameter_count);
  pg_parameters_reset(&parameters);
  pg_write_match_keys(&load, &parameters);
  assert_int_equal(parameters.count, pg_statements[PG_FIND_MATCHES].parameter_count);
  const struct buf *recipients = &parameters.values[4];
  static const char expected[] = "\xff\xff\xff\xff\0\0\0\x0b\1[\"lead-1\"]";
  assert_memory_equal(recipients->data + recipients->size - (sizeof expected - 1), expected, sizeof expected - 1);
  assert_int_equal(parameters.values[5].data[3], 9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(an_empty_commit_writes_nothing, clear),
      cmocka_unit_test_teardown(every_row_has_all_columns, clear),
      cmocka_unit_test_teardown(fanouts_begin_or_move, clear),
      cmocka_unit_test_teardown(keys_are_put_for_their_statements, clear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
