// SPDX-License-Identifier: Apache-2.0
// Commits that are refused: what somebody else has changed, and what cannot be stored.
#include "fake_world.h"

#include <string.h>

#include "engine/member.h"

#include "base/log.h"

static void test_a_conflict_is_decided_anew_from_the_table(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_until(fake, STORE_COMMIT);
  int loads = fake->asks[STORE_LOAD];
  fake_refuse(fake, 0, STORE_CONFLICT);
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads + 1);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_stats(fake).redone, 1);
}

static struct uuid damaged; // a run whose row somebody deleted

static bool is_damaged(const struct store_commit *commit) {
  for (size_t i = 0; i < commit->run_count; i++)
    if (uuid_equal(&commit->runs[i]->identity.run_id, &damaged)) return true;
  return false;
}

static void test_rows_that_were_changed_stop_only_their_run(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  for (int i = 0; i < 5; i++) fake_start_run(fake, "one", arena_printf(fake->arena, "t%d", i));
  fake_settle(fake);
  damaged = *fake_run_id(fake, 2);
  fake->refuses = is_damaged;
  fake->refusal = STORE_CONFLICT;
  for (size_t i = 0; i < 5; i++) fake_complete(fake, &fake->messages.items[i]);
  fake_settle(fake);
  for (size_t i = 0; i < 5; i++) assert_int_equal(fake_is_open(fake, i), i == 2);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "rows_damaged");
}

static void test_its_timers_are_passed_over(void **state) {
  struct fake_world *fake = *state;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_start_run(fake, "nap", "b");
  fake_settle(fake);
  damaged = *fake_run_id(fake, 0);
  fake->refuses = is_damaged;
  fake->refusal = STORE_CONFLICT;
  fake_advance(fake, 3 * USEC_PER_HOUR);
  assert_true(fake_is_open(fake, 0));
  assert_false(fake_is_open(fake, 1));
  fake->refuses = NULL;
  fake_start_run(fake, "done", "c"); // the lane goes on
  fake_settle(fake);
  assert_false(fake_is_open(fake, 2));
}

static void test_an_answer_of_a_call_is_passed_over(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "fetch", "a");
  fake_settle(fake);
  damaged = *fake_run_id(fake, 0);
  fake->refuses = is_damaged;
  fake->refusal = STORE_CONFLICT;
  fake_answer_call(fake, 0);
  fake_settle(fake);
  fake_start_run(fake, "done", "b"); // the lane goes on
  fake_settle(fake);
  assert_true(fake_is_open(fake, 0));
  assert_false(fake_is_open(fake, 1));
}

static void test_conflicts_without_end_slow_down(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  for (int i = 0; i < 5; i++) {
    fake_until(fake, STORE_COMMIT);
    fake_refuse(fake, 0, STORE_REDO);
  }
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 0);
  assert_true(fake->wake_at > fake->now);
  fake_advance(fake, 10 * USEC_PER_SEC);
  assert_int_equal(fake->db.runs.count, 1);
}

static bool holds_poison(const struct store_commit *commit) {
  for (size_t i = 0; i < commit->trigger_count; i++)
    if (text_equal(commit->triggers[i].event->id, TEXT("poison"))) return true;
  return false;
}

static bool is_slow(const struct store_commit *commit) { return commit->trigger_count > 1; }

static void say_slow(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  (void)fake;
  if (request->kind == STORE_COMMIT && reply->status == STORE_DOWN) memcpy(reply->error.sqlstate, "57014", sizeof reply->error.sqlstate);
}

static void test_what_takes_too_long_is_taken_in_parts(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->refuses = is_slow;
  fake->refusal = STORE_DOWN;
  fake->edit = say_slow;
  for (int i = 0; i < 4; i++) fake_start_run(fake, "done", arena_printf(fake->arena, "t%d", i));
  fake_advance(fake, USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 4);
  assert_int_equal(fake->quarantine.count, 0);
}

static void test_one_that_takes_too_long_alone_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->refuses = holds_poison;
  fake->refusal = STORE_DOWN;
  fake->edit = say_slow;
  fake_start_run(fake, "done", "poison");
  fake_start_run(fake, "done", "good");
  int before = fake->asks[STORE_COMMIT];
  fake_advance(fake, 5 * USEC_PER_MIN);
  assert_int_equal(fake->db.runs.count, 1);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "too_slow");
  assert_in_range(fake->asks[STORE_COMMIT] - before, 7, 10); // together, five times alone, aside, the other
}

static usec_t slow_until;

static void slow_load(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  if (request->kind != STORE_LOAD || fake->now > slow_until) return;
  sim_db_discard(reply, request);
  *reply = (struct store_reply){.status = STORE_DOWN};
  memcpy(reply->error.sqlstate, "57014", sizeof reply->error.sqlstate);
}

// A run whose events cannot be read in time: its timer is passed over, and the lane goes on.
static void test_a_run_that_loads_too_slowly_holds_nothing(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "nap", "a");
  fake_settle(fake);
  fake_crash(fake);
  fake_start(fake);
  slow_until = USEC_NEVER;
  fake->edit = slow_load;
  fake_advance(fake, 2 * USEC_PER_HOUR);
  assert_true(fake_is_open(fake, 0));
  fake_start_run(fake, "done", "b");
  fake_advance(fake, USEC_PER_SEC);
  assert_false(fake_is_open(fake, 1));
}

static void test_bisection_finds_the_one_record(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->refuses = holds_poison;
  for (int i = 0; i < 20; i++) fake_start_run(fake, "done", i == 13 ? "poison" : arena_printf(fake->arena, "t%d", i));
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 19);
  assert_int_equal(fake->quarantine.count, 1);
  assert_int_equal(fake->quarantine.items[0].offset, 13);
  assert_string_equal(fake->quarantine.items[0].code, "not_storable");
  assert_non_null(strstr(fake->quarantine.items[0].text, "XX000"));
  assert_int_equal(fake_batch(fake, 1)->next_offset, 20);
}

static void test_bisection_keeps_the_order_of_records(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->refuses = holds_poison;
  for (int i = 0; i < 9; i++) fake_start_run(fake, "done", i == 0 ? "poison" : arena_printf(fake->arena, "t%d", i));
  fake_settle(fake);
  for (size_t i = 0; i < fake->db.triggers.count; i++) assert_string_equal(fake->db.triggers.items[i]->event_id, arena_printf(fake->arena, "t%zu", i + 1));
}

static void test_the_batch_grows_again_afterwards(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->refuses = holds_poison;
  fake_start_run(fake, "done", "poison");
  fake_settle(fake);
  for (int i = 0; i < 10; i++) {
    fake_start_run(fake, "done", arena_printf(fake->arena, "t%d", i));
    fake_settle(fake);
  }
  assert_int_equal(fake->job->lanes[0]->batch_limit, fake->config.bounds.batch_inputs);
}

static bool refuses_everything(const struct store_commit *commit) { return commit->fence_count > 0; }

static void test_when_even_setting_aside_is_refused_it_waits(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->refuses = refuses_everything;
  fake_start_run(fake, "done", "a");
  fake_settle(fake);
  assert_true(fake->wake_at >= fake->now + USEC_PER_SEC);
  assert_int_equal(fake->quarantine.count, 0);
  assert_int_equal(fake->job->lanes[0]->taken_count, 1); // never dropped
  fake->refuses = NULL;
  fake_advance(fake, 2 * USEC_PER_SEC);
  assert_int_equal(fake->quarantine.count, 1);
}

static bool refuses_results(const struct store_commit *commit) {
  for (size_t i = 0; i < commit->event_count; i++)
    if (commit->events[i].event->type == WF_ACTION_COMPLETED) return true;
  return false;
}

static void test_an_answer_that_cannot_be_stored_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake->refuses = refuses_results;
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_true(fake_is_open(fake, 0)); // its deadline ends it
  fake_advance(fake, 61 * USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_a_call_whose_answer_cannot_be_stored_has_failed(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "fetch", "a");
  fake_settle(fake);
  fake->refuses = refuses_results;
  fake_answer_call(fake, 0);
  fake_settle(fake);
  struct wf_run *run = sim_db_fold(fake->db.runs.items[0]);
  assert_int_equal(run->status, WF_FAULTED);
  assert_true(wf_member_is(run->error, "title", "What the call gave cannot be stored"));
  assert_true(wf_member_number(run->error, "status", 0) == 500);
  wf_run_free(run);
  assert_int_equal(fake->quarantine.count, 0);
}

static void remember(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)message;
  const char **tenant = context;
  for (; fields && fields->name; fields++)
    if (strcmp(fields->name, "TENANT") == 0) *tenant = strcmp(fields->value, "acme") ? "another" : "acme";
}

static void test_what_is_set_aside_is_told_with_its_tenant_once_it_is_in(void **state) {
  struct fake_world *fake = *state;
  const char *tenant = NULL;
  fake_start(fake);
  log_set_sink(remember, (void *)&tenant);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/none\",\"tenant\":\"acme\"}");
  fake_until(fake, STORE_COMMIT);
  assert_null(tenant);
  fake_answer(fake, 0);
  assert_non_null(tenant);
  assert_string_equal(tenant, "acme");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

static void test_a_record_that_another_instance_took_meanwhile_is_fenced(void **state) {
  struct fake_world *fake = *state;
  struct store_reply reply;
  fake_start(fake);
  const char *value = "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/one\"}";
  job_on_record(fake->job, &(struct record){.topic = "triggers", .timestamp = fake_clock(fake), .value = value, .value_size = strlen(value)});
  sim_db_execute(&fake->db, fake_until(fake, STORE_COMMIT), fake_clock(fake), &reply); // as by the other
  assert_int_equal(reply.status, STORE_OK);
  fake_refuse(fake, 0, STORE_DOWN);
  run_cache_add(fake->job->lanes[0]->runs, sim_db_fold(fake->db.runs.items[0])); // as for an answer
  fake_advance(fake, USEC_PER_SEC);
  assert_int_equal(fake_stats(fake).fenced, 1);
  assert_int_equal(fake->db.runs.count, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_record_that_another_instance_took_meanwhile_is_fenced),
      CASE(test_a_conflict_is_decided_anew_from_the_table),
      CASE(test_rows_that_were_changed_stop_only_their_run),
      CASE(test_its_timers_are_passed_over),
      CASE(test_an_answer_of_a_call_is_passed_over),
      CASE(test_conflicts_without_end_slow_down),
      CASE(test_what_takes_too_long_is_taken_in_parts),
      CASE(test_one_that_takes_too_long_alone_is_set_aside),
      CASE(test_a_run_that_loads_too_slowly_holds_nothing),
      CASE(test_bisection_finds_the_one_record),
      CASE(test_bisection_keeps_the_order_of_records),
      CASE(test_the_batch_grows_again_afterwards),
      CASE(test_when_even_setting_aside_is_refused_it_waits),
      CASE(test_an_answer_that_cannot_be_stored_is_set_aside),
      CASE(test_a_call_whose_answer_cannot_be_stored_has_failed),
      CASE(test_what_is_set_aside_is_told_with_its_tenant_once_it_is_in),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
