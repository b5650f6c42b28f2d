// SPDX-License-Identifier: Apache-2.0
// Trigger events become triggers and runs.
#include "fake_world.h"

#include <string.h>

static void trigger(struct fake_world *fake, const char *id, const char *more) {
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"%s\",\"type\":\"t\",\"workflow\":\"test/done\"%s}", id, more));
}

static struct wf_run *fold(const struct fake_world *fake, size_t run) { return sim_db_fold(fake->db.runs.items[run]); }

// ---- recipients -------------------------------------------------------------

static void test_each_recipient_gets_a_run(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", ",\"recipients\":[\"x\",\"y\",\"z\"]");
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_int_equal(fake->db.runs.count, 3);
  const char *wanted[] = {"x", "y", "z"};
  for (size_t i = 0; i < 3; i++) {
    struct wf_run *run = fold(fake, i);
    assert_string_equal(run->recipient.id, wanted[i]);
    assert_int_equal(uuid_recipient(&run->identity.run_id), i + 1);
    wf_run_free(run);
  }
}

static void test_without_recipients_there_is_one_run(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", "");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 1);
  struct wf_run *run = fold(fake, 0);
  assert_null(run->recipient.id);
  wf_run_free(run);
}

static void test_the_same_recipient_twice_is_one_run(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", ",\"recipients\":[\"x\",\"y\",\"x\"]");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 2);
  assert_int_equal(fake->db.triggers.items[0]->recipient_count, 2);
}

static void test_the_collection_tells_recipients_apart(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", ",\"recipients\":[\"x\",{\"collection\":\"leads\",\"id\":\"x\"},{\"collection\":\"users\",\"id\":\"x\"},{\"collection\":\"leads\",\"id\":\"x\"}]");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 3);
}

static void test_input_is_the_triggers_data_and_the_recipients_own(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "copy", "1.0.0", "do: [{a: {set: '${ . }'}}]\n");
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/copy\",\"data\":{\"a\":1,\"b\":1},\"recipients\":[{\"id\":\"x\",\"data\":{\"b\":2}}]}");
  fake_settle(fake);
  struct wf_run *run = fold(fake, 0);
  jv output = jv_dump_string(jv_copy(run->output), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(output), "{\"a\":1,\"b\":2}");
  jv_free(output);
  wf_run_free(run);
}

static void expect_metadata(struct fake_world *fake, const char *more, const char *expression, const char *wanted) {
  fake_define(fake, "tell", "1.0.0", arena_printf(fake->arena, "do: [{a: {set: {said: '${ $runtime.metadata.%s }'}}}]\n", expression));
  fake_start(fake);
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/tell\"%s}", more));
  fake_settle(fake);
  struct wf_run *run = fold(fake, 0);
  jv said = jv_dump_string(jv_object_get(jv_copy(run->output), jv_string("said")), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(said), wanted);
  jv_free(said);
  wf_run_free(run);
}

static void test_expressions_see_who_acted(void **state) {
  expect_metadata(*state, ",\"actor\":{\"collection\":\"users\",\"id\":\"u-7\"}", "actor", "{\"collection\":\"users\",\"id\":\"u-7\"}");
}

static void test_an_actor_without_a_collection_is_a_text(void **state) {
  expect_metadata(*state, ",\"actor\":{\"id\":\"u-7\"}", "actor", "\"u-7\"");
}

static void test_without_an_actor_there_is_null(void **state) { expect_metadata(*state, "", "actor", "null"); }

static void test_expressions_see_the_tenant(void **state) { expect_metadata(*state, ",\"tenant\":\"acme\"", "tenant", "\"acme\""); }

// ---- names ------------------------------------------------------------------

static void test_an_unknown_workflow_is_set_aside_with_the_names(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/onee\"}");
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "unknown_workflow");
  assert_string_equal(fake->quarantine.items[0].id, "a");
  assert_non_null(strstr(fake->quarantine.items[0].text, "test/onee"));
  assert_non_null(strstr(fake->quarantine.items[0].text, "test/one@1.0.0"));
  assert_int_equal(fake_batch(fake, 1)->next_offset, 1);
}

static void test_an_unknown_version_too(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/one\",\"workflowVersion\":\"9.0.0\"}");
  fake_settle(fake);
  assert_string_equal(fake->quarantine.items[0].code, "unknown_workflow");
  assert_string_equal(fake->quarantine.items[0].text, "no active version \"9.0.0\" of workflow test/one; there are: 1.0.0");
}

static void test_what_does_not_load_is_set_aside_and_the_others_serve(void **state) {
  struct fake_world *fake = *state;
  fake_define(fake, "bad", "1.0.0", "do: [{a: {sett: {b: 1}}}]\n");
  fake_start(fake);
  fake_trigger(fake, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/bad\"}");
  trigger(fake, "b", "");
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "definition_unavailable");
  assert_int_equal(fake->db.runs.count, 1);
}

// ---- repeated ids -----------------------------------------------------------

static void test_a_repeat_in_one_batch_names_the_first(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", "");
  trigger(fake, "a", "");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 1);
  assert_int_equal(fake->duplicates.count, 1);
  assert_true(uuid_equal(&fake->duplicates.items[0].first_trigger_id, &fake->db.triggers.items[0]->trigger_id));
  assert_string_equal(fake->duplicates.items[0].workflow, "test/done");
  assert_int_equal(fake_stats(fake).redone, 0); // no round trip for it
}

static void test_a_repeat_in_a_later_batch_is_claimed_first(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", "");
  fake_settle(fake);
  trigger(fake, "a", "");
  fake_until(fake, STORE_COMMIT); // optimistically
  fake_answer(fake, 0);
  const struct store_load *load = &fake_until(fake, STORE_LOAD)->load;
  assert_int_equal(load->claim_count, 1);
  assert_true(text_equal(load->claims[0].id, TEXT("a")));
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 1);
  assert_int_equal(fake->duplicates.count, 1);
  assert_true(uuid_equal(&fake->duplicates.items[0].first_trigger_id, &fake->db.triggers.items[0]->trigger_id));
  assert_int_equal(fake_batch(fake, 1)->next_offset, 2);
}

static void test_for_a_while_claims_come_first(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", "");
  fake_settle(fake);
  trigger(fake, "a", "");
  fake_settle(fake);
  int redone = (int)fake_stats(fake).redone, loads = fake->asks[STORE_LOAD];
  trigger(fake, "a", "");
  trigger(fake, "b", "");
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).redone, redone);
  assert_int_equal(fake->asks[STORE_LOAD], loads + 1);
  assert_int_equal(fake->duplicates.count, 2);
  assert_int_equal(fake->db.triggers.count, 2);
  fake_advance(fake, fake->config.claim_first + USEC_PER_SEC);
  loads = fake->asks[STORE_LOAD];
  trigger(fake, "c", "");
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads);
}

static void test_another_workflow_is_no_repeat(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "done", "a");
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 2);
  assert_int_equal(fake->duplicates.count, 0);
}

static void test_another_tenant_is_no_repeat(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  trigger(fake, "a", ",\"tenant\":\"t1\"");
  trigger(fake, "a", ",\"tenant\":\"t2\"");
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->trigger_count, 2);
  assert_int_equal(commit->duplicate_count, 0);
}

// ---- cancelled before it came -----------------------------------------------

static usec_t cancelled_at;
static struct text cancelled_workflow;
static struct recipient_ref cancelled_recipient;

static void holds_tombstone(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  if (request->kind != STORE_LOAD || !request->load.tombstone_count) return;
  struct store_loaded_tombstone *row = arena_alloc0(fake->arena, sizeof *row);
  *row = (struct store_loaded_tombstone){0, cancelled_at, cancelled_workflow, cancelled_recipient};
  reply->load.tombstones = row;
  reply->load.tombstone_count = 1;
}

static const char *keyed_at(struct fake_world *fake, usec_t time) {
  return arena_printf(fake->arena, ",\"cancellationKey\":\"k\",\"timeUs\":\"%lld\",\"recipients\":[\"x\",\"y\"]", (long long)time);
}

static void start_with_tombstone(struct fake_world *fake, struct text workflow, struct recipient_ref recipient) {
  fake_start(fake);
  fake->edit = holds_tombstone;
  cancelled_at = fake_clock(fake);
  cancelled_workflow = workflow;
  cancelled_recipient = recipient;
}

static const struct text any = {NULL, 0};
static const struct recipient_ref anyone = {{NULL, 0}, {NULL, 0}};

static void test_what_was_cancelled_is_born_cancelled(void **state) {
  struct fake_world *fake = *state;
  start_with_tombstone(fake, any, anyone);
  trigger(fake, "a", keyed_at(fake, cancelled_at - USEC_PER_MIN));
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 2);
  assert_string_equal(fake_events(fake, 0), "run.created run.cancelled");
  assert_string_equal(fake_events(fake, 1), "run.created run.cancelled");
}

static void test_a_rightful_new_trigger_lives(void **state) {
  struct fake_world *fake = *state;
  start_with_tombstone(fake, any, anyone);
  trigger(fake, "a", keyed_at(fake, cancelled_at + USEC_PER_MIN));
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_COMPLETED), 1);
}

static void test_clocks_may_differ_a_little(void **state) {
  struct fake_world *fake = *state;
  start_with_tombstone(fake, any, anyone);
  trigger(fake, "a", keyed_at(fake, cancelled_at + 5 * USEC_PER_SEC));
  trigger(fake, "b", keyed_at(fake, cancelled_at + 5 * USEC_PER_SEC + 1));
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_CANCELLED), 1);
  assert_int_equal(fake_count_events(fake, 2, WF_RUN_CANCELLED), 0);
}

static void test_a_cancel_of_another_workflow_holds_not(void **state) {
  struct fake_world *fake = *state;
  start_with_tombstone(fake, TEXT("test/one"), anyone);
  trigger(fake, "a", keyed_at(fake, cancelled_at - USEC_PER_MIN));
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_CANCELLED), 0);
}

static void test_a_cancel_of_one_recipient_holds_for_that_one(void **state) {
  struct fake_world *fake = *state;
  start_with_tombstone(fake, TEXT("test/done"), (struct recipient_ref){{NULL, 0}, TEXT("y")});
  trigger(fake, "a", keyed_at(fake, cancelled_at - USEC_PER_MIN));
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_CANCELLED), 0);
  assert_int_equal(fake_count_events(fake, 1, WF_RUN_CANCELLED), 1);
}

static void test_without_a_key_nothing_is_asked(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  int loads = fake->asks[STORE_LOAD];
  trigger(fake, "a", "");
  fake_settle(fake);
  assert_int_equal(fake->asks[STORE_LOAD], loads);
}

// ---- many recipients --------------------------------------------------------

static void start_with_pieces_of_two(struct fake_world *fake) {
  fake->config.bounds.recipients_per_batch = 2;
  fake_start(fake);
}

#define FIVE ",\"recipients\":[\"1\",\"2\",\"3\",\"4\",\"5\"]"

static void test_acceptance_of_many_makes_no_run_yet(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", FIVE);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->trigger_count, 1);
  assert_int_equal(commit->run_count, 0);
  assert_int_equal(commit->fanout_count, 1);
  assert_true(commit->fanouts[0].is_new);
  assert_int_equal(commit->fanouts[0].total, 5);
  assert_int_equal(commit->fences[0].next_offset, 1); // accepted
}

static void test_pieces_follow_by_the_cursor(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", FIVE);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  for (int32_t cursor = 0; cursor < 5; cursor += 2) {
    const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
    assert_int_equal(commit->fanouts[0].previous_cursor, cursor);
    assert_int_equal(commit->fanouts[0].cursor, cursor + 2 < 5 ? cursor + 2 : 5);
    assert_int_equal(commit->run_count, cursor + 2 < 5 ? 2 : 1);
    fake_answer(fake, 0);
  }
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 5);
  assert_int_equal(fake->job->lanes[0]->fanout_count, 0);
}

static void test_repeats_count_once_over_all_pieces(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", ",\"recipients\":[\"1\",\"2\",\"3\",\"1\",\"2\",\"4\"]");
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 4);
}

static void test_other_input_goes_between_pieces(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", FIVE);
  fake_until(fake, STORE_COMMIT);
  trigger(fake, "b", "");
  fake_answer(fake, 0);
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  assert_int_equal(commit->trigger_count, 1);
  assert_int_equal(commit->run_count, 3); // b's, and two of a's
}

static void test_fan_outs_take_turns(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", FIVE);
  trigger(fake, "b", FIVE);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  assert_int_equal(fake->db.fanouts.items[0].cursor, 2);
  assert_int_equal(fake->db.fanouts.items[1].cursor, 2);
}

static void test_at_the_bound_of_fan_outs_records_wait(void **state) {
  struct fake_world *fake = *state;
  fake->config.bounds.fanouts = 1;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", FIVE);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  trigger(fake, "b", "");
  assert_int_equal(fake_until(fake, STORE_COMMIT)->commit.trigger_count, 0);
  fake_settle(fake);
  assert_int_equal(fake->db.runs.count, 6);
}

static bool refuses_pieces(const struct store_commit *commit) {
  return commit->run_count > 0 && commit->fanout_count > 0;
}

static void test_a_piece_that_cannot_be_stored_ends_the_fan_out(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  fake->refuses = refuses_pieces;
  trigger(fake, "a", FIVE);
  trigger(fake, "b", "");
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "not_storable");
  assert_string_equal(fake->quarantine.items[0].id, "a");
  assert_int_equal(fake->job->lanes[0]->fanout_count, 0);
  assert_true(fake->db.fanouts.items[0].done);
  assert_int_equal(fake->db.runs.count, 1); // b's
}

static void test_pieces_obey_a_cancel_that_came_between(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  trigger(fake, "a", ",\"cancellationKey\":\"k\"" FIVE);
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  fake->edit = holds_tombstone;
  cancelled_at = fake_clock(fake);
  cancelled_workflow = any;
  cancelled_recipient = anyone;
  fake_settle(fake);
  int cancelled = 0;
  for (size_t i = 0; i < fake->db.runs.count; i++) cancelled += fake_count_events(fake, i, WF_RUN_CANCELLED);
  assert_int_equal(fake->db.runs.count, 5);
  assert_true(cancelled >= 3);
}

// A trigger without a time of its own is as old as its record, in every piece.
static void test_pieces_obey_a_cancel_however_late_their_turn(void **state) {
  struct fake_world *fake = *state;
  start_with_pieces_of_two(fake);
  const char *value = "{\"id\":\"a\",\"workflow\":\"test/done\",\"cancellationKey\":\"k\"" FIVE "}";
  job_on_record(fake->job, &(struct record){.topic = "triggers", .timestamp = fake_clock(fake), .value = value, .value_size = strlen(value)});
  fake_until(fake, STORE_COMMIT);
  fake_answer(fake, 0);
  fake->edit = holds_tombstone;
  cancelled_at = fake_clock(fake);
  cancelled_workflow = any;
  cancelled_recipient = anyone;
  fake_answer(fake, 0);
  fake_advance(fake, USEC_PER_MIN);
  fake_settle(fake);
  int cancelled = 0;
  for (size_t i = 0; i < fake->db.runs.count; i++) cancelled += fake_count_events(fake, i, WF_RUN_CANCELLED);
  assert_int_equal(fake->db.runs.count, 5);
  assert_true(cancelled >= 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

// A restored database that reads the same record again must make the same ids. What is far
// off is no instant to keep rows by.
static void test_ids_are_made_of_the_record(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  usec_t now = fake_clock(fake) / USEC_PER_MSEC * USEC_PER_MSEC;
  const usec_t stamps[] = {now - 6 * USEC_PER_DAY, now - 8 * USEC_PER_DAY, now + USEC_PER_MIN, now + USEC_PER_HOUR};
  for (int i = 0; i < 4; i++) {
    const char *value = arena_printf(fake->arena, "{\"id\":\"t%d\",\"workflow\":\"test/done\"}", i);
    job_on_record(fake->job, &(struct record){.topic = "triggers", .offset = i, .timestamp = stamps[i], .value = value, .value_size = strlen(value)});
  }
  fake_settle(fake);
  assert_int_equal(fake->db.triggers.count, 4);
  for (size_t i = 0; i < 4; i++) {
    usec_t at = uuid_time(&fake->db.triggers.items[i]->trigger_id);
    if (i == 0 || i == 2)
      assert_int_equal(at, stamps[i]);
    else
      assert_true(at >= now && at < now + USEC_PER_MIN);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_each_recipient_gets_a_run),
      CASE(test_without_recipients_there_is_one_run),
      CASE(test_the_same_recipient_twice_is_one_run),
      CASE(test_the_collection_tells_recipients_apart),
      CASE(test_input_is_the_triggers_data_and_the_recipients_own),
      CASE(test_expressions_see_who_acted),
      CASE(test_an_actor_without_a_collection_is_a_text),
      CASE(test_without_an_actor_there_is_null),
      CASE(test_expressions_see_the_tenant),
      CASE(test_an_unknown_workflow_is_set_aside_with_the_names),
      CASE(test_an_unknown_version_too),
      CASE(test_what_does_not_load_is_set_aside_and_the_others_serve),
      CASE(test_a_repeat_in_one_batch_names_the_first),
      CASE(test_a_repeat_in_a_later_batch_is_claimed_first),
      CASE(test_for_a_while_claims_come_first),
      CASE(test_another_workflow_is_no_repeat),
      CASE(test_another_tenant_is_no_repeat),
      CASE(test_what_was_cancelled_is_born_cancelled),
      CASE(test_a_rightful_new_trigger_lives),
      CASE(test_clocks_may_differ_a_little),
      CASE(test_ids_are_made_of_the_record),
      CASE(test_a_cancel_of_another_workflow_holds_not),
      CASE(test_a_cancel_of_one_recipient_holds_for_that_one),
      CASE(test_without_a_key_nothing_is_asked),
      CASE(test_acceptance_of_many_makes_no_run_yet),
      CASE(test_pieces_follow_by_the_cursor),
      CASE(test_repeats_count_once_over_all_pieces),
      CASE(test_other_input_goes_between_pieces),
      CASE(test_fan_outs_take_turns),
      CASE(test_at_the_bound_of_fan_outs_records_wait),
      CASE(test_a_piece_that_cannot_be_stored_ends_the_fan_out),
      CASE(test_pieces_obey_a_cancel_that_came_between),
      CASE(test_pieces_obey_a_cancel_however_late_their_turn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
