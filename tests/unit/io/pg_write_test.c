// SPDX-License-Identifier: Apache-2.0
#include "pg_write_fixture.h"

static int reset(void **state) {
  (void)state;
  pg_parameters_reset(&parameters);
  return 0;
}

static pg_writer *writer_of(enum pg_statement statement) {
  for (size_t i = 0; i < pg_write_step_count; i++)
    if (pg_write_steps[i].statement == statement) return pg_write_steps[i].write;
  fail();
  return NULL;
}

static size_t write(enum pg_statement statement, const struct store_commit *commit) {
  return written(writer_of(statement), commit, statement);
}

static bool holds(int parameter, const char *bytes, size_t size) {
  const struct buf *buf = &parameters.values[parameter];
  return buf->size && memmem(buf->data, buf->size, bytes, size);
}
#define HOLDS(parameter, literal) holds(parameter, literal, sizeof(literal) - 1)

static void the_fence_comes_first_and_each_table_once(void **state) {
  (void)state;
  assert_int_equal(pg_write_steps[0].statement, PG_FENCE);
  for (size_t i = 0; i < pg_write_step_count; i++)
    for (size_t j = 0; j < i; j++) assert_int_not_equal(pg_write_steps[i].statement, pg_write_steps[j].statement);
}

static void an_empty_commit_writes_nothing(void **state) {
  (void)state;
  struct store_commit commit = {0};
  for (size_t i = 0; i < pg_write_step_count; i++) {
    assert_int_equal(pg_write_steps[i].write(&commit, &parameters), 0);
    pg_parameters_reset(&parameters);
  }
}

static void a_fence_has_all_its_values(void **state) {
  (void)state;
  int64_t acks[] = {1, 20, 2, 31};
  struct store_fence fence = {.home = 3, .epoch = 7, .batch_no = 9, .timer_low = PG_EPOCH + 5, .inbox_acks = acks, .inbox_ack_count = 2, .requests = TEXT("packed")};
  struct store_commit commit = {.fences = &fence, .fence_count = 1, .definition_generation = 4};
  assert_int_equal(write(PG_FENCE, &commit), 1);
  assert_true(HOLDS(10, "\0\0\0\13{1,20,2,31}"));
  assert_true(HOLDS(11, "packed"));
  assert_true(parameters.nulls[13]); // nothing is due
}

static void a_trigger_has_its_event(void **state) {
  (void)state;
  struct trigger_event event = {.id = TEXT("e1"), .type = TEXT("lead.created"), .source_kind = SOURCE_SCHEDULE, .actor = {.id = TEXT("u1")}, .data = TEXT("{ }")};
  struct store_trigger trigger = {.event = &event, .home = 1, .topic = "t", .workflow = "n/w", .workflow_version = "1.0.0", .tenant = TEXT("acme")};
  struct store_commit commit = {.triggers = &trigger, .trigger_count = 1};
  assert_int_equal(write(PG_INSERT_TRIGGERS, &commit), 1);
  assert_true(HOLDS(9, "e1"));
  assert_true(HOLDS(11, "schedule"));
  assert_true(HOLDS(22, "\1\"u1\""));
  assert_true(parameters.nulls[23]);       // no settings
  assert_true(HOLDS(24, "\0\0\0\3{ }"));       // as received
  pg_parameters_reset(&parameters);
  assert_int_equal(write(PG_CLAIM, &commit), 1);
}

static void a_trigger_has_the_settings_that_were_given(void **state) {
  (void)state;
  static const struct {
    struct trigger_settings settings;
    const char *text;
  } cases[] = {{{.sandbox = true}, "\1{\"sandbox\":true}"},
               {{.skip_delays = true}, "\1{\"skip_delays\":true}"},
               {{.results = TEXT("{ }")}, "\1{\"results\":{ }}"},
               {{true, true, TEXT("{}")}, "\1{\"sandbox\":true,\"skip_delays\":true,\"results\":{}}"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct trigger_event event = {.id = TEXT("e1"), .settings = cases[i].settings};
    struct store_trigger trigger = {.event = &event, .home = 1, .topic = "t", .workflow = "n/w", .workflow_version = "1.0.0"};
    struct store_commit commit = {.triggers = &trigger, .trigger_count = 1};
    pg_parameters_reset(&parameters);
    assert_int_equal(write(PG_INSERT_TRIGGERS, &commit), 1);
    assert_true(holds(23, cases[i].text, strlen(cases[i].text)));
    assert_false(parameters.nulls[23]);
  }
}

static void an_event_about_the_run_has_no_step(void **state) {
  (void)state;
  struct wf_event event = {.type = WF_RUN_CREATED, .seq = 1, .level = WF_LEVEL_ERROR, .at = PG_EPOCH + 1, .data = jv_object()};
  struct store_event row = {.event = &event};
  struct store_commit commit = {.events = &row, .event_count = 1};
  assert_int_equal(write(PG_INSERT_EVENTS, &commit), 1);
  assert_true(HOLDS(2, "\377\377\377\377"));
  assert_true(HOLDS(6, "run.created"));
  assert_true(HOLDS(7, "error"));
  assert_true(HOLDS(12, "\377\377\377\377")); // an empty object is nothing
  jv_free(event.data);
}

static void refused_text_is_made_clean(void **state) {
  (void)state;
  struct message_header header = {"h", "\x01\xff", 2};
  struct record record = {.topic = "t", .headers = &header, .header_count = 1};
  struct store_quarantine row = {.record = &record, .refusal = {.code = "bad_utf8", .text = "byte \xff here"}, .tenant = {"a\0b", 3}};
  struct store_commit commit = {.quarantine = &row, .quarantine_count = 1};
  assert_int_equal(write(PG_INSERT_QUARANTINE, &commit), 1);
  assert_true(HOLDS(5, "byte \xef\xbf\xbd here"));
  assert_true(HOLDS(6, "\0\0\0\3a?b"));
  assert_true(HOLDS(9, "\377\377\377\377")); // no value
  assert_true(HOLDS(10, "\"01ff\""));
}

static void instants_of_ids_and_timers_are_named(void **state) {
  (void)state;
  struct store_timer timer = {.due_at = PG_EPOCH + 0x0102030405060708};
  struct store_commit commit = {.timers = &timer, .timer_count = 1};
  pg_write_instants(&commit, &parameters);
  assert_int_equal(parameters.count, pg_statements[PG_ENSURE_PARTITIONS].parameter_count);
  assert_true(HOLDS(1, "\1\2\3\4\5\6\7\10"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(the_fence_comes_first_and_each_table_once, reset),
      cmocka_unit_test_setup(an_empty_commit_writes_nothing, reset),
      cmocka_unit_test_setup(a_fence_has_all_its_values, reset),
      cmocka_unit_test_setup(a_trigger_has_its_event, reset),
      cmocka_unit_test_setup(a_trigger_has_the_settings_that_were_given, reset),
      cmocka_unit_test_setup(an_event_about_the_run_has_no_step, reset),
      cmocka_unit_test_setup(refused_text_is_made_clean, reset),
      cmocka_unit_test_setup(instants_of_ids_and_timers_are_named, reset),
  };
  return cmocka_run_group_tests(tests, NULL, clear);
}
