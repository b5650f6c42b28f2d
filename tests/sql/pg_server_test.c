// SPDX-License-Identifier: Apache-2.0
// pg_store on a real server, as the daemon's role.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store_sample.h"

static void commit_ok(struct fixture *fixture, struct sample *sample) {
  if (fixture_ask(fixture, &sample->request) != STORE_OK) fail_msg("commit: %d %s %s", fixture->status, fixture->sqlstate, fixture->text);
}

// ---- connection -------------------------------------------------------------

static void an_older_schema_is_not_used(void **state) {
  struct fixture *fixture = *state;
  fixture_wait_connected(fixture);
  free(fixture_sql(fixture, "DELETE FROM workflow.migration WHERE version > 1"));
  free(fixture_sql(fixture, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'workflowd/%'"));
  struct store_request request = {.kind = STORE_DEFINITIONS};
  while (fixture_ask(fixture, &request) == STORE_OK) continue; // until the loss is seen
  assert_int_equal(fixture_ask(fixture, &request), STORE_DOWN);
  assert_non_null(strstr(fixture->text, "workflowctl migrate"));
}

static void a_broken_connection_is_made_anew(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  free(fixture_sql(fixture, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'workflowd/%'"));
  struct sample sample;
  sample_new(&sample, fixture, "t1", 1);
  enum store_status status = fixture_ask(fixture, &sample.request);
  // Nothing of it happened; the loss may be seen before or after sending.
  assert_true(status == STORE_UNKNOWN || status == STORE_DOWN || status == STORE_OK);
  if (status != STORE_OK) fixture_expect(fixture, "SELECT count(*) FROM workflow.event", "0");
  fixture_take(fixture, 1, "a");
  fixture_wait_connected(fixture);
  sample_clear(&sample);
}

// ---- taking over ------------------------------------------------------------

static void a_takeover_hands_out_homes_once(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 3, "a");
  assert_int_equal(fixture->homes[0].home, 1);
  assert_int_equal(fixture->homes[2].home, 3);
  assert_int_equal(fixture->homes[1].epoch, 1);
  assert_int_equal(fixture->homes[1].batch_no, 1);
  assert_int_equal(fixture->homes[1].next_offset, -1);
  assert_true(fixture->clock > 0);
  fixture_take(fixture, 3, "b");
  assert_int_equal(fixture->homes[2].home, 3);
  assert_int_equal(fixture->homes[2].epoch, 2);
  assert_int_equal(fixture->homes[2].batch_no, 2);
}

static void check_takeover_values(struct fixture *fixture, const struct store_reply *reply) {
  const struct store_home *home = &reply->takeover.homes[0];
  (void)fixture;
  assert_int_equal(home->next_offset, 5);
  assert_int_equal(home->last_offset, 4);
  assert_int_equal(home->last_timestamp, 1700000000000000);
  assert_true(home->last_hash == UINT64_C(0xfedcba9876543210));
  assert_int_equal(home->timer_low, 1700000000000000);
  assert_int_equal(home->inbox_ack_count, 2);
  assert_int_equal(home->inbox_acks[2], 8);
  assert_int_equal(home->inbox_acks[3], 99);
  assert_int_equal(reply->takeover.packed_count, 1);
  assert_int_equal(reply->takeover.packed[0].batch_no, 2);
  assert_int_equal(reply->takeover.packed[0].requests.size, 3);
  assert_memory_equal(reply->takeover.packed[0].requests.data, "a\0b", 3);
}

static void a_takeover_finds_what_the_last_batch_said(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  int64_t acks[] = {7, -1, 8, 99};
  struct store_fence fence = fixture_fence(fixture, 0);
  fence.requests = (struct text){"a\0b", 3};
  fence.inbox_acks = acks;
  fence.inbox_ack_count = 2;
  struct store_request request = {.kind = STORE_COMMIT, .commit = {.fences = &fence, .fence_count = 1, .definition_generation = 1}};
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  fixture->check = check_takeover_values;
  fixture_take(fixture, 1, "b");
}

static void a_takeover_tells_whether_a_batch_is_there(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 2, "a");
  struct store_fence fence = fixture_fence(fixture, 0);
  struct store_request commit = {.kind = STORE_COMMIT, .commit = {.fences = &fence, .fence_count = 1, .definition_generation = 1}};
  assert_int_equal(fixture_ask(fixture, &commit), STORE_OK);
  struct store_source sources[] = {{.topic = "triggers", .partition = 0, .mine_epoch = 1, .mine_batch_no = 2},
                                   {.topic = "triggers", .partition = 1, .mine_epoch = 1, .mine_batch_no = 2}};
  struct store_request request = {.kind = STORE_TAKEOVER, .takeover = {.cluster_id = "cluster", .instance = "a", .sources = sources, .source_count = 2}};
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  assert_true(fixture->homes[0].mine_committed);
  assert_false(fixture->homes[1].mine_committed);
  assert_int_equal(fixture->homes[1].epoch, 2);
}

static void a_question_does_not_take_what_another_took(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  fixture_take(fixture, 1, "b");
  struct store_source source = {.topic = "triggers", .partition = 0, .mine_epoch = 1, .mine_batch_no = 1};
  struct store_request request = {.kind = STORE_TAKEOVER, .takeover = {.cluster_id = "cluster", .instance = "a", .sources = &source, .source_count = 1}};
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  assert_int_equal(fixture->homes[0].epoch, 0);
  assert_true(fixture->homes[0].mine_committed);
  fixture_expect(fixture, "SELECT epoch FROM workflow.home", "2");
}

static void another_kafka_cluster_takes_nothing(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  struct store_source source = {.topic = "triggers"};
  struct store_request request = {.kind = STORE_TAKEOVER, .takeover = {.cluster_id = "another", .instance = "a", .sources = &source, .source_count = 1}};
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  assert_string_equal(fixture->cluster, "cluster");
  assert_int_equal(fixture->homes[0].epoch, 0);
  fixture_expect(fixture, "SELECT epoch FROM workflow.home", "1");
  free(fixture_sql(fixture, "SELECT workflow.adopt_cluster('another')"));
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  assert_int_equal(fixture->homes[0].epoch, 3);
  assert_int_equal(fixture->homes[0].next_offset, -1);
}

// ---- committing and loading -------------------------------------------------

static void check_loaded(struct fixture *fixture, const struct store_reply *reply) {
  struct sample *sample = fixture->context;
  const struct store_loaded_run *run = &reply->load.runs[1];
  assert_false(reply->load.runs[0].found);
  assert_true(run->found);
  assert_true(uuid_equal(&run->identity.run_id, &sample->run.identity.run_id));
  assert_true(uuid_equal(&run->identity.trigger_id, &sample->run.identity.trigger_id));
  assert_int_equal(run->identity.definition_id, 3);
  assert_string_equal(run->identity.workflow, "sales/follow-up");
  assert_string_equal(run->identity.workflow_version, "1.2.0");
  assert_string_equal(run->identity.tenant, "acme");
  assert_string_equal(run->identity.subject, "lead-7");
  assert_string_equal(run->identity.event_id, "t1");
  assert_string_equal(run->identity.source_type, "audience");
  assert_string_equal(run->identity.source_name, "crm");
  assert_string_equal(run->identity.correlation_id, "corr");
  assert_string_equal(run->identity.traceparent, "00-ab-01");
  assert_true(jv_equal(jv_copy(run->identity.actor), jv_parse("{\"collection\":\"users\",\"id\":\"u1\"}")));
  assert_int_equal(run->event_count, 3);
  for (int i = 0; i < 3; i++) {
    const struct wf_event *wrote = &sample->events[i], *read = &run->events[i];
    assert_int_equal(read->type, wrote->type);
    assert_int_equal(read->seq, i + 1);
    assert_int_equal(read->level, wrote->level);
    assert_int_equal(read->step_no, wrote->step_no);
    assert_int_equal(read->action_no, wrote->action_no);
    assert_int_equal(read->attempt, wrote->attempt);
    assert_int_equal(read->at, wrote->at);
    assert_true(jv_equal(jv_copy(read->data), jv_copy(wrote->data)));
  }
  assert_string_equal(run->events[1].reference, "/do/0/callLead");
  assert_null(run->events[0].reference);
  assert_string_equal(run->events[2].detail_internal, "for the operator");
  assert_true(reply->load.claims[0].taken);
  assert_true(uuid_equal(&reply->load.claims[0].trigger_id, &sample->trigger.trigger_id));
  assert_false(reply->load.claims[1].taken);
  jv_free(run->identity.actor); // the receiver's, as the contract says
  jv_free(run->identity.trigger_data);
}

static void what_is_committed_is_loaded_again(void **state) {
  struct fixture *fixture = *state;
  struct sample sample;
  fixture_take(fixture, 1, "a");
  sample_new(&sample, fixture, "t1", 1);
  commit_ok(fixture, &sample);
  assert_true(fixture->clock > 0);
  struct uuid runs[] = {{{1}}, sample.run.identity.run_id};
  struct store_claim claims[] = {{TEXT("acme"), TEXT("sales/follow-up"), TEXT("t1")}, {{0}, TEXT("sales/follow-up"), TEXT("t1")}};
  struct store_request load = {.kind = STORE_LOAD, .load = {.runs = runs, .run_count = 2, .claims = claims, .claim_count = 2}};
  fixture->check = check_loaded;
  fixture->context = &sample;
  assert_int_equal(fixture_ask(fixture, &load), STORE_OK);
  fixture_expect(fixture, "SELECT data::text FROM workflow.trigger", "{ \"n\": 1234567890123456789 }");
  sample_clear(&sample);
}

static void read_tables_say_what_the_run_says(void **state) {
  struct fixture *fixture = *state;
  struct sample sample;
  fixture_take(fixture, 1, "a");
  sample_new(&sample, fixture, "t1", 1);
  commit_ok(fixture, &sample);
  fixture_expect(fixture, "SELECT concat_ws(' ', status, waiting_for, current_step_no, current_reference, current_step_name, tenant, recipient_id, last_seq)"
                          " FROM workflow.run", "waiting action 1 /do/0/callLead callLead acme lead-7 3");
  fixture_expect(fixture, "SELECT concat_ws(' ', status, kind, name, attempt) FROM workflow.step", "waiting call callLead 1");
  fixture_expect(fixture, "SELECT concat_ws(' ', status, function, max_attempts, input) FROM workflow.action", "running voice.call 3 {\"to\": \"+1\"}");
  fixture_expect(fixture, "SELECT context IS NULL AND input = '{\"a\":[1,2,{\"b\":null}]}' FROM workflow.run", "t");
  sample_complete(&sample, fixture);
  commit_ok(fixture, &sample);
  fixture_expect(fixture, "SELECT concat_ws(' ', status, waiting_for, current_step_no, last_seq, output, next_wake_at) FROM workflow.run",
                 "completed 4 {\"ok\": true}");
  fixture_expect(fixture, "SELECT concat_ws(' ', status, outcome, output, input) FROM workflow.action",
                 "completed answered {\"seconds\": 12} {\"to\": \"+1\"}");
  fixture_expect(fixture, "SELECT count(*) FROM workflow.event", "4");
  fixture_expect(fixture, "SELECT count(*) FROM workflow.stuck", "0");
  sample_clear(&sample);
}

static void a_commit_under_an_old_epoch_writes_nothing(void **state) {
  struct fixture *fixture = *state;
  struct sample sample;
  fixture_take(fixture, 1, "a");
  sample_new(&sample, fixture, "t1", 1);
  free(fixture_sql(fixture, "SELECT workflow.takeover('cluster', 'b', '{triggers}', '{0}', '{0}', '{0}')"));
  assert_int_equal(fixture_ask(fixture, &sample.request), STORE_FENCED);
  assert_int_equal(fixture->fenced_home, 1);
  assert_string_equal(fixture->sqlstate, "WF001");
  fixture_expect(fixture, "SELECT (SELECT count(*) FROM workflow.event) + (SELECT count(*) FROM workflow.dedupe_0)", "0");
  fixture_take(fixture, 1, "a"); // the lane works on
  sample_clear(&sample);
}

static void a_repeated_trigger_id_aborts_and_a_duplicate_is_recorded(void **state) {
  struct fixture *fixture = *state;
  struct sample first, second;
  fixture_take(fixture, 1, "a");
  sample_new(&first, fixture, "t1", 1);
  commit_ok(fixture, &first);
  sample_new(&second, fixture, "t1", 2);
  assert_int_equal(fixture_ask(fixture, &second.request), STORE_DUPLICATE);
  struct store_duplicate duplicate = {.first_trigger_id = first.trigger.trigger_id, .tenant = TEXT("acme"), .workflow = TEXT("sales/follow-up"),
                                      .event_id = TEXT("t1"), .topic = "triggers", .offset = 2, .received_at = first.run.created_at};
  second.request.commit = (struct store_commit){.fences = &second.fence, .fence_count = 1, .definition_generation = 1, .duplicates = &duplicate, .duplicate_count = 1};
  commit_ok(fixture, &second);
  fixture_expect(fixture, "SELECT count(*) FROM workflow.duplicate d JOIN workflow.trigger t ON t.trigger_id = d.first_trigger_id", "1");
  fixture_expect(fixture, "SELECT count(*) FROM workflow.run", "1");
  sample_clear(&first);
  sample_clear(&second);
}

static void a_run_that_moved_on_is_a_conflict(void **state) {
  struct fixture *fixture = *state;
  struct sample sample;
  fixture_take(fixture, 1, "a");
  sample_new(&sample, fixture, "t1", 1);
  commit_ok(fixture, &sample);
  sample_complete(&sample, fixture);
  sample.previous_seqs[0] = 2;
  assert_int_equal(fixture_ask(fixture, &sample.request), STORE_CONFLICT);
  assert_string_equal(fixture->sqlstate, "WF003");
  fixture->homes[0].batch_no--; // nothing of it is in
  sample.fence = fixture_fence(fixture, 0);
  sample.previous_seqs[0] = 3;
  sample.events[3].seq = 3; // a seq that is taken: the second lock
  assert_int_equal(fixture_ask(fixture, &sample.request), STORE_CONFLICT);
  assert_string_equal(fixture->sqlstate, "23505");
  fixture_expect(fixture, "SELECT status FROM workflow.run", "waiting");
  sample_clear(&sample);
}

static void other_definitions_and_early_timers_are_told(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  struct store_fence fence = fixture_fence(fixture, 0);
  struct store_request request = {.kind = STORE_COMMIT, .commit = {.fences = &fence, .fence_count = 1, .definition_generation = 2}};
  assert_int_equal(fixture_ask(fixture, &request), STORE_STALE_DEFINITIONS);
  usec_t now = sample_now(fixture);
  request.commit.definition_generation = 1;
  request.commit.due_max = now + USEC_PER_MIN;
  assert_int_equal(fixture_ask(fixture, &request), STORE_TOO_EARLY);
  assert_true(fixture->clock >= now && fixture->clock < now + USEC_PER_MIN);
  request.commit.due_max = now;
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
}

static void a_missing_partition_is_made_and_the_batch_redone(void **state) {
  struct fixture *fixture = *state;
  struct sample sample;
  fixture_take(fixture, 1, "a");
  sample_new(&sample, fixture, "t1", 1);
  struct store_timer timer = {.home = 1, .due_at = sample.run.created_at + 400 * USEC_PER_DAY, .run_id = sample.run.identity.run_id, .timer_no = 1};
  sample.request.commit.timers = &timer;
  sample.request.commit.timer_count = 1;
  assert_int_equal(fixture_ask(fixture, &sample.request), STORE_REDO);
  commit_ok(fixture, &sample);
  fixture_expect(fixture, "SELECT count(*) FROM workflow.timer", "1");
  sample_clear(&sample);
}

static void what_cannot_be_stored_is_refused(void **state) {
  struct fixture *fixture = *state;
  struct sample sample;
  fixture_take(fixture, 1, "a");
  sample_new(&sample, fixture, "t1", 1);
  sample.events[1].summary = "broken \xff text";
  assert_int_equal(fixture_ask(fixture, &sample.request), STORE_REFUSED);
  assert_string_equal(fixture->sqlstate, "22021");
  sample.events[1].summary = NULL;
  commit_ok(fixture, &sample);
  sample_clear(&sample);
}

static void refused_records_are_kept_byte_for_byte(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  struct message_header headers[] = {{"ce_id", "x\xff", 2}, {"empty", NULL, 0}};
  struct record record = {.topic = "triggers", .offset = 4, .timestamp = 1700000000000000, .value = "\0\xff{", .value_size = 3, .headers = headers, .header_count = 2};
  struct store_quarantine row = {.record = &record, .refusal = {.code = "undecodable", .text = "bad \xff byte"}, .tenant = {"t\0n", 3}};
  struct store_fence fence = fixture_fence(fixture, 0);
  struct store_request request = {.kind = STORE_COMMIT, .commit = {.fences = &fence, .fence_count = 1, .definition_generation = 1, .quarantine = &row, .quarantine_count = 1}};
  if (fixture_ask(fixture, &request) != STORE_OK) fail_msg("%s", fixture->text);
  fixture_expect(fixture, "SELECT encode(value, 'hex') FROM workflow.quarantine WHERE key IS NULL AND state = 'quarantined'", "00ff7b");
  fixture_expect(fixture, "SELECT reason || tenant FROM workflow.quarantine", "bad \xef\xbf\xbd bytet?n");
  fixture_expect(fixture, "SELECT headers::text FROM workflow.quarantine", "[{\"name\": \"ce_id\", \"value\": \"78ff\"}, {\"name\": \"empty\", \"value\": null}]");
}

static void check_inbox(struct fixture *fixture, const struct store_reply *reply) {
  int expected = *(int *)fixture->context;
  assert_int_equal(reply->commit.inbox_count, expected);
  if (!expected) return;
  const struct store_inbox_row *last = &reply->commit.inbox[expected - 1];
  assert_int_equal(last->dst_home, 2);
  assert_int_equal(last->src_home, 1);
  assert_int_equal(last->src_pos, 2);
  assert_string_equal(last->kind, "result");
  assert_int_equal(last->payload.size, 2);
  assert_true(last->is_json);
}

static void the_inbox_is_read_until_it_is_acknowledged(void **state) {
  struct fixture *fixture = *state;
  int expected = 2;
  fixture_take(fixture, 2, "a");
  struct store_inbox rows[] = {{.dst_home = 2, .src_home = 1, .src_pos = 1, .kind = "result", .payload = TEXT("{}")},
                               {.dst_home = 2, .src_home = 1, .src_pos = 2, .kind = "result", .payload = TEXT("{}"), .is_json = true}};
  struct store_fence fences[] = {fixture_fence(fixture, 0)};
  struct store_request request = {.kind = STORE_COMMIT, .commit = {.fences = fences, .fence_count = 1, .definition_generation = 1, .inbox = rows, .inbox_count = 2}};
  fixture->check = check_inbox;
  fixture->context = &expected;
  if (fixture_ask(fixture, &request) != STORE_OK) fail_msg("%s", fixture->text);
  struct store_request read = {.kind = STORE_COMMIT}; // without fences: only looks
  assert_int_equal(fixture_ask(fixture, &read), STORE_OK);
  int64_t acks[] = {1, 1};
  struct store_fence own = fixture_fence(fixture, 1);
  own.inbox_acks = acks;
  own.inbox_ack_count = 1;
  request.commit = (struct store_commit){.fences = &own, .fence_count = 1, .definition_generation = 1};
  expected = 1;
  if (fixture_ask(fixture, &request) != STORE_OK) fail_msg("%s", fixture->text);
  acks[1] = 2;
  own = fixture_fence(fixture, 1);
  own.inbox_acks = acks;
  own.inbox_ack_count = 1;
  expected = 0;
  if (fixture_ask(fixture, &request) != STORE_OK) fail_msg("%s", fixture->text);
  assert_int_equal(fixture_ask(fixture, &read), STORE_OK);
}

// ---- timers and definitions -------------------------------------------------

static void check_timers(struct fixture *fixture, const struct store_reply *reply) {
  struct store_timer *last = fixture->context;
  if (reply->scan.timer_count == 0) {
    last->timer_no = 0;
    return;
  }
  assert_int_equal(reply->scan.timer_count, 2);
  assert_true(reply->clock > 0);
  *last = reply->scan.timers[1];
}

static void timers_are_scanned_in_pages(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  usec_t now = sample_now(fixture);
  struct store_timer timers[4];
  for (int i = 0; i < 4; i++) timers[i] = (struct store_timer){.home = 1, .due_at = now + USEC_PER_HOUR, .run_id = {{(uint8_t)(i / 2)}}, .timer_no = i + 1};
  struct store_fence fence = fixture_fence(fixture, 0);
  struct store_request request = {.kind = STORE_COMMIT, .commit = {.fences = &fence, .fence_count = 1, .definition_generation = 1, .timers = timers, .timer_count = 4}};
  if (fixture_ask(fixture, &request) != STORE_OK) fail_msg("%s", fixture->text);
  struct store_timer last = {0};
  fixture->check = check_timers;
  fixture->context = &last;
  struct store_request scan = {.kind = STORE_SCAN, .scan = {.home = 1, .due_from = now, .due_until = now + 2 * USEC_PER_HOUR, .limit = 2}};
  assert_int_equal(fixture_ask(fixture, &scan), STORE_OK);
  assert_int_equal(last.timer_no, 2);
  for (int page = 4; page >= 0; page -= 4) {
    scan.scan.after = last;
    scan.scan.has_after = true;
    assert_int_equal(fixture_ask(fixture, &scan), STORE_OK);
    assert_int_equal(last.timer_no, page);
    if (!page) break;
    assert_int_equal(last.due_at, now + USEC_PER_HOUR);
  }
  scan.scan = (struct store_scan){.home = 1, .due_from = now, .due_until = now + USEC_PER_MIN, .limit = 2};
  assert_int_equal(fixture_ask(fixture, &scan), STORE_OK);
  assert_int_equal(last.timer_no, 0);
}

static void check_definitions(struct fixture *fixture, const struct store_reply *reply) {
  assert_int_equal(reply->definitions.definition_count, *(int *)fixture->context);
  assert_int_equal(reply->definitions.generation, 1 + *(int *)fixture->context);
  if (!reply->definitions.definition_count) return;
  const struct store_definition *definition = &reply->definitions.definitions[0];
  assert_string_equal(definition->namespace, "sales");
  assert_string_equal(definition->version, "1.0.0");
  assert_true(definition->active);
  assert_int_equal(definition->document.size, 9);
}

static void definitions_are_published_and_read(void **state) {
  struct fixture *fixture = *state;
  int count = 0;
  fixture->context = &count;
  fixture->check = check_definitions;
  struct store_request read = {.kind = STORE_DEFINITIONS};
  assert_int_equal(fixture_ask(fixture, &read), STORE_OK);
  fixture->check = NULL;
  struct store_request publish = {.kind = STORE_PUBLISH, .publish = {"sales", "w", "1.0.0", TEXT("document:"), TEXT("{\"tasks\": []}")}};
  if (fixture_ask(fixture, &publish) != STORE_OK) fail_msg("%s", fixture->text);
  assert_int_equal(fixture_ask(fixture, &publish), STORE_OK); // the same again is no news
  publish.publish.document = TEXT("another");
  assert_int_equal(fixture_ask(fixture, &publish), STORE_FAILED);
  assert_string_equal(fixture->sqlstate, "WF006");
  count = 1;
  fixture->check = check_definitions;
  assert_int_equal(fixture_ask(fixture, &read), STORE_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(an_older_schema_is_not_used),
      CASE(a_broken_connection_is_made_anew),
      CASE(a_takeover_hands_out_homes_once),
      CASE(a_takeover_finds_what_the_last_batch_said),
      CASE(a_takeover_tells_whether_a_batch_is_there),
      CASE(a_question_does_not_take_what_another_took),
      CASE(another_kafka_cluster_takes_nothing),
      CASE(what_is_committed_is_loaded_again),
      CASE(read_tables_say_what_the_run_says),
      CASE(a_commit_under_an_old_epoch_writes_nothing),
      CASE(a_repeated_trigger_id_aborts_and_a_duplicate_is_recorded),
      CASE(a_run_that_moved_on_is_a_conflict),
      CASE(other_definitions_and_early_timers_are_told),
      CASE(a_missing_partition_is_made_and_the_batch_redone),
      CASE(what_cannot_be_stored_is_refused),
      CASE(refused_records_are_kept_byte_for_byte),
      CASE(the_inbox_is_read_until_it_is_acknowledged),
      CASE(timers_are_scanned_in_pages),
      CASE(definitions_are_published_and_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
