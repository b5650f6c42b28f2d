// SPDX-License-Identifier: Apache-2.0
#include "pg_read_fixture.h"

static void no_rows_are_empty_lists(void **state) {
  (void)state;
  PGresult *none = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  pg_read_takeover(none, arena, &reply);
  pg_read_packed(none, arena, &reply);
  assert_int_equal(reply.takeover.home_count + reply.takeover.packed_count, 0);
  pg_read_timers(none, 1, arena, &reply);
  assert_int_equal(reply.scan.timer_count, 0);
  pg_read_inbox(none, arena, &reply);
  assert_int_equal(reply.commit.inbox_count, 0);
  pg_read_definitions(none, arena, &reply);
  assert_int_equal(reply.definitions.definition_count, 0);
  PQclear(none);
}

static void a_table_without_definitions_has_a_generation(void **state) {
  (void)state;
  Oid types[] = {PG_INT8, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT};
  PGresult *result = result_of(types, 7);
  SET(result, 0, 0, "\0\0\0\0\0\0\0\11");
  for (int column = 1; column < 7; column++) set(result, 0, column, NULL, -1);
  pg_read_definitions(result, arena, &reply);
  assert_int_equal(reply.definitions.generation, 9);
  assert_int_equal(reply.definitions.definition_count, 0);
  PQclear(result);
}

static void timers_know_their_home(void **state) {
  (void)state;
  Oid types[] = {PG_TIMESTAMPTZ, PG_UUID, PG_INT4};
  PGresult *result = result_of(types, 3);
  SET(result, 0, 0, "\0\0\0\0\0\0\0\5");
  SET(result, 0, 1, "0123456789abcdef");
  SET(result, 0, 2, "\0\0\0\2");
  pg_read_timers(result, 12, arena, &reply);
  assert_int_equal(reply.scan.timer_count, 1);
  assert_int_equal(reply.scan.timers[0].home, 12);
  assert_true(reply.scan.timers[0].due_at == PG_EPOCH + 5);
  assert_int_equal(reply.scan.timers[0].timer_no, 2);
  PQclear(result);
}

static void claims_go_to_their_place(void **state) {
  (void)state;
  struct store_load load = {.claim_count = 3};
  Oid types[] = {PG_INT4, PG_UUID};
  PGresult *result = result_of(types, 2);
  SET(result, 0, 0, "\0\0\0\2");
  SET(result, 0, 1, "0123456789abcdef");
  pg_read_load_begin(&load, arena, &reply);
  pg_read_claims(result, &reply);
  assert_false(reply.load.claims[0].taken);
  assert_true(reply.load.claims[1].taken);
  assert_false(reply.load.claims[2].taken);
  assert_memory_equal(reply.load.claims[1].trigger_id.bytes, "0123456789abcdef", 16);
  PQclear(result);
}

static PGresult *event_rows(void) {
  Oid types[] = {PG_INT4, PG_INT4, PG_INT4, PG_TIMESTAMPTZ, PG_INT4, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB};
  PGresult *result = result_of(types, 13);
  for (int row = 0; row < 3; row++) {
    const char ordinals[] = {1, 2, 2}, seqs[] = {1, 1, 2};
    set(result, row, 0, (char[]){0, 0, 0, ordinals[row]}, 4);
    set(result, row, 1, (char[]){0, 0, 0, seqs[row]}, 4);
    for (int column = 2; column < 13; column++) set(result, row, column, NULL, -1);
    SET(result, row, 3, "\0\0\0\0\0\0\0\1");
    SET(result, row, 6, "run.created");
    SET(result, row, 7, "ok");
  }
  SET(result, 2, 7, "error");
  SET(result, 2, 12, "\1{\"a\":1}");
  return result;
}

static void events_go_to_their_run(void **state) {
  (void)state;
  struct uuid ids[2] = {0};
  struct store_load load = {.runs = ids, .run_count = 2};
  pg_read_load_begin(&load, arena, &reply);
  reply.load.runs[1].found = true; // the first has no row, so its events mean nothing
  PGresult *result = event_rows();
  assert_int_equal(pg_read_events(result, &load, arena, &reply), 0);
  PQclear(result);
  assert_int_equal(reply.load.runs[0].event_count, 0);
  assert_int_equal(reply.load.runs[1].event_count, 2);
  const struct wf_event *events = reply.load.runs[1].events;
  assert_int_equal(events[0].type, WF_RUN_CREATED);
  assert_int_equal(jv_get_kind(events[0].data), JV_KIND_OBJECT);
  assert_int_equal(events[1].seq, 2);
  assert_int_equal(events[1].level, WF_LEVEL_ERROR);
  assert_true(jv_equal(jv_copy(events[1].data), jv_parse("{\"a\":1}")));
  pg_read_discard(&load, &reply, true);
}

// Somebody else wrote the run between the two statements of a load.
static void events_that_do_not_follow_their_snapshot_are_told(void **state) {
  (void)state;
  struct uuid ids[2] = {0};
  struct store_load load = {.runs = ids, .run_count = 2};
  for (int32_t seq = 0; seq < 3; seq++) {
    pg_read_load_begin(&load, arena, &reply);
    reply.load.runs[1].found = true;
    reply.load.runs[1].snapshot = wf_run_new(&(struct wf_identity){.workflow = NULL});
    reply.load.runs[1].snapshot->last_seq = seq;
    PGresult *result = event_rows();
    assert_int_equal(pg_read_events(result, &load, arena, &reply), seq == 0 ? 0 : -WF_EINVAL);
    PQclear(result);
    pg_read_discard(&load, &reply, false);
  }
}

static PGresult *run_row(const char *state) {
  Oid types[] = {PG_INT4, PG_UUID, PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, PG_JSON, PG_UUID, PG_INT4, PG_INT4, PG_JSON};
  PGresult *result = result_of(types, 18);
  for (int column = 0; column < 18; column++) set(result, 0, column, NULL, -1);
  SET(result, 0, 0, "\0\0\0\1");
  SET(result, 0, 1, "0123456789abcdef");
  SET(result, 0, 2, "\0\0\0\3");
  SET(result, 0, 3, "sales/follow-up");
  if (!state) return result;
  SET(result, 0, 16, "\0\0\0\100");
  set(result, 0, 17, state, (int)strlen(state));
  return result;
}

#define STATE(format, seq) "{\"format\":" format ",\"run\":{\"last_seq\":" seq "},\"steps\":[],\"actions\":[],\"scopes\":[],\"visits\":[],\"values\":[]}"

static void a_snapshot_is_used_when_it_can_be(void **state) {
  (void)state;
  static const struct {
    const char *state;
    int code;
    bool used;
  } rows[] = {{NULL, 0, false}, {STATE("1", "64"), 0, true}, {STATE("0", "64"), -WF_EINVAL, false}, {STATE("1", "63"), -WF_EINVAL, true}, {"{", -WF_EINVAL, false}};
  struct uuid id = {{7}};
  struct store_load load = {.runs = &id, .run_count = 1};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    pg_read_load_begin(&load, arena, &reply);
    PGresult *result = run_row(rows[i].state);
    assert_int_equal(pg_read_runs(result, &load, arena, &reply), rows[i].code);
    PQclear(result);
    const struct store_loaded_run *run = &reply.load.runs[0];
    assert_true(run->found);
    assert_int_equal(run->snapshot != NULL, rows[i].used);
    if (run->snapshot) assert_string_equal(run->snapshot->identity.workflow, "sales/follow-up");
    pg_read_discard(&load, &reply, false);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(no_rows_are_empty_lists, setup, teardown),
      cmocka_unit_test_setup_teardown(a_table_without_definitions_has_a_generation, setup, teardown),
      cmocka_unit_test_setup_teardown(timers_know_their_home, setup, teardown),
      cmocka_unit_test_setup_teardown(claims_go_to_their_place, setup, teardown),
      cmocka_unit_test_setup_teardown(events_go_to_their_run, setup, teardown),
      cmocka_unit_test_setup_teardown(events_that_do_not_follow_their_snapshot_are_told, setup, teardown),
      cmocka_unit_test_setup_teardown(a_snapshot_is_used_when_it_can_be, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
