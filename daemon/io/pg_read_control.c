// SPDX-License-Identifier: Apache-2.0
// What stops runs (commands, tombstones), and fan-outs.
#include <string.h>

#include "base/error.h"
#include "io/pg_decode.h"
#include "io/pg_read.h"
#include "io/pg_record.h"

static size_t rows_of(const PGresult *result) { return (size_t)PQntuples(result); }

static struct text get_text(const PGresult *result, int row, int column, struct arena *arena) {
  return text_of(pg_get_string(result, row, column, arena));
}

static bool is_taken(const struct store_takeover_reply *reply, int home) {
  for (size_t i = 0; i < reply->home_count; i++)
    if (reply->homes[i].home == home) return reply->homes[i].epoch != 0;
  return false;
}

void pg_read_fanouts(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_takeover_reply *to = &reply->takeover;
  struct store_open_fanout *fanouts = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *fanouts);
  size_t count = 0;
  for (int row = 0; row < PQntuples(result); row++) {
    int home = pg_get_int2(result, row, 0);
    if (!is_taken(to, home)) continue;
    fanouts[count++] = (struct store_open_fanout){.home = home,
                                                  .trigger_id = pg_get_uuid(result, row, 1),
                                                  .definition_id = pg_get_int4(result, row, 2),
                                                  .cursor = pg_get_int4(result, row, 3),
                                                  .record = pg_record_get(result, row, 4, arena)};
  }
  to->fanouts = fanouts;
  to->fanout_count = count;
}

void pg_read_tombstones(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_loaded_tombstone *tombstones = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *tombstones);
  for (int row = 0; row < PQntuples(result); row++) {
    tombstones[row].key = (size_t)pg_get_int4(result, row, 0) - 1;
    tombstones[row].cancel_time = pg_get_timestamp(result, row, 1);
    tombstones[row].workflow = get_text(result, row, 2, arena);
    tombstones[row].recipient = (struct recipient_ref){get_text(result, row, 3, arena), get_text(result, row, 4, arena)};
  }
  reply->load.tombstones = tombstones;
  reply->load.tombstone_count = rows_of(result);
}

void pg_read_matches(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_loaded_match *matches = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *matches);
  for (int row = 0; row < PQntuples(result); row++)
    matches[row] = (struct store_loaded_match){(size_t)pg_get_int4(result, row, 0) - 1, pg_get_uuid(result, row, 1)};
  reply->load.matches = matches;
  reply->load.match_count = rows_of(result);
}

static enum wf_control kind_of(const char *name) {
  static const char *const names[] = {[WF_CONTROL_CANCEL] = "cancel", [WF_CONTROL_SUSPEND] = "suspend", [WF_CONTROL_RESUME] = "resume",
                                      [WF_CONTROL_RETRY] = "retry", [WF_CONTROL_WAKE] = "wake"};
  size_t kind = 0, count = sizeof names / sizeof *names;
  while (kind < count && strcmp(names[kind], name) != 0) kind++;
  WF_ASSERT(kind < count); // the table's CHECK allows no other
  return (enum wf_control)kind;
}

void pg_read_commands(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  struct store_command_row *rows = arena_alloc0(arena, (rows_of(result) + 1) * sizeof *rows);
  for (int row = 0; row < PQntuples(result); row++) {
    struct store_command_row *command = &rows[row];
    command->command_id = pg_get_int8(result, row, 0);
    command->home = pg_get_int2(result, row, 1);
    command->kind = kind_of(PQgetvalue(result, row, 2));
    command->has_run_id = !PQgetisnull(result, row, 3);
    if (command->has_run_id) command->run_id = pg_get_uuid(result, row, 3);
    command->tenant = get_text(result, row, 4, arena);
    command->workflow = get_text(result, row, 5, arena);
    command->key = get_text(result, row, 6, arena);
    command->recipients = pg_record_get_references(result, row, 7, arena, &command->recipient_count);
    command->actor = get_text(result, row, 8, arena);
    command->reason = get_text(result, row, 9, arena);
    command->time = pg_get_timestamp(result, row, 10);
  }
  reply->commit.commands = rows;
  reply->commit.command_count = rows_of(result);
}
