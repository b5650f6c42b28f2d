// SPDX-License-Identifier: Apache-2.0
#include "io/pg_read.h"

#include <string.h>

#include "engine/snapshot.h"
#include "io/pg_decode.h"
#include "io/pg_record.h"

static size_t rows_of(const PGresult *result) { return (size_t)PQntuples(result); }

void pg_read_takeover(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_takeover_reply *to = &reply->takeover;
  to->home_count = rows_of(result);
  to->homes = arena_alloc0(arena, (to->home_count + 1) * sizeof *to->homes);
  for (int row = 0; row < PQntuples(result); row++) {
    struct store_home *home = &to->homes[row];
    int column = 0;
    home->home = pg_get_int2(result, row, column++);
    home->epoch = pg_get_int8(result, row, column++);
    home->batch_no = pg_get_int8(result, row, column++);
    home->next_offset = pg_get_int8(result, row, column++);
    home->last_offset = pg_get_int8(result, row, column++);
    home->last_timestamp = pg_get_timestamp(result, row, column++);
    home->last_hash = (uint64_t)pg_get_int8(result, row, column++);
    home->outbox_acked = pg_get_int8(result, row, column++);
    home->guard_low = pg_get_int8(result, row, column++);
    home->timer_low = pg_get_timestamp(result, row, column++);
    size_t count;
    home->inbox_acks = pg_get_int8s(result, row, column++, arena, &count);
    home->inbox_ack_count = count / 2;
    home->mine_committed = pg_get_bool(result, row, column++);
    home->unclean_ends = pg_get_int2(result, row, column++);
    home->hands_over = pg_get_bool(result, row, column++);
    to->stored_cluster_id = pg_get_string(result, row, column++, arena);
    reply->clock = pg_get_timestamp(result, row, column++);
  }
}

void pg_read_announce(const PGresult *result, struct store_reply *reply) {
  reply->clock = pg_get_timestamp(result, 0, 0);
  reply->announce.deaths = pg_get_int4(result, 0, 1);
}

void pg_read_packed(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_takeover_reply *to = &reply->takeover;
  to->packed_count = rows_of(result);
  to->packed = arena_alloc0(arena, (to->packed_count + 1) * sizeof *to->packed);
  for (int row = 0; row < PQntuples(result); row++) {
    to->packed[row].home = pg_get_int2(result, row, 0);
    to->packed[row].batch_no = pg_get_int8(result, row, 1);
    to->packed[row].requests = pg_get_bytes(result, row, 2, arena);
  }
}

void pg_read_load_begin(const struct store_load *load, struct arena *arena, struct store_reply *reply) {
  reply->load.runs = arena_alloc0(arena, (load->run_count + 1) * sizeof *reply->load.runs);
  reply->load.claims = arena_alloc0(arena, (load->claim_count + 1) * sizeof *reply->load.claims);
}

static int read_snapshot(const PGresult *result, int row, int column, struct store_loaded_run *run) {
  if (PQgetisnull(result, row, column)) return 0;
  int32_t seq = pg_get_int4(result, row, column);
  size_t size = (size_t)PQgetlength(result, row, column + 1);
  if (wf_snapshot_decode(PQgetvalue(result, row, column + 1), size, &run->identity, &run->snapshot) < 0) return -WF_EINVAL;
  return run->snapshot->last_seq == seq ? 0 : -WF_EINVAL;
}

int pg_read_runs(const PGresult *result, const struct store_load *load, struct arena *arena, struct store_reply *reply) {
  int code = 0;
  for (int row = 0; row < PQntuples(result); row++) {
    int column = 0;
    size_t ordinal = (size_t)pg_get_int4(result, row, column++) - 1;
    struct store_loaded_run *run = &reply->load.runs[ordinal];
    run->found = true;
    run->identity.run_id = load->runs[ordinal];
    run->identity.trigger_id = pg_get_uuid(result, row, column++);
    run->identity.definition_id = pg_get_int4(result, row, column++);
    run->identity.workflow = pg_get_string(result, row, column++, arena);
    run->identity.workflow_version = pg_get_string(result, row, column++, arena);
    run->identity.tenant = pg_get_string(result, row, column++, arena);
    run->identity.subject = pg_get_string(result, row, column++, arena);
    run->identity.event_id = pg_get_string(result, row, column++, arena);
    run->identity.source_type = pg_get_string(result, row, column++, arena);
    run->identity.source_name = pg_get_string(result, row, column++, arena);
    run->identity.correlation_id = pg_get_string(result, row, column++, arena);
    run->identity.traceparent = pg_get_string(result, row, column++, arena);
    jv actor = pg_get_json(result, row, column++);
    if (!jv_is_valid(actor)) {
      jv_free(actor);
      actor = jv_null();
    }
    run->identity.actor = actor;
    run->identity.trigger_data = pg_get_json(result, row, column++);
    if (!PQgetisnull(result, row, column)) run->identity.parent_run_id = pg_get_uuid(result, row, column);
    column++;
    if (!PQgetisnull(result, row, column)) run->identity.depth = pg_get_int4(result, row, column);
    column++;
    if (read_snapshot(result, row, column, run) < 0) code = -WF_EINVAL;
  }
  return code;
}

static void read_event(const PGresult *result, int row, struct arena *arena, struct wf_event *event) {
  int column = 1;
  event->seq = pg_get_int4(result, row, column++);
  event->step_no = pg_get_int4(result, row, column++);
  event->at = pg_get_timestamp(result, row, column++);
  event->action_no = pg_get_int4(result, row, column++);
  event->attempt = pg_get_int4(result, row, column++);
  event->type = wf_event_type_parse(PQgetvalue(result, row, column++));
  event->level = strcmp(PQgetvalue(result, row, column++), "error") ? WF_LEVEL_OK : WF_LEVEL_ERROR;
  event->reference = pg_get_string(result, row, column++, arena);
  event->reason_code = pg_get_string(result, row, column++, arena);
  event->summary = pg_get_string(result, row, column++, arena);
  event->detail_internal = pg_get_string(result, row, column++, arena);
  jv data = pg_get_json(result, row, column++);
  if (!jv_is_valid(data)) {
    jv_free(data);
    data = jv_object();
  }
  event->data = data;
}

// What the two statements of a load saw may differ, if somebody else writes the run.
static bool follows(const struct store_loaded_run *run) {
  return !run->snapshot || run->events[0].seq == run->snapshot->last_seq + 1;
}

int pg_read_events(const PGresult *result, const struct store_load *load, struct arena *arena, struct store_reply *reply) {
  int rows = PQntuples(result), code = 0;
  for (int first = 0; first < rows;) {
    int ordinal = pg_get_int4(result, first, 0), end = first;
    while (end < rows && pg_get_int4(result, end, 0) == ordinal) end++;
    struct store_loaded_run *run = &reply->load.runs[ordinal - 1];
    if (run->found && (size_t)ordinal <= load->run_count) {
      run->event_count = (size_t)(end - first);
      run->events = arena_alloc0(arena, run->event_count * sizeof *run->events);
      for (int row = first; row < end; row++) read_event(result, row, arena, &run->events[row - first]);
      if (!follows(run)) code = -WF_EINVAL;
    }
    first = end;
  }
  return code;
}

void pg_read_claims(const PGresult *result, struct store_reply *reply) {
  for (int row = 0; row < PQntuples(result); row++) {
    struct store_loaded_claim *claim = &reply->load.claims[pg_get_int4(result, row, 0) - 1];
    claim->taken = true;
    claim->trigger_id = pg_get_uuid(result, row, 1);
  }
}

void pg_read_inbox(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_inbox_row *rows = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *rows);
  for (int row = 0; row < PQntuples(result); row++) {
    rows[row].dst_home = pg_get_int2(result, row, 0);
    rows[row].src_home = pg_get_int2(result, row, 1);
    rows[row].src_pos = pg_get_int8(result, row, 2);
    rows[row].kind = pg_get_string(result, row, 3, arena);
    if (!PQgetisnull(result, row, 4)) rows[row].run_id = pg_get_uuid(result, row, 4);
    rows[row].payload = pg_get_bytes(result, row, 5, arena);
    rows[row].is_json = pg_get_bool(result, row, 6);
    rows[row].quarantine_id = pg_get_int8(result, row, 7);
    if (!PQgetisnull(result, row, 8)) rows[row].record = pg_record_get(result, row, 8, arena);
  }
  reply->commit.inbox = rows;
  reply->commit.inbox_count = rows_of(result);
}

// Homes behind those that another statement of the commit gave.
static const int *homes_added(const PGresult *result, int column, const int *homes, size_t *count, struct arena *arena) {
  size_t more;
  const int64_t *values = pg_get_int8s(result, 0, column, arena, &more);
  if (!more) return homes;
  int *all = arena_alloc(arena, (*count + more) * sizeof *all);
  if (*count) memcpy(all, homes, *count * sizeof *all);
  for (size_t i = 0; i < more; i++) all[*count + i] = (int)values[i];
  *count += more;
  return all;
}

void pg_read_handed(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_commit_reply *to = &reply->commit;
  to->woken = homes_added(result, 0, to->woken, &to->woken_count, arena);
  to->unfinished = homes_added(result, 1, to->unfinished, &to->unfinished_count, arena);
}

void pg_read_timers(const PGresult *result, int home, struct arena *arena, struct store_reply *reply) {
  struct store_timer *timers = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *timers);
  for (int row = 0; row < PQntuples(result); row++) {
    timers[row].home = home;
    timers[row].due_at = pg_get_timestamp(result, row, 0);
    timers[row].run_id = pg_get_uuid(result, row, 1);
    timers[row].timer_no = pg_get_int4(result, row, 2);
  }
  reply->scan.timers = timers;
  reply->scan.timer_count = rows_of(result);
}

void pg_read_definitions(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_definition *definitions = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *definitions);
  size_t count = 0;
  for (int row = 0; row < PQntuples(result); row++) {
    reply->definitions.generation = pg_get_int8(result, row, 0);
    reply->definitions.is_intake_paused = pg_get_bool(result, row, 7);
    if (PQgetisnull(result, row, 1)) continue; // no definitions at all
    struct store_definition *definition = &definitions[count++];
    definition->definition_id = pg_get_int4(result, row, 1);
    definition->namespace = pg_get_string(result, row, 2, arena);
    definition->name = pg_get_string(result, row, 3, arena);
    definition->version = pg_get_string(result, row, 4, arena);
    definition->active = !strcmp(PQgetvalue(result, row, 5), "active");
    definition->document = pg_get_bytes(result, row, 6, arena);
  }
  reply->definitions.definitions = definitions;
  reply->definitions.definition_count = count;
}

void pg_read_discard(const struct store_load *load, struct store_reply *reply, bool runs_taken) {
  for (size_t i = 0; i < load->run_count; i++) {
    struct store_loaded_run *run = &reply->load.runs[i];
    if (!run->found) continue;
    for (size_t e = 0; e < run->event_count; e++) jv_free(run->events[e].data);
    if (runs_taken) continue;
    wf_run_free(run->snapshot);
    jv_free(run->identity.actor);
    jv_free(run->identity.trigger_data);
  }
}
