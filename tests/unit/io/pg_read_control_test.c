// SPDX-License-Identifier: Apache-2.0
#include "pg_read_fixture.h"

static void no_rows_are_empty_lists(void **state) {
  (void)state;
  PGresult *none = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  pg_read_fanouts(none, arena, &reply);
  assert_int_equal(reply.takeover.fanout_count, 0);
  pg_read_commands(none, arena, &reply);
  assert_int_equal(reply.commit.command_count, 0);
  reply = (struct store_reply){0};
  pg_read_tombstones(none, arena, &reply);
  pg_read_matches(none, arena, &reply);
  assert_int_equal(reply.load.tombstone_count + reply.load.match_count, 0);
  PQclear(none);
}

static void commands_have_their_kind(void **state) {
  (void)state;
  static const Oid types[] = {PG_INT8, PG_INT2, PG_TEXT, PG_UUID, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ};
  static const struct {
    const char *name;
    enum wf_control kind;
  } kinds[] = {{"cancel", WF_CONTROL_CANCEL}, {"suspend", WF_CONTROL_SUSPEND}, {"resume", WF_CONTROL_RESUME}, {"retry", WF_CONTROL_RETRY}, {"wake", WF_CONTROL_WAKE}};
  PGresult *result = result_of(types, 11);
  for (int row = 0; row < 5; row++) {
    SET(result, row, 0, "\0\0\0\0\0\0\1\0");
    SET(result, row, 1, "\0\7");
    set(result, row, 2, kinds[row].name, (int)strlen(kinds[row].name));
    if (row) SET(result, row, 3, "0123456789abcdef");
    else SET(result, row, 6, "deal-7");
    SET(result, row, 10, "\0\0\0\0\0\0\0\1");
  }
  pg_read_commands(result, arena, &reply);
  PQclear(result);
  assert_int_equal(reply.commit.command_count, 5);
  for (int row = 0; row < 5; row++) assert_int_equal(reply.commit.commands[row].kind, kinds[row].kind);
  const struct store_command_row *first = &reply.commit.commands[0];
  assert_false(first->has_run_id);
  assert_true(text_equal(first->key, TEXT("deal-7")));
  assert_int_equal(first->command_id, 256);
  assert_int_equal(first->home, 7);
  assert_int_equal(first->time, PG_EPOCH + 1);
  assert_int_equal(first->recipient_count, 0);
  assert_null(first->tenant.data);
  assert_true(reply.commit.commands[1].has_run_id);
  assert_memory_equal(reply.commit.commands[1].run_id.bytes, "0123456789abcdef", 16);
}

static void fanouts_of_homes_not_taken_are_left_out(void **state) {
  (void)state;
  static const Oid types[] = {PG_INT2, PG_UUID, PG_INT4, PG_INT4, PG_TEXT, PG_INT4, PG_INT8, PG_TIMESTAMPTZ, PG_BYTEA, PG_BYTEA, PG_JSONB};
  struct store_home homes[] = {{.home = 1, .epoch = 4}, {.home = 2}};
  reply.takeover.homes = homes;
  reply.takeover.home_count = 2;
  PGresult *result = result_of(types, 11);
  for (int row = 0; row < 3; row++) {
    set(result, row, 0, row == 0 ? "\0\2" : row == 1 ? "\0\1" : "\0\3", 2);
    SET(result, row, 1, "0123456789abcdef");
    SET(result, row, 3, "\0\0\0\x14");
    SET(result, row, 4, "triggers");
  }
  pg_read_fanouts(result, arena, &reply);
  PQclear(result);
  assert_int_equal(reply.takeover.fanout_count, 1);
  assert_int_equal(reply.takeover.fanouts[0].home, 1);
  assert_int_equal(reply.takeover.fanouts[0].cursor, 20);
  assert_string_equal(reply.takeover.fanouts[0].record.topic, "triggers");
  assert_int_equal(reply.takeover.fanouts[0].record.header_count, 0);
}

static void keys_count_from_zero(void **state) {
  (void)state;
  static const Oid types[] = {PG_INT4, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT, PG_TEXT}, match_types[] = {PG_INT4, PG_UUID};
  PGresult *result = result_of(types, 5);
  SET(result, 0, 0, "\0\0\0\3");
  SET(result, 0, 1, "\0\0\0\0\0\0\0\1");
  SET(result, 0, 4, "lead-1");
  pg_read_tombstones(result, arena, &reply);
  PQclear(result);
  assert_int_equal(reply.load.tombstones[0].key, 2);
  assert_null(reply.load.tombstones[0].workflow.data);
  assert_true(text_equal(reply.load.tombstones[0].recipient.id, TEXT("lead-1")));
  result = result_of(match_types, 2);
  SET(result, 0, 0, "\0\0\0\1");
  SET(result, 0, 1, "0123456789abcdef");
  pg_read_matches(result, arena, &reply);
  PQclear(result);
  assert_int_equal(reply.load.match_count, 1);
  assert_int_equal(reply.load.matches[0].key, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(no_rows_are_empty_lists, setup, teardown),
      cmocka_unit_test_setup_teardown(commands_have_their_kind, setup, teardown),
      cmocka_unit_test_setup_teardown(fanouts_of_homes_not_taken_are_left_out, setup, teardown),
      cmocka_unit_test_setup_teardown(keys_count_from_zero, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
