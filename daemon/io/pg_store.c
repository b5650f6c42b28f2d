// SPDX-License-Identifier: Apache-2.0
#include "io/pg_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/pg_decode.h"
#include "io/pg_error.h"
#include "io/pg_inbox.h"
#include "io/pg_read.h"
#include "io/pg_trouble.h"
#include "io/pg_write.h"

struct lane {
  struct pg_store *store;
  int number;
  struct pg_conn *conn;
  const struct store_request *request; // under way or waiting for the connection
  bool is_sent, committed, making_partitions;
  bool whole, unusable; // a load without snapshots; one of them cannot be used
  struct store_reply reply;
  struct arena *arena; // of the reply
  struct pg_parameters parameters;
  struct pg_inbox inbox; // whose homes' inboxes, and what they have acknowledged
};

struct pg_store {
  struct pg_store_handler handler;
  int inbox_rows;
  int lane_count;
  struct lane *lanes;
};

// ---- answering --------------------------------------------------------------

static bool holds_load(const struct lane *lane) {
  return lane->request && lane->request->kind == STORE_LOAD && lane->reply.load.runs;
}

static void answer(struct lane *lane, enum store_status status) {
  const struct store_request *request = lane->request;
  bool is_load = holds_load(lane);
  struct store_load_reply load = lane->reply.load;
  lane->reply.status = status;
  if (is_load && status != STORE_OK) {
    pg_read_discard(&request->load, &lane->reply, false);
    is_load = false;
  }
  // The request is the lane's again, and may be overwritten by the next one in the call.
  struct store_load asked = is_load ? request->load : (struct store_load){0};
  struct store_reply reply = lane->reply;
  struct arena *arena = lane->arena;
  lane->arena = arena_new();
  lane->reply = (struct store_reply){0};
  lane->request = NULL;
  lane->is_sent = lane->committed = lane->making_partitions = lane->whole = lane->unusable = false;
  lane->store->handler.on_reply(lane->store->handler.context, lane->number, request, &reply);
  if (is_load) {
    reply.load = load;
    pg_read_discard(&asked, &reply, true);
  }
  arena_free(arena);
}

static void answer_failure(struct lane *lane, const struct pg_outcome *outcome, enum store_status status) {
  struct store_error *error = &lane->reply.error;
  snprintf(error->sqlstate, sizeof error->sqlstate, "%s", outcome->sqlstate);
  const char *advice = pg_trouble_advice(outcome->sqlstate);
  error->text = arena_printf(lane->arena, "%s: %s%s%s%s%s", pg_statements[outcome->statement].name, outcome->text,
                             outcome->detail ? ": " : "", outcome->detail ? outcome->detail : "", advice ? "; " : "", advice ? advice : "");
  error->home = status == STORE_FENCED ? (int)pg_error_number(outcome, -1) : -1;
  if (status == STORE_TOO_EARLY) lane->reply.clock = pg_error_number(outcome, 0);
  answer(lane, status);
}

// ---- asking -----------------------------------------------------------------

static void add(struct lane *lane, enum pg_statement statement) { pg_conn_add(lane->conn, statement, &lane->parameters); }

static struct pg_parameters *fresh(struct lane *lane) {
  pg_parameters_reset(&lane->parameters);
  return &lane->parameters;
}

static void add_plain(struct lane *lane, enum pg_statement statement) { pg_conn_add(lane->conn, statement, NULL); }

static void put_sources(const struct store_takeover *takeover, struct pg_parameters *to) {
  struct buf *topics = pg_array(to, PG_TEXT, takeover->source_count);
  struct buf *partitions = pg_array(to, PG_INT4, takeover->source_count);
  for (size_t i = 0; i < takeover->source_count; i++) {
    pg_put_string(topics, takeover->sources[i].topic);
    pg_put_int4(partitions, takeover->sources[i].partition);
  }
}

static void send_takeover(struct lane *lane) {
  const struct store_takeover *takeover = &lane->request->takeover;
  struct pg_parameters *to = fresh(lane);
  pg_parameter_text(to, text_of(takeover->cluster_id));
  pg_parameter_text(to, text_of(takeover->instance));
  put_sources(takeover, to);
  struct buf *epochs = pg_array(to, PG_INT8, takeover->source_count);
  struct buf *batch_nos = pg_array(to, PG_INT8, takeover->source_count);
  for (size_t i = 0; i < takeover->source_count; i++) {
    pg_put_int8(epochs, takeover->sources[i].mine_epoch);
    pg_put_int8(batch_nos, takeover->sources[i].mine_batch_no);
  }
  add_plain(lane, PG_BEGIN);
  pg_parameter_text(to, text_of(takeover->trigger_topic));
  add(lane, PG_TAKEOVER);
  put_sources(takeover, fresh(lane));
  add(lane, PG_READ_PACKED);
  add(lane, PG_READ_FANOUTS);
  add_plain(lane, PG_COMMIT);
}

static void send_announce(struct lane *lane) {
  const struct store_announce *announce = &lane->request->announce;
  struct pg_parameters *to = fresh(lane);
  pg_parameter_int2(to, (int16_t)announce->home);
  pg_parameter_int8(to, announce->epoch);
  pg_parameter_int8(to, announce->batch_no);
  pg_parameter_text(to, text_of(announce->instance));
  pg_parameter_text(to, text_of(announce->input));
  add(lane, PG_ANNOUNCE);
}

static void send_settle(struct lane *lane) {
  const struct store_settle *settle = &lane->request->settle;
  struct pg_parameters *to = fresh(lane);
  struct buf *homes = pg_array(to, PG_INT2, settle->home_count);
  struct buf *epochs = pg_array(to, PG_INT8, settle->home_count);
  for (size_t i = 0; i < settle->home_count; i++) {
    pg_put_int2(homes, (int16_t)settle->homes[i]);
    pg_put_int8(epochs, settle->epochs[i]);
  }
  pg_parameter_text(to, text_of(settle->instance));
  pg_parameter_int4(to, settle->gives_back);
  add(lane, PG_SETTLE);
}

static void put_uuids(const struct uuid *ids, size_t count, struct pg_parameters *to) {
  struct buf *array = pg_array(to, PG_UUID, count);
  for (size_t i = 0; i < count; i++) pg_put_uuid(array, &ids[i]);
}

static void send_load(struct lane *lane) {
  const struct store_load *load = &lane->request->load;
  pg_read_load_begin(load, lane->arena, &lane->reply);
  add_plain(lane, PG_CLOCK);
  if (load->run_count) {
    put_uuids(load->runs, load->run_count, fresh(lane));
    pg_parameter_int4(&lane->parameters, lane->whole ? 0 : INT32_MAX);
    add(lane, PG_LOAD_RUNS);
    add(lane, PG_LOAD_EVENTS);
  }
  if (load->tombstone_count) {
    pg_write_tombstone_keys(load, fresh(lane));
    add(lane, PG_FIND_TOMBSTONES);
  }
  if (load->match_count) {
    pg_write_match_keys(load, fresh(lane));
    add(lane, PG_FIND_MATCHES);
  }
  if (!load->claim_count) return;
  struct pg_parameters *to = fresh(lane);
  struct buf *tenants = pg_array(to, PG_TEXT, load->claim_count);
  struct buf *workflows = pg_array(to, PG_TEXT, load->claim_count);
  struct buf *ids = pg_array(to, PG_TEXT, load->claim_count);
  for (size_t i = 0; i < load->claim_count; i++) {
    pg_put_text(tenants, load->claims[i].tenant);
    pg_put_text(workflows, load->claims[i].workflow);
    pg_put_text(ids, load->claims[i].id);
  }
  add(lane, PG_FIND_CLAIMS);
}

static void send_commit(struct lane *lane) {
  const struct store_commit *commit = &lane->request->commit;
  if (commit->fence_count) {
    add_plain(lane, PG_BEGIN);
    for (size_t i = 0; i < pg_write_step_count; i++)
      if (pg_write_steps[i].write(commit, fresh(lane))) add(lane, pg_write_steps[i].statement);
    add_plain(lane, PG_COMMIT);
  } else {
    add_plain(lane, PG_LOOK);
  }
  // Behind COMMIT, so that the read sees the newest, and cannot fail what is committed.
  if (!pg_inbox_put(&lane->inbox, commit, lane->store->inbox_rows, fresh(lane))) return;
  add(lane, PG_READ_INBOX);
  pg_inbox_put_homes(&lane->inbox, fresh(lane));
  add(lane, PG_READ_COMMANDS);
}

static void send_scan(struct lane *lane) {
  const struct store_scan *scan = &lane->request->scan;
  struct pg_parameters *to = fresh(lane);
  struct uuid lowest = {{0}};
  pg_parameter_int2(to, (int16_t)scan->home);
  pg_parameter_timestamp(to, scan->due_from);
  pg_parameter_timestamp(to, scan->due_until);
  pg_parameter_timestamp(to, scan->has_after ? scan->after.due_at : scan->due_from);
  pg_parameter_uuid(to, scan->has_after ? &scan->after.run_id : &lowest);
  pg_parameter_int4(to, scan->has_after ? scan->after.timer_no : -1);
  pg_parameter_int4(to, scan->limit);
  add_plain(lane, PG_CLOCK);
  add(lane, PG_SCAN_TIMERS);
}

static void send_publish(struct lane *lane) {
  const struct store_publish *publish = &lane->request->publish;
  struct pg_parameters *to = fresh(lane);
  pg_parameter_text(to, text_of(publish->namespace));
  pg_parameter_text(to, text_of(publish->name));
  pg_parameter_text(to, text_of(publish->version));
  pg_parameter_text(to, publish->document);
  pg_parameter_text(to, publish->outline);
  add(lane, PG_PUBLISH);
}

static void send_notify(struct lane *lane) {
  const struct store_notify *notify = &lane->request->notify;
  struct buf *homes = pg_array(fresh(lane), PG_TEXT, notify->home_count ? notify->home_count : 1);
  char text[16];
  if (!notify->home_count) pg_put_string(homes, "");
  for (size_t i = 0; i < notify->home_count; i++) {
    snprintf(text, sizeof text, "%d", notify->homes[i]);
    pg_put_string(homes, text);
  }
  add(lane, PG_NOTIFY);
}

static void send_schedules(struct lane *lane) {
  const struct store_schedules *schedules = &lane->request->schedules;
  struct pg_parameters *to = fresh(lane);
  struct buf *workflows = pg_array(to, PG_TEXT, schedules->workflow_count);
  struct buf *homes = pg_array(to, PG_INT2, schedules->home_count);
  for (size_t i = 0; i < schedules->workflow_count; i++) pg_put_string(workflows, schedules->workflows[i]);
  for (size_t i = 0; i < schedules->home_count; i++) pg_put_int2(homes, (int16_t)schedules->homes[i]);
  pg_parameter_text(to, text_of(schedules->trigger_topic));
  add_plain(lane, PG_CLOCK);
  add(lane, PG_READ_SCHEDULES);
}

static void send_request(struct lane *lane) {
  lane->is_sent = true;
  switch (lane->request->kind) {
  case STORE_TAKEOVER: send_takeover(lane); break;
  case STORE_LOAD: send_load(lane); break;
  case STORE_COMMIT: send_commit(lane); break;
  case STORE_SCAN: send_scan(lane); break;
  case STORE_DEFINITIONS:
    add_plain(lane, PG_CLOCK);
    add_plain(lane, PG_READ_DEFINITIONS);
    break;
  case STORE_PUBLISH: send_publish(lane); break;
  case STORE_NOTIFY: send_notify(lane); break;
  case STORE_ANNOUNCE: send_announce(lane); break;
  case STORE_SETTLE: send_settle(lane); break;
  case STORE_SCHEDULES: send_schedules(lane); break;
  }
  pg_conn_run(lane->conn);
}

// ---- hearing ----------------------------------------------------------------

static void on_ready(void *context) {
  struct lane *lane = context;
  struct pg_store *store = lane->store;
  if (store->handler.on_connection) store->handler.on_connection(store->handler.context, lane->number, true, NULL);
  if (lane->request && !lane->is_sent) send_request(lane);
}

static void on_down(void *context, const char *reason) {
  struct lane *lane = context;
  struct pg_store *store = lane->store;
  if (store->handler.on_connection) store->handler.on_connection(store->handler.context, lane->number, false, reason);
  if (!lane->request) return;
  lane->reply.error = (struct store_error){.text = arena_strdup(lane->arena, reason), .home = -1};
  answer(lane, STORE_DOWN);
}

static void on_result(void *context, enum pg_statement statement, const PGresult *result) {
  struct lane *lane = context;
  struct store_reply *reply = &lane->reply;
  switch (statement) {
  case PG_CLOCK:
  case PG_NOTIFY:
  case PG_SETTLE:
  case PG_FENCE: reply->clock = pg_get_timestamp(result, 0, 0); break;
  case PG_COMMIT: lane->committed = true; break;
  case PG_LOOK:
    reply->clock = pg_get_timestamp(result, 0, 0);
    reply->commit.generation = pg_get_int8(result, 0, 1);
    break;
  case PG_TAKEOVER: pg_read_takeover(result, lane->arena, reply); break;
  case PG_ANNOUNCE: pg_read_announce(result, reply); break;
  case PG_READ_PACKED: pg_read_packed(result, lane->arena, reply); break;
  case PG_READ_FANOUTS: pg_read_fanouts(result, lane->arena, reply); break;
  case PG_LOAD_RUNS: lane->unusable |= pg_read_runs(result, &lane->request->load, lane->arena, reply) < 0; break;
  case PG_LOAD_EVENTS: lane->unusable |= pg_read_events(result, &lane->request->load, lane->arena, reply) < 0; break;
  case PG_FIND_CLAIMS: pg_read_claims(result, reply); break;
  case PG_FIND_TOMBSTONES: pg_read_tombstones(result, lane->arena, reply); break;
  case PG_FIND_MATCHES: pg_read_matches(result, lane->arena, reply); break;
  case PG_READ_COMMANDS: pg_read_commands(result, lane->arena, reply); break;
  case PG_GATHER: reply->commit.refused = pg_get_int8(result, 0, 0); break;
  case PG_HAND_OVER:
  case PG_CORRELATE: pg_read_handed(result, lane->arena, reply); break;
  case PG_READ_INBOX: pg_read_inbox(result, lane->arena, reply); break;
  case PG_SCAN_TIMERS: pg_read_timers(result, lane->request->scan.home, lane->arena, reply); break;
  case PG_READ_SCHEDULES: pg_read_schedules(result, lane->arena, reply); break;
  case PG_READ_DEFINITIONS: pg_read_definitions(result, lane->arena, reply); break;
  default: break;
  }
}

static void make_partitions(struct lane *lane) {
  lane->making_partitions = true;
  pg_write_instants(&lane->request->commit, fresh(lane));
  add(lane, PG_ENSURE_PARTITIONS);
  pg_conn_run(lane->conn);
}

// A snapshot is a shortcut only: the same again, from the first events.
static void load_whole(struct lane *lane) {
  pg_read_discard(&lane->request->load, &lane->reply, false);
  lane->reply.load = (struct store_load_reply){0};
  lane->whole = true;
  lane->unusable = false;
  send_load(lane);
  pg_conn_run(lane->conn);
}

static void on_done(void *context, const struct pg_outcome *outcome) {
  struct lane *lane = context;
  bool is_commit = lane->request->kind == STORE_COMMIT;
  if (outcome->kind == PG_LOST && lane->store->handler.on_connection)
    lane->store->handler.on_connection(lane->store->handler.context, lane->number, false, outcome->text);
  if (lane->making_partitions) {
    if (outcome->kind == PG_DONE) answer(lane, STORE_REDO);
    else answer_failure(lane, outcome, pg_error_status(outcome, false));
    return;
  }
  // Once COMMIT is answered nothing undoes it, whatever became of the read behind it.
  if (outcome->kind == PG_DONE || (is_commit && lane->committed)) {
    if (is_commit) {
      pg_inbox_committed(&lane->inbox, &lane->request->commit);
      pg_inbox_read(&lane->inbox, &lane->reply.commit);
    }
    if (lane->request->kind == STORE_TAKEOVER) pg_inbox_taken(&lane->inbox, &lane->reply.takeover);
    if (lane->unusable) {
      load_whole(lane);
      return;
    }
    answer(lane, STORE_OK);
    return;
  }
  if (is_commit && pg_error_is_missing_partition(outcome) && pg_conn_is_ready(lane->conn)) {
    make_partitions(lane);
    return;
  }
  enum store_status status = pg_error_status(outcome, is_commit);
  // There is nothing to bisect in a document.
  if (lane->request->kind == STORE_PUBLISH && status == STORE_REFUSED) status = STORE_FAILED;
  answer_failure(lane, outcome, status);
}

// ---- outside ----------------------------------------------------------------

// Who waits for a lock is told so, not that the statement is too slow: that is held against what
// it is for.
static int lock_timeout(const struct pg_store_config *config, int statement_ms) {
  int wanted = config->lock_timeout_ms ? config->lock_timeout_ms : 10000, most = statement_ms / 4 * 3;
  return wanted < most ? wanted : most;
}

static void lane_open(struct lane *lane, struct event_base *base, const struct pg_store_config *config) {
  char *name = xasprintf("workflowd/%s/%d", config->instance, lane->number);
  int statement_ms = config->statement_timeout_ms ? config->statement_timeout_ms : 30000;
  struct pg_conn_config conn = {
      .conninfo = config->conninfo,
      .application_name = name,
      .statement_timeout_ms = statement_ms,
      .lock_timeout_ms = lock_timeout(config, statement_ms),
      .idle_in_transaction_timeout_ms = config->idle_in_transaction_timeout_ms ? config->idle_in_transaction_timeout_ms : 10000,
  };
  lane->arena = arena_new();
  lane->conn = pg_conn_new(base, &conn, &(struct pg_conn_handler){lane, on_ready, on_down, on_result, on_done});
  free(name);
}

struct pg_store *pg_store_new(struct event_base *base, const struct pg_store_config *config,
                              const struct pg_store_handler *handler) {
  struct pg_store *store = xcalloc(1, sizeof *store);
  store->handler = *handler;
  store->inbox_rows = config->inbox_rows ? config->inbox_rows : 1000;
  store->lane_count = config->lanes;
  store->lanes = xcalloc((size_t)config->lanes, sizeof *store->lanes);
  for (int i = 0; i < config->lanes; i++) {
    store->lanes[i].store = store;
    store->lanes[i].number = i;
    lane_open(&store->lanes[i], base, config);
  }
  return store;
}

void pg_store_free(struct pg_store *store) {
  if (!store) return;
  for (int i = 0; i < store->lane_count; i++) {
    struct lane *lane = &store->lanes[i];
    pg_conn_free(lane->conn);
    if (holds_load(lane)) pg_read_discard(&lane->request->load, &lane->reply, false);
    arena_free(lane->arena);
    pg_parameters_free(&lane->parameters);
    pg_inbox_free(&lane->inbox);
  }
  free(store->lanes);
  free(store);
}

void pg_store_submit(struct pg_store *store, int number, const struct store_request *request) {
  WF_ASSERT(number >= 0 && number < store->lane_count);
  struct lane *lane = &store->lanes[number];
  WF_ASSERT(!lane->request);
  lane->request = request;
  lane->reply = (struct store_reply){.error.home = -1};
  arena_reset(lane->arena);
  if (pg_conn_is_ready(lane->conn)) send_request(lane);
}

void pg_store_set_conninfo(struct pg_store *store, const char *conninfo) {
  for (int i = 0; i < store->lane_count; i++) pg_conn_set_conninfo(store->lanes[i].conn, conninfo);
}

bool pg_store_is_connected(const struct pg_store *store, int lane) { return pg_conn_is_ready(store->lanes[lane].conn); }
