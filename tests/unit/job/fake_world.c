// SPDX-License-Identifier: Apache-2.0
#include "fake_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "io/codec_worker.h"

enum { STEPS_MAX = 5000 };
#define BOOT_AT (1000 * USEC_PER_SEC)
#define EPOCH (INT64_C(1700000000) * USEC_PER_SEC)

static const char *const topic_names[FAKE_TOPICS] = {"triggers", "commands", "results"};

static const struct wf_function functions[] = {
    {"act", "requests", 60 * USEC_PER_SEC, 0, WF_BY_WORKER, false},
    {"beat", "requests", 60 * USEC_PER_SEC, 10 * USEC_PER_SEC, WF_BY_WORKER, false},
};
static const struct wf_catalog catalog = {.functions = functions, .count = 2};

static const struct job_config config_template = {
    .lanes = 1,
    .topics = {"triggers", "commands", "results", "events", "lifecycle"},
    .slots = {.catchup = SLOTS_LATEST, .window = USEC_PER_HOUR},
    .bounds = {.record_bytes = 1 << 20,
               .recipients = 10000,
               .recipients_per_batch = 1000,
               .fanouts = 4,
               .batch_inputs = 100,
               .batch_bytes = 1 << 20,
               .queue_bytes = 1 << 20,
               .cached_run_bytes = 1 << 20,
               .undelivered_messages = 1000,
               .undelivered_bytes = 1 << 20,
               .timers_in_memory = 1000,
               .child_depth = 4,
               .run = {.steps_max = 1000, .value_bytes_max = 1 << 20}},
    .timer_horizon = 10 * USEC_PER_MIN,
    .guard_spill = 30 * USEC_PER_SEC,
    .inbox_fallback = USEC_PER_HOUR, // a story says when to look
    .event_gathering = USEC_PER_DAY,
    .event_lookback = USEC_PER_MIN,
    .tombstone_ttl = USEC_PER_DAY,
    .claim_first = 5 * USEC_PER_SEC,
    .settle_after = 30 * USEC_PER_SEC,
    .careful_inputs = 10,
};

static void quiet(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)message, (void)fields, (void)context;
}

void fake_define(struct fake_world *fake, const char *name, const char *version, const char *rest) {
  const char *document = arena_printf(fake->arena, "document: {dsl: '1.0.0', namespace: test, name: %s, version: %s}\n%s", name, version, rest);
  sim_db_publish(&fake->db, "test", arena_strdup(fake->arena, name), arena_strdup(fake->arena, version), document);
}

// ---- the seam ---------------------------------------------------------------

static usec_t world_boottime(void *context) { return ((struct fake_world *)context)->now; }

static void world_store(void *context, int lane, const struct store_request *request) {
  struct fake_world *fake = context;
  assert_true(lane < FAKE_LANES_MAX);
  assert_null(fake->asked[lane]); // one at a time
  fake->asked[lane] = request;
  fake->asks[request->kind]++;
}

static void world_consume(void *context, const struct world_partition *partitions, size_t count) {
  struct fake_world *fake = context;
  fake->consume_calls++;
  vec_reset(&fake->consumed);
  for (size_t i = 0; i < count; i++) {
    struct world_partition at = partitions[i];
    at.topic = arena_strdup(fake->arena, at.topic);
    vec_push(&fake->consumed, at);
  }
}

static void world_seek(void *context, const char *topic, int32_t partition, int64_t offset) {
  struct fake_world *fake = context;
  vec_push(&fake->seeks, (struct world_partition){arena_strdup(fake->arena, topic), partition, offset});
}

static void world_want_records(void *context, const char *topic, bool wanted) {
  struct fake_world *fake = context;
  if (strcmp(topic, fake->config.topics.triggers) != 0) {
    fake->answers_wanted = wanted;
    return;
  }
  fake->records_wanted = wanted;
  fake->flow_changes++;
}

static void copy(char *out, size_t size, struct text text) { snprintf(out, size, "%.*s", (int)text.size, text.data ? text.data : ""); }

static bool is_event(const struct world_message *message) {
  static const char type[] = "application/cloudevents+json";
  return message->header_count == 1 && message->headers[0].size >= sizeof type - 1 &&
         memcmp(message->headers[0].value, type, sizeof type - 1) == 0;
}

static void keep_event(struct fake_world *fake, const struct world_message *message, uint64_t cookie) {
  struct fake_message kept = {.cookie = cookie, .event = arena_strndup(fake->arena, message->value, message->value_size)};
  copy(kept.topic, sizeof kept.topic, text_of(message->topic));
  copy(kept.key, sizeof kept.key, (struct text){message->key, message->key_size});
  vec_push(&fake->messages, kept);
}

static bool world_produce(void *context, const struct world_message *message, uint64_t cookie) {
  struct fake_world *fake = context;
  if (!fake->room) return false;
  fake->room--;
  if (is_event(message)) {
    keep_event(fake, message, cookie);
    return true;
  }
  struct fake_message kept = {.cookie = cookie};
  struct record record = {.topic = message->topic, .value = message->value, .value_size = message->value_size};
  struct codec_bounds bounds = {1 << 20, 1000};
  struct worker_request request;
  struct refusal refusal;
  assert_int_equal(codec_decode_request(&record, &bounds, fake->arena, &request, &refusal), 0);
  const struct action_id *id = request.is_cancel ? &request.cancel.action : &request.request.action;
  kept.run_id = id->run_id;
  kept.action_no = id->action_no;
  kept.is_cancel = request.is_cancel;
  kept.attempt = request.is_cancel ? request.cancel.attempt : request.request.attempt;
  copy(kept.topic, sizeof kept.topic, text_of(message->topic));
  copy(kept.key, sizeof kept.key, (struct text){message->key, message->key_size});
  if (!request.is_cancel) {
    kept.deadline = request.request.deadline;
    kept.answer_partition = request.request.answer_partition;
    copy(kept.function, sizeof kept.function, text_of(request.request.function));
    copy(kept.arguments, sizeof kept.arguments, request.request.arguments);
    copy(kept.traceparent, sizeof kept.traceparent, text_of(request.request.traceparent));
  }
  vec_push(&fake->messages, kept);
  return true;
}

static bool world_call(void *context, const struct world_call *call, uint64_t cookie) {
  struct fake_world *fake = context;
  struct uuid run_id;
  size_t open = 0;
  vec_foreach(begun, &fake->calls) open += !begun->ended;
  if (open >= fake->calls_at_once) return false;
  assert_int_equal(uuid_parse(call->idempotency_key, UUID_TEXT_SIZE - 1, &run_id), 0);
  vec_push(&fake->calls, (struct fake_call){.cookie = cookie, .home = (int)uuid_home(&run_id)});
  return true;
}

static void world_hang_up(void *context, uint64_t cookie) {
  struct fake_world *fake = context;
  vec_foreach(call, &fake->calls)
    if (!call->ended && call->cookie == cookie) call->ended = call->hung_up = true;
}

static void world_wake_at(void *context, usec_t boottime) { ((struct fake_world *)context)->wake_at = boottime; }

static uint64_t world_random(void *context) {
  (void)context;
  return 7;
}

// ---- life -------------------------------------------------------------------

struct fake_world *fake_new(void) {
  log_set_sink(quiet, NULL);
  struct fake_world *fake = xcalloc(1, sizeof *fake);
  fake->arena = arena_new();
  fake->config = config_template;
  fake->partitions = 1;
  fake->now = BOOT_AT;
  fake->ahead = EPOCH;
  fake->refusal = STORE_REFUSED;
  fake->room = fake->calls_at_once = SIZE_MAX;
  fake->deliver = fake->records_wanted = fake->answers_wanted = true;
  fake->wake_at = USEC_NEVER;
  fake->world = (struct world){.context = fake,
                               .boottime = world_boottime,
                               .store = world_store,
                               .consume = world_consume,
                               .seek = world_seek,
                               .want_records = world_want_records,
                               .produce = world_produce,
                               .call = world_call,
                               .hang_up = world_hang_up,
                               .wake_at = world_wake_at,
                               .random = world_random};
  sim_db_init(&fake->db);
  fake_define(fake, "one", "1.0.0", "do: [{act: {call: act, with: {n: 1}}}]\n");
  fake_define(fake, "beat", "1.0.0", "do: [{act: {call: beat}}]\n");
  fake_define(fake, "nap", "1.0.0", "do: [{nap: {wait: {hours: 1}}}]\n");
  fake_define(fake, "long", "1.0.0", "do: [{nap: {wait: {days: 60}}}]\n");
  fake_define(fake, "two", "1.0.0", "do: [{first: {call: act}}, {second: {call: act}}]\n");
  fake_define(fake, "hear", "1.0.0", "do: [{hear: {listen: {to: {one: {with: {type: t.wanted}}}}}}]\n");
  fake_define(fake, "say", "1.0.0", "do: [{say: {emit: {event: {with: {source: 'urn:s', type: t.said, data: 1}}}}}]\n");
  fake_define(fake, "tell", "1.0.0",
              "use: {secrets: [key]}\n"
              "do: [{tell: {emit: {event: {with: {source: 'urn:s', type: t.told, data: '${ {with: $secrets.key} }'}}}}}]\n");
  fake_define(fake, "fetch", "1.0.0", "do: [{a: {call: http, with: {method: get, endpoint: 'http://e.com/'}}}]\n");
  fake_define(fake, "done", "1.0.0", "do: [{note: {set: {a: 1}}}]\n");
  return fake;
}

void fake_boot(struct fake_world *fake) {
  assert_null(fake->job);
  snprintf(fake->instance, sizeof fake->instance, "instance-%d", ++fake->life);
  fake->config.instance = arena_strdup(fake->arena, fake->instance);
  fake->records_wanted = fake->answers_wanted = true;
  fake->job = job_new(&fake->config, &fake->world, &catalog, NULL);
  struct world_partition all[FAKE_TOPICS * FAKE_PARTITIONS_MAX];
  size_t count = 0;
  for (int t = 0; t < FAKE_TOPICS; t++)
    for (int p = 0; p < fake->partitions; p++) all[count++] = (struct world_partition){topic_names[t], p, -1};
  job_on_assigned(fake->job, "cluster-1", all, count);
}

void fake_start(struct fake_world *fake) {
  fake_boot(fake);
  fake_settle(fake);
  assert_true(fake->job->consuming);
}

void fake_crash(struct fake_world *fake) {
  for (int i = 0; i < FAKE_LANES_MAX; i++) fake->asked[i] = NULL;
  job_free(fake->job);
  fake->job = NULL;
  fake->wake_at = USEC_NEVER;
  vec_foreach(message, &fake->messages) {
    if (!message->reported) outbox_delivered(message->cookie, false); // as a producer that is torn down reports
    message->reported = true;
  }
}

void fake_steal(struct fake_world *fake, int home) {
  struct sim_home *taken = &fake->db.homes.items[home - 1];
  taken->epoch++;
  free(taken->instance);
  taken->instance = xstrdup("thief");
  struct sim_batch next = taken->batches.items[taken->batches.count - 1];
  next.batch_no++;
  next.epoch = taken->epoch;
  next.requests = NULL;
  next.requests_size = next.ack_count = 0;
  next.acks = NULL;
  vec_push(&taken->batches, next);
}

void fake_free(struct fake_world *fake) {
  if (!fake) return;
  fake_crash(fake);
  sim_db_free(&fake->db);
  vec_free(&fake->messages);
  vec_free(&fake->calls);
  vec_free(&fake->consumed);
  vec_free(&fake->seeks);
  vec_free(&fake->quarantine);
  vec_free(&fake->duplicates);
  vec_free(&fake->applied);
  vec_free(&fake->tombstones);
  vec_free(&fake->notified);
  arena_free(fake->arena);
  free(fake);
}

int fake_setup(void **state) {
  *state = fake_new();
  return 0;
}

int fake_teardown(void **state) {
  fake_free(*state);
  return 0;
}

// ---- what comes -------------------------------------------------------------

void fake_record(struct fake_world *fake, enum fake_topic topic, int partition, const char *value) {
  int64_t offset = fake->next_offset[topic][partition]++;
  struct record record = {.topic = topic_names[topic], .partition = partition, .offset = offset, .value = value, .value_size = strlen(value)};
  job_on_record(fake->job, &record);
}

void fake_trigger(struct fake_world *fake, const char *json) { fake_record(fake, FAKE_TRIGGERS, 0, json); }

void fake_start_run(struct fake_world *fake, const char *workflow, const char *id) {
  fake_trigger(fake, arena_printf(fake->arena, "{\"id\":\"%s\",\"type\":\"t\",\"workflow\":\"test/%s\",\"recipients\":[\"lead-1\"]}", id, workflow));
}

static const char *action_text(struct fake_world *fake, const struct fake_message *message) {
  struct action_id id = {message->run_id, message->action_no};
  return action_id_format(&id, arena_alloc(fake->arena, ACTION_ID_TEXT_SIZE));
}

void fake_complete_at(struct fake_world *fake, int partition, const struct fake_message *message) {
  fake_record(fake, FAKE_RESULTS, partition,
              arena_printf(fake->arena, "{\"result\":{\"action_id\":\"%s\",\"attempt\":%d,\"completed\":{\"output\":{\"ok\":true}}}}", action_text(fake, message), message->attempt));
}

void fake_complete(struct fake_world *fake, const struct fake_message *message) { fake_complete_at(fake, 0, message); }

void fake_end_call(struct fake_world *fake, size_t call, const struct world_answer *answer) {
  assert_true(call < fake->calls.count && !fake->calls.items[call].ended);
  fake->calls.items[call].ended = true;
  job_on_called(fake->job, fake->calls.items[call].cookie, answer);
}

void fake_heartbeat(struct fake_world *fake, const struct fake_message *message) {
  fake_record(fake, FAKE_RESULTS, 0, arena_printf(fake->arena, "{\"heartbeat\":{\"action_id\":\"%s\",\"attempt\":%d}}", action_text(fake, message), message->attempt));
}

void fake_command(struct fake_world *fake, const char *kind, size_t run) {
  char id[UUID_TEXT_SIZE];
  fake_record(fake, FAKE_COMMANDS, 0, arena_printf(fake->arena, "{\"kind\":\"%s\",\"runId\":\"%s\",\"reason\":\"because\"}", kind, uuid_format(fake_run_id(fake, run), id)));
}

void fake_order_by_key(struct fake_world *fake, int home, const char *key) {
  struct sim_command row = {.command_id = (int64_t)fake->db.commands.count + 1, .home = home, .kind = WF_CONTROL_CANCEL, .key = xstrdup(key), .time = fake_clock(fake)};
  vec_push(&fake->db.commands, row);
}

// ---- answers ----------------------------------------------------------------

const struct store_request *fake_asked(const struct fake_world *fake, int lane) {
  assert_non_null(fake->asked[lane]);
  return fake->asked[lane];
}

static char *kept(struct fake_world *fake, struct text text) { return arena_strndup(fake->arena, text.data ? text.data : "", text.size); }

// What the model only counts.
static void keep_rows(struct fake_world *fake, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->quarantine_count; i++) {
    const struct store_quarantine *row = &commit->quarantine[i];
    vec_push(&fake->quarantine, (struct fake_quarantine){kept(fake, text_of(row->refusal.code)), kept(fake, text_of(row->refusal.text)),
                                                         kept(fake, row->trigger_id), row->record->offset});
  }
  for (size_t i = 0; i < commit->duplicate_count; i++) {
    const struct store_duplicate *row = &commit->duplicates[i];
    vec_push(&fake->duplicates, (struct fake_duplicate){row->first_trigger_id, kept(fake, row->workflow), kept(fake, row->event_id)});
  }
  for (size_t i = 0; i < commit->applied_count; i++) {
    const struct store_applied *row = &commit->applied[i];
    vec_push(&fake->applied, (struct fake_applied){row->command_id, row->run_count, kept(fake, text_of(row->result))});
  }
  for (size_t i = 0; i < commit->tombstone_count; i++) {
    const struct store_tombstone *row = &commit->tombstones[i];
    vec_push(&fake->tombstones, (struct fake_tombstone){kept(fake, row->key), kept(fake, row->workflow), kept(fake, row->recipient.id), row->cancel_time, row->expires_at});
  }
}

static void keep_notice(struct fake_world *fake, const struct store_notify *notify) {
  if (!notify->home_count) vec_push(&fake->notified, -1);
  for (size_t i = 0; i < notify->home_count; i++) vec_push(&fake->notified, notify->homes[i]);
}

static const struct store_request *take_asked(struct fake_world *fake, int lane) {
  const struct store_request *request = fake_asked(fake, lane);
  fake->asked[lane] = NULL;
  return request;
}

static void execute(struct fake_world *fake, const struct store_request *request, struct store_reply *reply) {
  sim_db_execute(&fake->db, request, fake_clock(fake), reply);
  if (request->kind == STORE_COMMIT && reply->status == STORE_OK) keep_rows(fake, &request->commit);
  if (request->kind == STORE_NOTIFY) keep_notice(fake, &request->notify);
}

static struct store_reply refusal(enum store_status status) {
  return (struct store_reply){.status = status, .error = {"XX000", "as the test wants it", -1}};
}

void fake_answer(struct fake_world *fake, int lane) {
  const struct store_request *request = take_asked(fake, lane);
  struct store_reply reply;
  if (request->kind == STORE_COMMIT && fake->refuses && fake->refuses(&request->commit))
    reply = refusal(fake->refusal);
  else
    execute(fake, request, &reply);
  if (fake->edit) fake->edit(fake, request, &reply);
  job_on_reply(fake->job, lane, &reply);
}

void fake_refuse(struct fake_world *fake, int lane, enum store_status status) {
  take_asked(fake, lane);
  struct store_reply reply = refusal(status);
  job_on_reply(fake->job, lane, &reply);
}

void fake_lose(struct fake_world *fake, int lane) {
  const struct store_request *request = take_asked(fake, lane);
  struct store_reply reply;
  execute(fake, request, &reply);
  sim_db_discard(&reply, request);
  reply = refusal(STORE_UNKNOWN);
  job_on_reply(fake->job, lane, &reply);
}

void fake_report(struct fake_world *fake, size_t message, bool delivered) {
  assert_true(message < fake->messages.count);
  struct fake_message *m = &fake->messages.items[message];
  assert_false(m->reported);
  m->reported = true;
  job_on_delivered(fake->job, m->cookie, delivered);
}

// One thing that is ready now; false when there is none.
static bool step(struct fake_world *fake) {
  for (size_t i = 0; fake->deliver && i < fake->messages.count; i++) {
    if (fake->messages.items[i].reported) continue;
    fake_report(fake, i, true);
    return true;
  }
  for (int i = 0; i < FAKE_LANES_MAX; i++) {
    if (!fake->asked[i]) continue;
    fake_answer(fake, i);
    return true;
  }
  if (fake->wake_at > fake->now) return false;
  fake->wake_at = USEC_NEVER;
  job_on_timer(fake->job);
  return true;
}

const struct store_request *fake_until(struct fake_world *fake, enum store_request_kind kind) {
  for (int steps = 0; steps < STEPS_MAX; steps++) {
    if (fake->asked[0] && fake->asked[0]->kind == kind) return fake->asked[0];
    if (!step(fake)) break;
  }
  fail_msg("nothing asks the database for that (%d)", kind);
  return NULL;
}

void fake_settle(struct fake_world *fake) {
  for (int steps = 0; steps < STEPS_MAX; steps++)
    if (!step(fake)) return;
  fail_msg("it never comes to rest");
}

void fake_advance(struct fake_world *fake, usec_t by) {
  usec_t until = fake->now + by;
  fake_settle(fake);
  while (fake->wake_at <= until) {
    fake->now = fake->wake_at;
    fake_settle(fake);
  }
  fake->now = until;
}

// ---- what there is ----------------------------------------------------------

usec_t fake_clock(const struct fake_world *fake) { return fake->now + fake->ahead; }

struct home *fake_home(const struct fake_world *fake, int number) {
  for (int i = 0; i < fake->config.lanes; i++) {
    struct home *home = lane_home(fake->job->lanes[i], number);
    if (home) return home;
  }
  fail_msg("home %d is not held", number);
  return NULL;
}

const struct sim_batch *fake_batch(const struct fake_world *fake, int home) {
  const struct sim_home *row = &fake->db.homes.items[home - 1];
  return &row->batches.items[row->batches.count - 1];
}

static const struct sim_run *run_at(const struct fake_world *fake, size_t run) {
  if (run >= fake->db.runs.count) fail_msg("there are %zu runs, not %zu", fake->db.runs.count, run + 1);
  return fake->db.runs.items[run];
}

const char *fake_events(const struct fake_world *fake, size_t run) {
  const char *all = "";
  vec_foreach(stored, &run_at(fake, run)->events) all = arena_printf(fake->arena, "%s%s%s", all, *all ? " " : "", wf_event_type_name(stored->event.type));
  return all;
}

int fake_count_events(const struct fake_world *fake, size_t run, enum wf_event_type type) {
  int count = 0;
  vec_foreach(stored, &run_at(fake, run)->events) count += stored->event.type == type;
  return count;
}

const struct uuid *fake_run_id(const struct fake_world *fake, size_t run) { return &run_at(fake, run)->run_id; }

bool fake_is_open(const struct fake_world *fake, size_t run) { return sim_db_is_open(run_at(fake, run)); }

struct job_stats fake_stats(const struct fake_world *fake) {
  struct job_stats stats;
  job_stats(fake->job, &stats);
  return stats;
}
