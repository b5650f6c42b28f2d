// SPDX-License-Identifier: Apache-2.0
// Messages for runs of other homes, through the table `inbox`.
#include "fake_world.h"
#include "job/forward.h"

#include <stdlib.h>
#include <string.h>

// Lane 0 has the partitions 0 (homes 1 to 3), lane 1 the partitions 1 (homes 4 to 6): what
// results/0 brings for a run of triggers/1 is another lane's.
static struct fake_message start_elsewhere(struct fake_world *fake, const char *workflow) {
  fake->partitions = 2;
  fake->config.lanes = 2;
  fake_start(fake);
  fake_record(fake, FAKE_TRIGGERS, 1, arena_printf(fake->arena, "{\"id\":\"a\",\"type\":\"t\",\"workflow\":\"test/%s\"}", workflow));
  fake_settle(fake);
  return fake->messages.items[0];
}

static void test_a_request_names_the_partition_that_costs_no_hop(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "one");
  assert_int_equal(message.answer_partition, 1);
  fake_complete_at(fake, 1, &message);
  fake_settle(fake);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake->db.inbox.count, 0);
}

static void test_a_result_finds_its_run_elsewhere(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "one");
  fake_complete_at(fake, 0, &message);
  fake_settle(fake);
  assert_int_equal(fake->db.inbox.count, 1);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_COMPLETED), 1);
}

static void test_signs_of_life_are_handed_on_one_in_a_while(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "beat");
  for (int i = 0; i < 3; i++) fake_heartbeat(fake, &message); // of 10 s
  fake_settle(fake);
  assert_int_equal(fake->db.inbox.count, 1);
  fake_advance(fake, 3 * USEC_PER_SEC);
  fake_heartbeat(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake->db.inbox.count, 1);
  fake_advance(fake, USEC_PER_SEC);
  fake_heartbeat(fake, &message);
  fake_settle(fake);
  assert_int_equal(fake->db.inbox.count, 2);
  assert_int_equal(fake_batch(fake, 3)->next_offset, 5); // all of them are consumed
}

static void test_a_worker_heard_elsewhere_is_not_silent(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "beat");
  for (int i = 0; i < 8; i++) { // twice in its ten seconds
    fake_advance(fake, 5 * USEC_PER_SEC);
    fake_heartbeat(fake, &message);
    fake_settle(fake);
  }
  assert_true(fake_is_open(fake, 0));
  fake_advance(fake, 11 * USEC_PER_SEC);
  assert_false(fake_is_open(fake, 0));
}

static void test_one_handed_on_in_vain_is_handed_on_again(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "beat");
  fake_heartbeat(fake, &message);
  job_on_timer(fake->job);
  while (fake_asked(fake, 0)->kind != STORE_COMMIT) fake_answer(fake, 0);
  fake_refuse(fake, 0, STORE_REDO);
  fake_settle(fake);
  assert_int_equal(fake->db.inbox.count, 1);
}

static void test_it_is_acknowledged_by_position(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "one");
  fake_complete_at(fake, 0, &message);
  fake_settle(fake);
  const struct sim_inbox *row = &fake->db.inbox.items[0];
  const struct sim_batch *batch = fake_batch(fake, row->dst_home);
  assert_int_equal(batch->ack_count, 1);
  assert_int_equal(batch->acks[0], row->src_home);
  assert_int_equal(batch->acks[1], row->src_pos);
}

static void test_rows_that_come_again_are_dropped(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "two");
  fake_complete_at(fake, 0, &message);
  fake_settle(fake);
  struct store_inbox_row row = {.dst_home = fake->db.inbox.items[0].dst_home, .src_home = fake->db.inbox.items[0].src_home, .src_pos = fake->db.inbox.items[0].src_pos, .kind = "result",
                                .payload = {fake->db.inbox.items[0].payload, fake->db.inbox.items[0].size}};
  size_t queued = queue_count(&fake->job->lanes[1]->queue);
  forward_arrived(fake->job->lanes[1], &(struct store_commit_reply){.inbox = &row, .inbox_count = 1});
  assert_int_equal(queue_count(&fake->job->lanes[1]->queue), queued);
  row.src_pos++;
  forward_arrived(fake->job->lanes[1], &(struct store_commit_reply){.inbox = &row, .inbox_count = 1});
  forward_arrived(fake->job->lanes[1], &(struct store_commit_reply){.inbox = &row, .inbox_count = 1});
  assert_int_equal(queue_count(&fake->job->lanes[1]->queue), queued + 1);
}

static void test_rows_of_other_lanes_are_left_alone(void **state) {
  struct fake_world *fake = *state;
  start_elsewhere(fake, "two");
  struct store_inbox_row row = {.dst_home = 4, .src_home = 3, .src_pos = 9, .kind = "result", .payload = TEXT("{}")};
  forward_arrived(fake->job->lanes[0], &(struct store_commit_reply){.inbox = &row, .inbox_count = 1});
  assert_int_equal(queue_count(&fake->job->lanes[0]->queue), 0);
}

static void test_an_order_that_waits_is_not_queued_again(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  struct store_command_row row = {.command_id = 7, .home = 1, .kind = WF_CONTROL_CANCEL, .key = TEXT("k")};
  struct store_commit_reply reply = {.commands = &row, .command_count = 1};
  forward_arrived(fake->job->lanes[0], &reply);
  forward_arrived(fake->job->lanes[0], &reply);
  const struct item *item;
  int count = 0;
  TAILQ_FOREACH(item, &fake->job->lanes[0]->orders, link) count++;
  assert_int_equal(count, 1);
}

static void test_taken_again_after_a_crash_but_once(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "one");
  fake_complete_at(fake, 0, &message);
  job_on_timer(fake->job);
  while (!fake->db.inbox.count) fake_answer(fake, 0); // lane 0 hands it on
  fake_crash(fake);
  fake_start(fake);
  assert_false(fake_is_open(fake, 0));
  assert_int_equal(fake_count_events(fake, 0, WF_ACTION_COMPLETED), 1);
}

static void test_owners_elsewhere_are_told_behind_the_commit(void **state) {
  struct fake_world *fake = *state;
  fake_start(fake);
  fake_start_run(fake, "one", "a");
  fake_settle(fake);
  struct fake_message message = fake->messages.items[0];
  message.run_id = uuid_make(USEC_PER_SEC, 9, 1, 0, 1); // a home of another instance
  vec_push(&fake->db.homes, (struct sim_home){.topic = xstrdup("triggers"), .partition = 9});
  fake_complete(fake, &message);
  int commits = fake->asks[STORE_COMMIT];
  fake_until(fake, STORE_NOTIFY);
  assert_true(fake->asks[STORE_COMMIT] > commits);
  // The model needs each home of a row to exist when it reads: only the notice is looked at.
  vec_foreach(row, &fake->db.inbox) free(row->payload);
  vec_reset(&fake->db.inbox);
  fake_settle(fake);
  assert_int_equal(fake->notified.count, 1);
  assert_int_equal(fake->notified.items[0], 9);
}

static void test_a_sign_of_life_goes_there_too(void **state) {
  struct fake_world *fake = *state;
  struct fake_message message = start_elsewhere(fake, "beat");
  for (int i = 0; i < 3; i++) {
    fake_advance(fake, 8 * USEC_PER_SEC);
    fake_heartbeat(fake, &message);
    fake_settle(fake);
  }
  assert_string_equal(fake->db.inbox.items[0].kind, "heartbeat");
  assert_true(fake_is_open(fake, 0));
}

static void test_a_command_goes_there_too(void **state) {
  struct fake_world *fake = *state;
  start_elsewhere(fake, "one");
  fake_command(fake, "cancel", 0); // commands/0 is lane 0's
  fake_settle(fake);
  assert_string_equal(fake->db.inbox.items[0].kind, "command");
  assert_int_equal(fake_count_events(fake, 0, WF_RUN_CANCELLED), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_request_names_the_partition_that_costs_no_hop),
      CASE(test_a_result_finds_its_run_elsewhere),
      CASE(test_signs_of_life_are_handed_on_one_in_a_while),
      CASE(test_a_worker_heard_elsewhere_is_not_silent),
      CASE(test_one_handed_on_in_vain_is_handed_on_again),
      CASE(test_it_is_acknowledged_by_position),
      CASE(test_rows_that_come_again_are_dropped),
      CASE(test_rows_of_other_lanes_are_left_alone),
      CASE(test_an_order_that_waits_is_not_queued_again),
      CASE(test_taken_again_after_a_crash_but_once),
      CASE(test_owners_elsewhere_are_told_behind_the_commit),
      CASE(test_a_sign_of_life_goes_there_too),
      CASE(test_a_command_goes_there_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
