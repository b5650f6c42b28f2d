// SPDX-License-Identifier: Apache-2.0
// What cannot be used where it came, and comes again.
#include "fake_world.h"

#include <string.h>

#include "base/buf.h"
#include "job/put_off.h"

static const char *hidden; // a workflow that this instance does not know

static void hide(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  if (request->kind != STORE_DEFINITIONS || !hidden) return;
  struct store_definitions_reply *table = &reply->definitions;
  struct store_definition *kept = arena_alloc(fake->arena, table->definition_count * sizeof *kept);
  size_t count = 0;
  for (size_t i = 0; i < table->definition_count; i++)
    if (strcmp(table->definitions[i].name, hidden) != 0) kept[count++] = table->definitions[i];
  table->definitions = kept;
  table->definition_count = count;
}

static void restart(struct fake_world *fake, const char *without) {
  hidden = without;
  fake->edit = hide;
  fake_crash(fake);
  fake_start(fake);
}

static void event(struct fake_world *fake, const char *id, const char *type) {
  fake_record(fake, FAKE_TRIGGERS, 0, arena_printf(fake->arena, "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"s\",\"type\":\"%s\"}", id, type));
  fake_settle(fake);
}

static const struct sim_inbox *last(const struct fake_world *fake) { return &fake->db.inbox.items[fake->db.inbox.count - 1]; }

// A run listens, its event is handed to it, and this instance does not know its workflow.
static void unheard(struct fake_world *fake) {
  fake_define(fake, "known", "1.0.0", "do: [{hear: {listen: {to: {one: {with: {type: t.wanted}}}}}}]\n");
  fake_start(fake);
  fake_start_run(fake, "hear", "a");
  fake_settle(fake);
  restart(fake, "hear");
  event(fake, "1", "t.wanted");
}

static void test_an_event_waits_for_its_definition(void **state) {
  struct fake_world *fake = *state;
  unheard(fake);
  assert_int_equal(fake->quarantine.count, 0);
  assert_true(fake_is_open(fake, 0));
  assert_int_equal(fake->db.inbox.count, 2);
  assert_int_equal(last(fake)->src_home, STORE_PUT_OFF_SOURCE + 1);
  hidden = NULL;
  fake_define(fake, "another", "1.0.0", "do: [{note: {set: {a: 1}}}]\n"); // the table is read anew
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), 1);
}

static void test_the_pauses_grow_up_to_a_bound(void **state) {
  struct fake_world *fake = *state;
  unheard(fake);
  fake_advance(fake, 29 * USEC_PER_SEC);
  assert_int_equal(fake->db.inbox.count, 2);
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake->db.inbox.count, 3);
  assert_int_equal(last(fake)->src_home, STORE_PUT_OFF_SOURCE + STORE_PUT_OFF_STEP + 1);
  fake_advance(fake, 3 * USEC_PER_HOUR);
  assert_in_range(fake->db.inbox.count, 9, 11); // 2 + 8 minutes, then every 32
  assert_int_equal(last(fake)->src_home, STORE_PUT_OFF_SOURCE + 3 * STORE_PUT_OFF_STEP + 1);
  assert_true(fake_is_open(fake, 0));
}

static void test_another_owner_tries_at_once(void **state) {
  struct fake_world *fake = *state;
  unheard(fake);
  restart(fake, NULL);
  assert_false(fake_is_open(fake, 0));
  restart(fake, NULL);
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), 1); // taken once
}

static void test_a_start_waits_for_its_definition(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "both", "1.0.0", "schedule: {on: {all: [{with: {type: t.one}}, {with: {type: t.two}}]}}\ndo: [{note: {set: {a: 1}}}]\n");
  fake_start(fake);
  event(fake, "1", "t.one");
  fake_record(fake, FAKE_TRIGGERS, 0, "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"s\",\"type\":\"t.two\"}");
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0); // both are there; the start is not taken
  restart(fake, "both");
  assert_int_equal(fake->db.runs.count, 0);
  assert_int_equal(fake->quarantine.count, 0);
  restart(fake, NULL);
  assert_int_equal(fake->db.runs.count, 1);
}

// What is judged is read anew: only which gathering it is waits.
static void test_a_condition_waits_for_its_definition(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "twos", "1.0.0", "schedule: {on: {any: [{with: {type: t.x}}], until: length == 2}}\ndo: [{a: {set: {x: 1}}}]\n");
  fake_start(fake);
  event(fake, "1", "t.x");
  fake_record(fake, FAKE_TRIGGERS, 0, "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"s\",\"type\":\"t.x\"}");
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0); // a home is asked; nothing is judged
  restart(fake, "twos");
  assert_int_equal(last(fake)->src_home, STORE_PUT_OFF_SOURCE + 1);
  assert_string_equal(last(fake)->kind, "judge");
  assert_string_equal(last(fake)->payload, "{\"gathering\":1}");
  assert_int_equal(fake->quarantine.count, 0);
  restart(fake, NULL);
  assert_int_equal(fake->db.runs.count, 1);
}

static usec_t pause(const struct fake_world *fake) { return queue_delayed_next(&fake->job->lanes[0]->queue) - fake->now; }

// Of six events two have room at a time.
static void crowd(struct fake_world *fake) {
  fake_define(fake, "each", "1.0.0", "do: [{hear: {listen: {to: {any: [{with: {type: t.wanted}}], until: '${ false }'}}, foreach: {do: [{a: {call: act}}]}}}]\n");
  fake->config.bounds.run.value_bytes_max = 100;
  fake_start(fake);
  fake_start_run(fake, "each", "a");
  fake_settle(fake);
  for (int i = 0; i < 6; i++) {
    fake_record(fake, FAKE_TRIGGERS, 0, arena_printf(fake->arena, "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"s\",\"type\":\"t.wanted\",\"data\":\"0123456789012345678901234567890123456789\"}", i));
    fake_settle(fake);
  }
}

// Events come faster than they are dealt with: those without room wait, and none is lost.
static void test_events_wait_for_room(void **state) {
  struct fake_world *fake = *state;
  crowd(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), 2);
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_REJECTED), 0);
  assert_int_equal(fake->messages.count, 1);
  for (size_t i = 0; i < 6; i++) {
    fake_complete(fake, &fake->messages.items[i]);
    fake_settle(fake); // as soon as none is left, the next come
    assert_int_equal(fake_count_events(fake, 0, WF_EVENT_HANDLED), i + 1);
  }
  assert_int_equal(fake_count_events(fake, 0, WF_EVENT_MATCHED), 6);
  assert_int_equal(fake->quarantine.count, 0);
}

static void test_events_without_room_are_tried_each_half_minute(void **state) {
  struct fake_world *fake = *state;
  crowd(fake);
  for (int i = 0; i < 2; i++) {
    assert_in_range(pause(fake), 1, 30 * USEC_PER_SEC);
    fake_advance(fake, pause(fake));
  }
}

// The run leaves memory, and its definition with the process; the call is made again.
static void unusable_answer(struct fake_world *fake) {
  fake_start(fake);
  fake_start_run(fake, "fetch", "a");
  fake_settle(fake);
  restart(fake, "fetch");
  fake_answer_call(fake, 1);
  fake_settle(fake);
}

static void test_an_answer_waits_for_its_definition(void **state) {
  struct fake_world *fake = *state;
  unusable_answer(fake);
  assert_true(fake_is_open(fake, 0));
  hidden = NULL;
  fake_define(fake, "another", "1.0.0", "do: [{note: {set: {a: 1}}}]\n");
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
  assert_non_null(strstr(fake_events(fake, 0), "run.completed"));
}

static void test_the_pauses_of_an_answer_grow(void **state) {
  struct fake_world *fake = *state;
  unusable_answer(fake);
  for (usec_t wanted = 30 * USEC_PER_SEC; wanted <= 8 * USEC_PER_MIN; wanted *= 4) {
    assert_in_range(pause(fake), wanted - USEC_PER_SEC, wanted);
    fake_advance(fake, pause(fake));
  }
}

// What is over the bound is passed over: the deadline ends it, as if no answer had come.
static void test_so_many_answers_wait(void **state) {
  struct fake_world *fake = *state;
  struct buf trigger = {0};
  fake->config.bounds.undelivered_messages = 2 * PUT_OFF_ANSWERS_MAX; // which bounds calls as well
  buf_puts(&trigger, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/fetch\",\"recipients\":[\"0\"");
  for (int i = 1; i <= PUT_OFF_ANSWERS_MAX; i++) buf_printf(&trigger, ",\"%d\"", i);
  buf_puts(&trigger, "]}");
  buf_put_u8(&trigger, 0);
  fake_start(fake);
  fake_trigger(fake, trigger.data);
  fake_settle(fake);
  buf_free(&trigger);
  size_t first = fake->calls.count;
  restart(fake, "fetch");
  assert_int_equal(fake->calls.count, first + PUT_OFF_ANSWERS_MAX + 1);
  for (size_t i = first; i < fake->calls.count; i++) fake_answer_call(fake, i);
  fake_settle(fake);
  assert_int_equal(queue_delayed_answers(&fake->job->lanes[0]->queue), PUT_OFF_ANSWERS_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_an_event_waits_for_its_definition, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_the_pauses_grow_up_to_a_bound, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_another_owner_tries_at_once, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_start_waits_for_its_definition, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_a_condition_waits_for_its_definition, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_events_wait_for_room, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_events_without_room_are_tried_each_half_minute, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_an_answer_waits_for_its_definition, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_the_pauses_of_an_answer_grow, fake_setup, fake_teardown),
      cmocka_unit_test_setup_teardown(test_so_many_answers_wait, fake_setup, fake_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
