// SPDX-License-Identifier: Apache-2.0
// Commands: by Kafka and by SQL, to one run and by cancellation key.
#include "fake_world.h"
#include "job/control.h"

#include <stdlib.h>
#include <string.h>

enum { CONTROL_PIECE_AND_MORE = CONTROL_PIECE + 99 };

static void start_one(struct fake_world *fake) {
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
}

static void order(struct fake_world *fake, enum wf_control kind, size_t run) {
  sim_db_command(&fake->db, kind, fake_run_id(fake, run), fake_clock(fake));
  job_on_notified(fake->job);
  fake_settle(fake);
}

static void order_by_key(struct fake_world *fake, const char *key) {
  fake_order_by_key(fake, 1, key);
  job_on_notified(fake->job);
}

static void keyed(struct fake_world *fake, const char *id, const char *recipients) {
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"%s\",\"type\":\"t\",\"workflow\":\"test/one\",\"cancellationKey\":\"k\",\"recipients\":[%s]}", id, recipients));
}

// ---- one run ----------------------------------------------------------------

static void test_a_cancel_ends_the_run_and_recalls_its_action(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_CANCELLED), 1);
  assert_int_equal(fake->messages.count, 2);
  const struct fake_message *request = &fake->messages.items[0], *recall = &fake->messages.items[1];
  assert_true(recall->is_cancel);
  assert_int_equal(recall->action_no, request->action_no);
  assert_string_equal(recall->key, request->key); // behind it, on the same partition
  assert_string_equal(recall->topic, request->topic);
}

static void test_a_cancelled_runs_deadline_is_forgotten(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  fake_command(fake, "cancel", 0);
  fake_settle(fake);
  assert_int_equal(fake_stats(fake).timers, 0);
}

static void test_a_suspended_run_asks_for_nothing_more(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "two", "a");
  fake_settle(fake);
  fake_command(fake, "suspend", 0);
  fake_settle(fake);
  fake_complete(fake, &fake->messages.items[0]);
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_REQUESTED), 1);
  fake_command(fake, "resume", 0);
  fake_settle(fake);
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_REQUESTED), 2);
}

static void test_a_command_to_a_run_that_never_was_is_set_aside(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  struct uuid none = uuid_with_recipient(fake_run_id(fake, 0), 77);
  char id[UUID_TEXT_SIZE];
  fake_record(fake, FAKE_COMMANDS, 0, arena_printf(fake->arena, "{\"kind\":\"cancel\",\"runId\":\"%s\"}", uuid_format(&none, id)));
  fake_settle(fake);
  assert_int_equal(fake->quarantine.count, 1);
  assert_string_equal(fake->quarantine.items[0].code, "unknown_run");
}

static void test_a_command_that_does_not_apply_changes_nothing(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  const char *before = fake_events(fake, 0);
  fake_command(fake, "resume", 0);
  fake_settle(fake);
  assert_string_equal(fake_events(fake, 0), before);
  assert_int_equal(fake->quarantine.count, 0);
  assert_int_equal(fake_batch(fake, 2)->next_offset, 1);
}

// ---- orders by SQL ----------------------------------------------------------

static void test_an_order_is_carried_out_and_leaves(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  order(fake, WF_CONTROL_CANCEL, 0);
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_CANCELLED), 1);
  assert_int_equal(fake->applied.count, 1);
  assert_int_equal(fake->applied.items[0].run_count, 1);
  assert_string_equal(fake->applied.items[0].result, "applied");
}

static void test_an_order_that_does_not_apply_says_why(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  order(fake, WF_CONTROL_CANCEL, 0);
  order(fake, WF_CONTROL_SUSPEND, 0);
  assert_int_equal(fake->applied.count, 2);
  assert_int_equal(fake->applied.items[1].run_count, 0);
  assert_non_null(strstr(fake->applied.items[1].result, "cancelled"));
}

static void test_an_order_to_no_run_says_so(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  struct uuid none = uuid_with_recipient(fake_run_id(fake, 0), 77);
  sim_db_command(&fake->db, WF_CONTROL_CANCEL, &none, fake_clock(fake));
  job_on_notified(fake->job);
  fake_settle(fake);
  assert_int_equal(fake->applied.items[0].run_count, 0);
  assert_string_equal(fake->applied.items[0].result, "there is no such run");
}

static bool refuses_cancels(const struct store_commit *commit) {
  for (size_t i = 0; i < commit->event_count; i++)
    if (commit->events[i].event->type == WF_RUN_CANCELLED) return true;
  return false;
}

static void test_an_order_that_cannot_be_stored_leaves_with_the_reason(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  fake->refuses = refuses_cancels;
  order(fake, WF_CONTROL_CANCEL, 0);
  assert_int_equal(fake->applied.count, 1);
  assert_non_null(strstr(fake->applied.items[0].result, "PostgreSQL refused it"));
  assert_true(fake_is_open(fake, 0));
}

// ---- by key -----------------------------------------------------------------

static void test_a_cancel_by_key_becomes_an_order_for_each_home(void **state) {
  struct fake_world *fake = *state;
  fake->partitions = 2;
  fake_start(fake);
  fake_record(fake, FAKE_COMMANDS, 0, "{\"kind\":\"cancel\",\"cancellation\":{\"cancellationKey\":\"k\"}}");
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  while (!commit->key_command_count) {
    fake_answer(fake, 0);
    commit = &fake_until(fake, STORE_COMMIT)->commit;
  }
  assert_true(text_equal(commit->key_commands[0].key, TEXT("k")));
  assert_true(commit->key_commands[0].time == fake_clock(fake)); // it said none
  fake_settle(fake);
  assert_int_equal(fake->applied.count, 2);
  assert_int_equal(fake->notified.count, 1);
  assert_int_equal(fake->notified.items[0], -1); // everyone
}

static const struct store_key_command *first_key_command(struct fake_world *fake) {
  const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
  while (!commit->key_command_count) {
    fake_answer(fake, 0);
    commit = &fake_until(fake, STORE_COMMIT)->commit;
  }
  return &commit->key_commands[0];
}

static void test_a_bare_name_means_the_default_namespace(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_record(fake, FAKE_COMMANDS, 0, "{\"kind\":\"cancel\",\"cancellation\":{\"cancellationKey\":\"k\",\"workflow\":\"one\"}}");
  assert_true(text_equal(first_key_command(fake)->workflow, TEXT("default/one")));
  fake_settle(fake);
  fake_record(fake, FAKE_COMMANDS, 0, "{\"kind\":\"cancel\",\"cancellation\":{\"cancellationKey\":\"k\",\"workflow\":\"test/one\"}}");
  assert_true(text_equal(first_key_command(fake)->workflow, TEXT("test/one")));
  fake_settle(fake);
}

static void test_a_cancel_reaches_not_far_into_the_future(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  usec_t now = fake_clock(fake);
  const usec_t given[] = {now - USEC_PER_HOUR, now + USEC_PER_MIN, now + 365 * USEC_PER_DAY};
  const usec_t taken[] = {now - USEC_PER_HOUR, now + USEC_PER_MIN, now + 5 * USEC_PER_MIN};
  for (size_t i = 0; i < 3; i++) {
    fake_record(fake, FAKE_COMMANDS, 0,
                arena_printf(fake->arena, "{\"kind\":\"cancel\",\"time_us\":%lld,\"cancellation\":{\"cancellationKey\":\"k\"}}", (long long)given[i]));
    assert_true(first_key_command(fake)->time == taken[i]);
    fake_settle(fake);
  }
}

static void test_it_cancels_what_matches(void **state) {
  struct fake_world *fake = *state;
  start_one(fake);
  keyed(fake, "b", "\"x\",\"y\"");
  fake_settle(fake);
  order_by_key(fake, "k");
  fake_settle(fake);
  assert_true(fake_is_open(fake, 0));
  assert_false(fake_is_open(fake, 1));
  assert_false(fake_is_open(fake, 2));
  assert_int_equal(fake->applied.items[0].run_count, 2);
}

static void test_it_leaves_a_tombstone(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  order_by_key(fake, "k");
  usec_t given = fake_clock(fake);
  fake_settle(fake);
  assert_int_equal(fake->tombstones.count, 1);
  const struct fake_tombstone *row = &fake->tombstones.items[0];
  assert_string_equal(row->key, "k");
  assert_string_equal(row->recipient, "");
  assert_true(row->cancel_time == given);
  assert_true(row->expires_at == fake_clock(fake) + fake->config.tombstone_ttl);
}

static void test_how_long_it_holds_may_change(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  job_set_tombstone_ttl(fake->job, USEC_PER_HOUR);
  order_by_key(fake, "k");
  fake_settle(fake);
  assert_true(fake->tombstones.items[0].expires_at == fake_clock(fake) + USEC_PER_HOUR);
}

static const struct recipient_ref two[] = {{{NULL, 0}, {"x", 1}}, {{NULL, 0}, {"y", 1}}};

static void for_two(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  (void)fake;
  if (request->kind != STORE_COMMIT || reply->status != STORE_OK) return;
  for (size_t i = 0; i < reply->commit.command_count; i++) {
    struct store_command_row *row = (struct store_command_row *)&reply->commit.commands[i];
    row->recipients = two;
    row->recipient_count = 2;
    row->workflow = TEXT("test/one");
  }
}

static void test_a_subset_leaves_one_for_each_recipient(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake->edit = for_two;
  order_by_key(fake, "k");
  const struct store_load *load = &fake_until(fake, STORE_LOAD)->load;
  assert_int_equal(load->matches[0].recipient_count, 2);
  assert_true(text_equal(load->matches[0].workflow, TEXT("test/one")));
  fake_settle(fake);
  assert_int_equal(fake->tombstones.count, 2);
  assert_string_equal(fake->tombstones.items[0].recipient, "x");
  assert_string_equal(fake->tombstones.items[1].recipient, "y");
  assert_string_equal(fake->tombstones.items[1].workflow, "test/one");
}

static void test_many_are_cancelled_in_pieces(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  char *recipients = xstrdup("\"0\"");
  for (int i = 1; i <= CONTROL_PIECE_AND_MORE; i++) {
    char *longer = xasprintf("%s,\"%d\"", recipients, i);
    free(recipients);
    recipients = longer;
  }
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/nap\",\"cancellationKey\":\"k\",\"recipients\":[%s]}", recipients));
  free(recipients);
  fake_settle(fake);
  order_by_key(fake, "k");
  int pieces = 0;
  while (!fake->applied.count) {
    const struct store_commit *commit = &fake_until(fake, STORE_COMMIT)->commit;
    assert_true(commit->run_count <= CONTROL_PIECE);
    pieces += commit->run_count > 0;
    fake_answer(fake, 0);
  }
  assert_int_equal(pieces, 2);
  assert_int_equal(fake->tombstones.count, 1); // of the first piece
  assert_int_equal(fake->applied.items[0].run_count, CONTROL_PIECE_AND_MORE + 1);
  for (size_t i = 0; i < fake->db.runs.count; i++) assert_false(fake_is_open(fake, i));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_cancel_ends_the_run_and_recalls_its_action),
      CASE(test_a_cancelled_runs_deadline_is_forgotten),
      CASE(test_a_suspended_run_asks_for_nothing_more),
      CASE(test_a_command_to_a_run_that_never_was_is_set_aside),
      CASE(test_a_command_that_does_not_apply_changes_nothing),
      CASE(test_an_order_is_carried_out_and_leaves),
      CASE(test_an_order_that_does_not_apply_says_why),
      CASE(test_an_order_to_no_run_says_so),
      CASE(test_an_order_that_cannot_be_stored_leaves_with_the_reason),
      CASE(test_a_cancel_by_key_becomes_an_order_for_each_home),
      CASE(test_a_bare_name_means_the_default_namespace),
      CASE(test_a_cancel_reaches_not_far_into_the_future),
      CASE(test_it_cancels_what_matches),
      CASE(test_it_leaves_a_tombstone),
      CASE(test_how_long_it_holds_may_change),
      CASE(test_a_subset_leaves_one_for_each_recipient),
      CASE(test_many_are_cancelled_in_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
