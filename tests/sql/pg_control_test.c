// SPDX-License-Identifier: Apache-2.0
// Commands, tombstones, fan-outs and replays through pg_store on a real server.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "io/pg_statement.h"
#include "store_fixture.h"

static const usec_t INSTANT = 1700000000000000;

static void ok(struct fixture *fixture, const struct store_request *request) {
  if (fixture_ask(fixture, request) != STORE_OK) fail_msg("%s %s", fixture->sqlstate, fixture->text);
}

static void sql(struct fixture *fixture, const char *text) { free(fixture_sql(fixture, text)); }

// A commit of the home taken first, with nothing in it yet.
static struct store_commit commit_of(struct fixture *fixture, struct store_fence *fence) {
  *fence = fixture_fence(fixture, 0);
  return (struct store_commit){.fences = fence, .fence_count = 1, .definition_generation = 1};
}

// A look without a commit.
static void look(struct fixture *fixture, void (*check)(struct fixture *fixture, const struct store_reply *reply)) {
  struct store_request request = {.kind = STORE_COMMIT};
  fixture->check = check;
  ok(fixture, &request);
  fixture->check = NULL;
}

// A trigger of home 1 and `runs` open runs of it; its number tells them apart.
static struct uuid trigger(struct fixture *fixture, unsigned number, const char *columns, int runs) {
  char *text = fixture_sql(fixture, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
  struct uuid id = uuid_make(strtoll(text, NULL, 10), 1, number, 0, 0);
  char name[UUID_TEXT_SIZE];
  free(text);
  char *insert = xasprintf("INSERT INTO workflow.trigger (trigger_id, received_at, definition_id, recipient_count, record_offset, partition,"
                           " home, topic, event_id, type, source_type, workflow, workflow_version, cancellation_key, tenant)"
                           " SELECT '%s', now(), 7, 1, %u, 0, 1, 'triggers', 'e', 'x', 'api', workflow, '1', key, tenant"
                           " FROM (VALUES (%s)) v (key, tenant, workflow)",
                           uuid_format(&id, name), number, columns);
  sql(fixture, insert);
  free(insert);
  for (int i = 1; i <= runs; i++) {
    struct uuid run_id = uuid_with_recipient(&id, (unsigned)i);
    char run_name[UUID_TEXT_SIZE];
    insert = xasprintf("INSERT INTO workflow.run (run_id, trigger_id, created_at, updated_at, definition_id, last_seq, retry_count, error_count,"
                       " status, workflow, workflow_version, recipient_id) VALUES ('%s', '%s', now(), now(), 7, 1, 0, 0, 'waiting', 'n/w', '1', 'lead-%d')",
                       uuid_format(&run_id, run_name), name, i);
    sql(fixture, insert);
    free(insert);
  }
  return id;
}

// ---- plans ------------------------------------------------------------------

// With the settings of the daemon's connections, whatever the tables' size.
static void every_look_uses_an_index(void **state) {
  static const struct {
    enum pg_statement statement;
    const char *values;
  } looks[] = {{PG_READ_FANOUTS, "'{triggers}', '{0}'"},
               {PG_FIND_TOMBSTONES, "'{1}', '{acme}', '{NULL}', '{k}'"},
               {PG_FIND_MATCHES, "'{1}', '{acme}', '{NULL}', '{k}', '{NULL}', 10"},
               {PG_APPLY_COMMANDS, "'{1}', '{1}', '{1}', '{1}', '{x}', 1"},
               {PG_MOVE_FANOUTS, "ARRAY[gen_random_uuid()], '{0}', '{1}', '{t}', 1"},
               {PG_READ_COMMANDS, "'{1,2}'"}};
  struct fixture *fixture = *state;
  assert_int_equal(pg_admin_script(fixture->admin, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;"
                                                   " SET enable_hashjoin = off; SET enable_mergejoin = off"), 0);
  for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
    const struct pg_statement_text *text = &pg_statements[looks[i].statement];
    char *prepare = xasprintf("PREPARE \"%s\" AS %s", text->name, text->sql);
    char *explain = xasprintf("EXPLAIN EXECUTE \"%s\"(%s)", text->name, looks[i].values);
    struct pg_rows *rows;
    if (pg_admin_script(fixture->admin, prepare) || pg_admin_query(fixture->admin, explain, NULL, 0, &rows))
      fail_msg("%s: %s", text->name, pg_admin_error(fixture->admin));
    bool by_index = false;
    for (size_t row = 0; row < pg_rows_count(rows); row++) {
      if (strstr(pg_rows_value(rows, row, 0), "Seq Scan")) fail_msg("%s: %s", text->name, pg_rows_value(rows, row, 0));
      by_index |= strstr(pg_rows_value(rows, row, 0), "Index") != NULL;
    }
    assert_true(by_index);
    pg_rows_free(rows);
    free(prepare);
    free(explain);
  }
}

// ---- fan-outs ---------------------------------------------------------------

static void check_fanout(struct fixture *fixture, const struct store_reply *reply) {
  const struct store_fanout *kept = fixture->context;
  assert_int_equal(reply->takeover.fanout_count, kept ? 1 : 0);
  if (!kept) return;
  const struct store_open_fanout *fanout = &reply->takeover.fanouts[0];
  const struct record *record = &fanout->record;
  assert_int_equal(fanout->home, 1);
  assert_true(uuid_equal(&fanout->trigger_id, &kept->trigger_id));
  assert_int_equal(fanout->definition_id, 7);
  assert_int_equal(fanout->cursor, kept->cursor);
  assert_string_equal(record->topic, "triggers");
  assert_int_equal(record->partition, 0);
  assert_int_equal(record->offset, 5);
  assert_int_equal(record->timestamp, INSTANT);
  assert_int_equal(record->value_size, 3);
  assert_memory_equal(record->value, "\0\xff{", 3);
  assert_int_equal(record->key_size, 1);
  assert_int_equal(record->header_count, 3);
  assert_string_equal(record->headers[0].name, "ce_id");
  assert_int_equal(record->headers[0].size, 2);
  assert_memory_equal(record->headers[0].value, "x\xfe", 2);
  assert_null(record->headers[1].value);
  assert_non_null(record->headers[2].value);
  assert_int_equal(record->headers[2].size, 0);
}

static void takes_over(struct fixture *fixture, const struct store_fanout *expected) {
  fixture->context = (void *)(uintptr_t)expected;
  fixture->check = check_fanout;
  fixture_take(fixture, 1, "a");
  fixture->check = NULL;
}

static void a_fanout_goes_on_where_it_was(void **state) {
  struct fixture *fixture = *state;
  struct store_fence fence;
  fixture_take(fixture, 1, "a");
  struct message_header headers[] = {{"ce_id", "x\xfe", 2}, {"absent", NULL, 0}, {"empty", "", 0}};
  struct record record = {.topic = "triggers", .offset = 5, .timestamp = INSTANT, .key = "k", .key_size = 1, .value = "\0\xff{", .value_size = 3,
                          .headers = headers, .header_count = 3};
  struct store_fanout fanout = {.trigger_id = trigger(fixture, 5, "'k', 'acme', 'n/w'", 0), .home = 1, .is_new = true, .total = 30, .record = &record};
  struct store_request request = {.kind = STORE_COMMIT, .commit = commit_of(fixture, &fence)};
  request.commit.fanouts = &fanout;
  request.commit.fanout_count = 1;
  ok(fixture, &request);
  takes_over(fixture, &fanout);
  fanout.is_new = false;
  fanout.cursor = 20;
  fence = fixture_fence(fixture, 0);
  request.commit.fences = &fence;
  ok(fixture, &request);
  takes_over(fixture, &fanout);
  fence = fixture_fence(fixture, 0);
  assert_int_equal(fixture_ask(fixture, &request), STORE_CONFLICT); // the cursor is at 20, not 0
  fixture->homes[0].batch_no--;
  fence = fixture_fence(fixture, 0);
  fanout.previous_cursor = 20;
  fanout.cursor = 30;
  ok(fixture, &request);
  takes_over(fixture, NULL);
  fixture_expect(fixture, "SELECT count(*) FROM workflow.fanout", "0");
}

static void fanouts_of_homes_not_taken_are_left_out(void **state) {
  struct fixture *fixture = *state;
  struct store_fence fence;
  fixture_take(fixture, 1, "a");
  struct record record = {.topic = "triggers", .value = "{}", .value_size = 2};
  struct store_fanout fanout = {.trigger_id = trigger(fixture, 1, "'k', 'acme', 'n/w'", 0), .home = 1, .is_new = true, .total = 2, .record = &record};
  struct store_request request = {.kind = STORE_COMMIT, .commit = commit_of(fixture, &fence)};
  request.commit.fanouts = &fanout;
  request.commit.fanout_count = 1;
  ok(fixture, &request);
  struct store_source source = {.topic = "triggers", .mine_epoch = 1, .mine_batch_no = 2};
  struct store_request question = {.kind = STORE_TAKEOVER, .takeover = {"cluster", "b", &source, 1, "triggers"}};
  fixture->context = NULL;
  fixture->check = check_fanout;
  ok(fixture, &question);
  assert_int_equal(fixture->homes[0].epoch, 0);
}

// ---- commands ---------------------------------------------------------------

static struct store_command_row seen[4];
static size_t seen_count;

static void see_commands(struct fixture *fixture, const struct store_reply *reply) {
  (void)fixture;
  seen_count = reply->commit.command_count;
  assert_true(seen_count <= 4);
  for (size_t i = 0; i < seen_count; i++) seen[i] = reply->commit.commands[i];
  if (!seen_count || !seen[0].recipient_count) return;
  assert_int_equal(seen[0].recipient_count, 2);
  assert_true(text_equal(seen[0].recipients[0].id, TEXT("lead-1")) && !seen[0].recipients[0].collection.data);
  assert_true(text_equal(seen[0].recipients[1].id, TEXT("u\xc3\xa4")) && text_equal(seen[0].recipients[1].collection, TEXT("users")));
  assert_true(text_equal(seen[0].tenant, TEXT("acme")) && !seen[0].workflow.data && text_equal(seen[0].key, TEXT("deal-7")));
  assert_true(text_equal(seen[0].actor, TEXT("crm")) && text_equal(seen[0].reason, TEXT("gone")));
}

static void a_command_is_read_until_it_is_applied_once(void **state) {
  struct fixture *fixture = *state;
  struct store_fence fence;
  fixture_take(fixture, 1, "a");
  struct uuid id = trigger(fixture, 1, "'k', 'acme', 'n/w'", 1), run_id = uuid_with_recipient(&id, 1);
  look(fixture, see_commands);
  assert_int_equal(seen_count, 0);
  sql(fixture, "SELECT workflow.suspend_run(run_id, 'on holiday') FROM workflow.run");
  look(fixture, see_commands);
  assert_int_equal(seen_count, 1);
  assert_int_equal(seen[0].kind, WF_CONTROL_SUSPEND);
  assert_int_equal(seen[0].home, 1);
  assert_true(seen[0].has_run_id && uuid_equal(&seen[0].run_id, &run_id));
  assert_true(seen[0].time > INSTANT);
  struct store_applied applied = {.command_id = seen[0].command_id, .home = 1, .batch_no = 2, .run_count = 1, .result = "applied"};
  struct store_request request = {.kind = STORE_COMMIT, .commit = commit_of(fixture, &fence)};
  request.commit.applied = &applied;
  request.commit.applied_count = 1;
  fixture->check = see_commands;
  ok(fixture, &request);
  fixture->check = NULL;
  assert_int_equal(seen_count, 0); // read behind COMMIT
  fixture_expect(fixture, "SELECT concat_ws(' ', kind, home, batch_no, run_count, reason, result, actor) FROM workflow.command_applied",
                 "suspend 1 2 1 on holiday applied postgres");
  fixture_expect(fixture, "SELECT count(*) FROM workflow.command", "0");
  fence = fixture_fence(fixture, 0);
  assert_int_equal(fixture_ask(fixture, &request), STORE_CONFLICT);
  assert_string_equal(fixture->sqlstate, "WF003");
}

static void a_key_command_goes_to_every_home_of_the_triggers(void **state) {
  struct fixture *fixture = *state;
  struct store_fence fence;
  struct store_source others[] = {{.topic = "results"}, {.topic = "commands"}};
  struct store_request take = {.kind = STORE_TAKEOVER, .takeover = {"cluster", "a", others, 2, "triggers"}};
  ok(fixture, &take); // homes 1 and 2
  fixture_take(fixture, 2, "a"); // homes 3 and 4
  struct recipient_ref recipients[] = {{.id = TEXT("lead-1")}, {TEXT("users"), TEXT("u\xc3\xa4")}};
  struct store_key_command command = {.tenant = TEXT("acme"), .key = TEXT("deal-7"), .actor = TEXT("crm"), .reason = TEXT("gone"),
                                      .recipients = recipients, .recipient_count = 2, .time = INSTANT};
  struct store_request request = {.kind = STORE_COMMIT, .commit = commit_of(fixture, &fence)};
  request.commit.key_commands = &command;
  request.commit.key_command_count = 1;
  fixture->check = see_commands;
  ok(fixture, &request);
  fixture->check = NULL;
  assert_int_equal(seen_count, 2);
  assert_int_equal(seen[0].home, 3);
  assert_int_equal(seen[1].home, 4);
  assert_int_equal(seen[0].recipient_count, 2);
  assert_int_equal(seen[0].kind, WF_CONTROL_CANCEL);
  assert_false(seen[0].has_run_id);
  assert_int_equal(seen[0].time, INSTANT);
  struct store_applied applied = {.command_id = seen[1].command_id, .home = 4, .batch_no = 2, .run_count = 3, .result = "applied"};
  request.commit = commit_of(fixture, &fence);
  request.commit.applied = &applied;
  request.commit.applied_count = 1;
  ok(fixture, &request);
  fixture_expect(fixture, "SELECT string_agg(concat_ws(' ', s.home, state, pending, runs), ', ') FROM (SELECT DISTINCT group_id FROM workflow.command) c,"
                          " workflow.command_status(c.group_id) s", "3 pending 1 0, 4 applied 0 3");
}

// What was cancelled before a partition was there holds for it too.
static void a_new_home_gets_what_was_cancelled_before(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  sql(fixture, "SELECT workflow.cancel_by_key('deal-7', 'acme')");
  sql(fixture, "INSERT INTO workflow.tombstone (home, cancel_time, expires_at, cancellation_key) VALUES (1, now(), now() + '1 day', 'live'),"
               " (1, now(), now() - '1 day'::interval, 'dead')");
  struct store_source other = {.topic = "results"};
  struct store_request take = {.kind = STORE_TAKEOVER, .takeover = {"cluster", "a", &other, 1, "triggers"}};
  ok(fixture, &take); // home 2
  fixture_take(fixture, 2, "a"); // homes 1 and 3
  fixture_expect(fixture, "SELECT string_agg(home || cancellation_key, ' ' ORDER BY home) FROM workflow.command", "1deal-7 3deal-7");
  fixture_expect(fixture, "SELECT count(DISTINCT group_id) FROM workflow.command", "1");
  fixture_expect(fixture, "SELECT string_agg(cancellation_key, ' ') FROM workflow.tombstone WHERE home = 3", "live");
  fixture_expect(fixture, "SELECT count(*) FROM workflow.tombstone WHERE home = 2", "0");
}

// ---- keys -------------------------------------------------------------------

static void check_tombstones(struct fixture *fixture, const struct store_reply *reply) {
  (void)fixture;
  const struct store_loaded_tombstone *found = reply->load.tombstones;
  assert_int_equal(reply->load.tombstone_count, 3);
  assert_int_equal(found[0].key, 1);
  size_t all = 0, one = 0;
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(found[i].key, 1);
    if (found[i].recipient.id.data) one = i;
    else all = i;
  }
  assert_int_equal(found[all].cancel_time, INSTANT + 5); // the later of two
  assert_true(text_equal(found[all].workflow, TEXT("n/w")));
  assert_int_equal(found[one].cancel_time, INSTANT);
  assert_true(text_equal(found[one].recipient.id, TEXT("u1")) && text_equal(found[one].recipient.collection, TEXT("users")));
  assert_null(found[one].workflow.data);
  assert_int_equal(found[2].key, 2);
}

static void live_tombstones_of_a_key_are_found(void **state) {
  struct fixture *fixture = *state;
  struct store_fence fence;
  fixture_take(fixture, 1, "a");
  usec_t later = INSTANT + 1000 * 365 * USEC_PER_DAY;
  struct store_tombstone rows[] = {{1, INSTANT, later, TEXT("acme"), TEXT("n/w"), TEXT("k"), {{0}, {0}}},
                                   {1, INSTANT + 5, later, TEXT("acme"), TEXT("n/w"), TEXT("k"), {{0}, {0}}},
                                   {1, INSTANT, later, TEXT("acme"), {0}, TEXT("k"), {TEXT("users"), TEXT("u1")}},
                                   {1, INSTANT, INSTANT + 1, TEXT("acme"), {0}, TEXT("k"), {{0}, TEXT("expired")}},
                                   {1, INSTANT, later, TEXT("beta"), {0}, TEXT("k"), {{0}, TEXT("another tenant")}},
                                   {2, INSTANT, later, TEXT("acme"), {0}, TEXT("k"), {{0}, TEXT("another home")}},
                                   {1, INSTANT, later, {0}, {0}, TEXT("of nobody"), {{0}, {0}}}};
  struct store_request request = {.kind = STORE_COMMIT, .commit = commit_of(fixture, &fence)};
  request.commit.tombstones = rows;
  request.commit.tombstone_count = sizeof rows / sizeof *rows;
  ok(fixture, &request);
  struct store_key keys[] = {{.home = 1, .tenant = TEXT("acme"), .key = TEXT("unknown")},
                             {.home = 1, .tenant = TEXT("acme"), .key = TEXT("k")},
                             {.home = 1, .key = TEXT("of nobody")}};
  struct store_request load = {.kind = STORE_LOAD, .load = {.tombstones = keys, .tombstone_count = 3}};
  fixture->check = check_tombstones;
  ok(fixture, &load);
}

static size_t matches[8];

static void count_matches(struct fixture *fixture, const struct store_reply *reply) {
  (void)fixture;
  memset(matches, 0, sizeof matches);
  for (size_t i = 0; i < reply->load.match_count; i++) {
    assert_true(uuid_recipient(&reply->load.matches[i].run_id) > 0);
    matches[reply->load.matches[i].key]++;
  }
}

static void open_runs_of_a_key_are_matched(void **state) {
  struct fixture *fixture = *state;
  fixture_take(fixture, 1, "a");
  trigger(fixture, 1, "'k', 'acme', 'n/w'", 3);
  trigger(fixture, 2, "'k', 'acme', 'n/other'", 2);
  trigger(fixture, 3, "'k', NULL, 'n/w'", 1);
  trigger(fixture, 4, "'another', 'acme', 'n/w'", 1);
  trigger(fixture, 5, "NULL, 'acme', 'n/w'", 1);
  sql(fixture, "UPDATE workflow.run r SET ended_at = now() FROM workflow.trigger t WHERE t.trigger_id = r.trigger_id AND record_offset = 1 AND recipient_id = 'lead-3'");
  sql(fixture, "UPDATE workflow.run r SET recipient_collection = 'users' FROM workflow.trigger t WHERE t.trigger_id = r.trigger_id AND record_offset = 2");
  struct recipient_ref plain = {.id = TEXT("lead-2")}, users = {TEXT("users"), TEXT("lead-2")};
  struct store_key keys[] = {{.home = 1, .tenant = TEXT("acme"), .key = TEXT("k")},
                             {.home = 1, .tenant = TEXT("acme"), .workflow = TEXT("n/w"), .key = TEXT("k")},
                             {.home = 1, .key = TEXT("k")},
                             {.home = 2, .tenant = TEXT("acme"), .key = TEXT("k")},
                             {.home = 1, .tenant = TEXT("acme"), .key = TEXT("k"), .recipients = &plain, .recipient_count = 1},
                             {.home = 1, .tenant = TEXT("acme"), .key = TEXT("k"), .recipients = &users, .recipient_count = 1},
                             {.home = 1, .tenant = TEXT("acme"), .key = TEXT("unknown")}};
  struct store_request load = {.kind = STORE_LOAD, .load = {.matches = keys, .match_count = 7, .match_limit = 100}};
  fixture->check = count_matches;
  ok(fixture, &load);
  static const size_t expected[] = {4, 2, 1, 0, 1, 1, 0};
  for (size_t i = 0; i < 7; i++) assert_int_equal(matches[i], expected[i]);
  load.load.match_limit = 1;
  ok(fixture, &load);
  static const size_t limited[] = {1, 1, 1, 0, 1, 1, 0};
  for (size_t i = 0; i < 7; i++) assert_int_equal(matches[i], limited[i]);
}

// ---- replay -----------------------------------------------------------------

static void check_replay(struct fixture *fixture, const struct store_reply *reply) {
  int expected = *(int *)fixture->context;
  assert_int_equal(reply->commit.inbox_count, expected);
  if (!expected) return;
  const struct store_inbox_row *row = &reply->commit.inbox[0];
  assert_string_equal(row->kind, "replay");
  assert_true(row->quarantine_id > 0);
  assert_int_equal(row->dst_home, 1);
  assert_int_equal(row->src_home, 0);
  assert_int_equal(row->src_pos, 1);
  assert_string_equal(row->record.topic, "triggers");
  assert_int_equal(row->record.offset, 4);
  assert_int_equal(row->record.timestamp, INSTANT);
  assert_null(row->record.key);
  assert_int_equal(row->record.value_size, 3);
  assert_memory_equal(row->record.value, "\0\xff{", 3);
  assert_int_equal(row->record.header_count, 1);
  assert_memory_equal(row->record.headers[0].value, "x\xff", 2);
}

static void a_quarantined_record_is_taken_again(void **state) {
  struct fixture *fixture = *state;
  struct store_fence fence;
  fixture_take(fixture, 1, "a");
  struct message_header header = {"ce_id", "x\xff", 2};
  struct record record = {.topic = "triggers", .offset = 4, .timestamp = INSTANT, .value = "\0\xff{", .value_size = 3, .headers = &header, .header_count = 1};
  struct store_quarantine row = {.record = &record, .refusal = {.code = "unknown_workflow", .text = "not there yet"}};
  struct store_request request = {.kind = STORE_COMMIT, .commit = commit_of(fixture, &fence)};
  request.commit.quarantine = &row;
  request.commit.quarantine_count = 1;
  ok(fixture, &request);
  fixture_expect(fixture, "SELECT workflow.replay_quarantine(quarantine_id) FROM workflow.quarantine", "1");
  int expected = 1;
  fixture->context = &expected;
  look(fixture, check_replay);
  fixture_expect(fixture, "SELECT state FROM workflow.quarantined", "replay_requested");
  int64_t acks[] = {0, 1};
  request.commit = commit_of(fixture, &fence);
  fence.inbox_acks = acks;
  fence.inbox_ack_count = 1;
  ok(fixture, &request);
  expected = 0;
  look(fixture, check_replay);
  fixture_expect(fixture, "SELECT state FROM workflow.quarantined", "replayed");
  sql(fixture, "SELECT workflow.maintain()");
  fixture_expect(fixture, "SELECT state FROM workflow.quarantine", "replayed");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(every_look_uses_an_index),
      CASE(a_fanout_goes_on_where_it_was),
      CASE(fanouts_of_homes_not_taken_are_left_out),
      CASE(a_command_is_read_until_it_is_applied_once),
      CASE(a_key_command_goes_to_every_home_of_the_triggers),
      CASE(a_new_home_gets_what_was_cancelled_before),
      CASE(live_tombstones_of_a_key_are_found),
      CASE(open_runs_of_a_key_are_matched),
      CASE(a_quarantined_record_is_taken_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
