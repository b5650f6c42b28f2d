// SPDX-License-Identifier: Apache-2.0
// Inputs to decisions: what cannot be decoded, and what is loaded first.
#include <string.h>

#include "fake_world.h"

static void test_what_cannot_be_decoded_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_trigger(fake, "{\"id\":");
  fake_record(fake, FAKE_COMMANDS, 0, "{\"kind\":\"cancel\"}");
  fake_record(fake, FAKE_RESULTS, 0, "{\"result\":{}}");
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 3);
  for (int home = 1; home <= 3; home++) assert_int_equal(fake_batch(fake, home)->next_offset, 1);
}

static void test_and_its_neighbours_are_taken(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_trigger(fake, "{}");
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_int_equal(fake->quarantine.items[0].offset, 1);
  assert_int_equal(fake->db.runs.count, 2);
}

static void test_an_empty_record_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  job_on_record(fake->job, &(struct record){.topic = "triggers", .partition = 0, .offset = 0});
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_int_equal(fake_batch(fake, 1)->next_offset, 1);
}

static void test_a_run_is_asked_for_once(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.cached_run_bytes = 1;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_complete(fake, &fake->messages.items[0]);
  fake_command(fake, "cancel", 0);
  assert_int_equal(fake_until(fake, STORE_LOAD)->load.run_count, 1);
}

static void test_what_is_in_memory_is_not_asked_for(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  int loads = fake->asks[STORE_LOAD];
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads);
}

static void test_a_sign_of_life_loads_nothing(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.cached_run_bytes = 1;
  fake_start(fake);
  fake_start_run(fake, "beat", "a");
  fake_settle(fake);
  int loads = fake->asks[STORE_LOAD];
  fake_heartbeat(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads);
}

static void test_what_is_missing_is_asked_for_once(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  struct fake_message message = fake->messages.items[0];
  message.run_id = uuid_with_recipient(&message.run_id, 5);
  int loads = fake->asks[STORE_LOAD];
  fake_complete(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads + 1);
}

static void test_claims_and_tombstones_find_their_own_work(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "b");
  fake_settle(fake);
  fake_start_run(fake, "done", "b");
  fake_settle(fake); // claims come first now
  for (int i = 0; i < 3; i++)
    fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"%c\",\"type\":\"t\",\"workflow\":\"test/done\",\"cancellationKey\":\"k%d\"}", 'a' + i, i));
  const struct store_load *load = &fake_until(fake, STORE_LOAD)->load;
  assert_int_equal(load->claim_count, 3);
  assert_int_equal(load->tombstone_count, 3);
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 3); // b, a and c
  assert_int_equal(fake->duplicates.count, 2);
  assert_string_equal(fake->duplicates.items[1].id, "b");
}

static void test_a_load_that_fails_is_asked_again(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.cached_run_bytes = 1;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_until(fake, STORE_LOAD);
  fake_refuse(fake, 0, STORE_DOWN);
  fake_advance(fake, USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_folding_gives_the_run_as_it_was(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  const char *damage;
  assert_null(intake_fold(fake->job->lanes[0], &(struct store_loaded_run){.found = false}, &damage));
  assert_null(damage);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  const struct wf_run *kept = run_cache_find(fake->job->lanes[0]->runs, fake_run_id(fake, 0));
  struct wf_run *folded = sim_db_fold(fake->db.runs.items[0]);
  assert_int_equal(folded->last_seq, kept->last_seq);
  assert_int_equal(folded->status, kept->status);
  assert_int_equal(folded->waiting_for, kept->waiting_for);
  wf_run_free(folded);
}

// ---- how much one batch writes --------------------------------------------------

static void bound_bytes(struct fake_world *fake, size_t bytes) { fake->job->config.bounds.batch_bytes = bytes; }

// Runs that each make more out of nothing than a batch may write.
static void start_large(struct fake_world *fake, size_t runs) {
  char large[2001];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  fake_define(fake, "large", "1.0.0", arena_printf(fake->arena, "do: [{nap: {wait: {hours: 1}}}, {note: {set: {a: %s}}}]\n", large));
  fake->config.bounds.batch_bytes = 3000;
  fake->config.timer_horizon = 2 * USEC_PER_HOUR;
  fake_start(fake);
  for (size_t i = 0; i < runs; i++) {
    fake_start_run(fake, "large", arena_printf(fake->arena, "%zu", i));
    fake_settle(fake);
  }
}

static void test_due_timers_of_large_runs_are_spread(void **state) {
  struct fake_world *fake = *state;
  start_large(fake, 7);
  fake->now += 2 * USEC_PER_HOUR;
  job_on_timer(fake->job);
  assert_in_range(fake_until(fake, STORE_COMMIT)->commit.run_count, 1, 2);
  fake_settle(fake);
  for (size_t i = 0; i < 7; i++) assert_false(fake_is_open(fake, i));
  assert_int_equal(fake_stats(fake).timers_fired, 7);
}

static void test_one_larger_than_the_bound_passes_alone(void **state) {
  struct fake_world *fake = *state;
  start_large(fake, 3);
  bound_bytes(fake, 10);
  fake->now += 2 * USEC_PER_HOUR;
  job_on_timer(fake->job);
  assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.run_count, 1);
  fake_settle(fake);
  for (size_t i = 0; i < 3; i++) assert_false(fake_is_open(fake, i));
}

// What is put off keeps its place: offsets move only over what was taken in.
static void test_records_left_keep_their_order(void **state) {
  struct fake_world *fake = *state;
  char large[4001];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  fake_define(fake, "big", "1.0.0", arena_printf(fake->arena, "do: [{note: {set: {a: %s}}}]\n", large));
  fake_start(fake);
  fake_start_run(fake, "done", "under way");
  fake_until(fake, STORE_COMMIT);
  for (int i = 0; i < 4; i++) fake_start_run(fake, "big", arena_printf(fake->arena, "%d", i));
  bound_bytes(fake, 3500); // the records fit, what they start does not
  fake_answer(fake, 0);
  int64_t next = 1;
  for (int i = 0; i < 4; i++) {
    const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
    assert_int_equal(commit->trigger_count, 1);
    for (size_t f = 0; f < commit->fence_count; f++)
      if (commit->fences[f].home == 1) assert_int_equal(commit->fences[f].next_offset, ++next);
    fake_answer(fake, 0);
  }
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 5);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_what_cannot_be_decoded_is_set_aside),
      CASE(test_and_its_neighbours_are_taken),
      CASE(test_an_empty_record_is_set_aside),
      CASE(test_a_run_is_asked_for_once),
      CASE(test_what_is_in_memory_is_not_asked_for),
      CASE(test_a_sign_of_life_loads_nothing),
      CASE(test_what_is_missing_is_asked_for_once),
      CASE(test_claims_and_tombstones_find_their_own_work),
      CASE(test_a_load_that_fails_is_asked_again),
      CASE(test_folding_gives_the_run_as_it_was),
      CASE(test_due_timers_of_large_runs_are_spread),
      CASE(test_one_larger_than_the_bound_passes_alone),
      CASE(test_records_left_keep_their_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
