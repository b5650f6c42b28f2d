// SPDX-License-Identifier: Apache-2.0
// Schedules and their slots, written and read.
#include "io/pg_decode.h"
#include "io/pg_read.h"
#include "io/pg_write.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void put_uuid(struct buf *to, bool has, const struct uuid *id) {
  if (has) pg_put_uuid(to, id);
  else pg_put_null(to);
}

size_t pg_write_schedules(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT4, PG_INT2, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_UUID};
  if (!commit->schedule_count) return 0;
  pg_arrays(parameters, types, COUNT(types), commit->schedule_count);
  for (size_t i = 0; i < commit->schedule_count; i++) {
    const struct store_schedule *schedule = &commit->schedules[i];
    struct buf *to = parameters->values;
    pg_put_int4(to++, schedule->schedule_no);
    pg_put_int2(to++, schedule->home);
    pg_put_string(to++, schedule->text);
    pg_put_timestamp(to++, schedule->anchor);
    pg_put_timestamp(to++, schedule->previous);
    pg_put_timestamp(to++, schedule->decided);
    pg_put_timestamp(to++, schedule->next);
    put_uuid(to, schedule->has_run, &schedule->run_id);
  }
  pg_parameter_int8(parameters, (int64_t)commit->schedule_count);
  return commit->schedule_count;
}

static size_t write_slots(const struct store_commit *commit, bool started, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT4, PG_INT4, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4, PG_UUID, PG_TEXT, PG_TEXT};
  size_t count = 0;
  for (size_t i = 0; i < commit->slot_count; i++) count += commit->slots[i].has_trigger == started;
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < commit->slot_count; i++) {
    const struct store_slot *slot = &commit->slots[i];
    struct buf *to = parameters->values;
    if (slot->has_trigger != started) continue;
    pg_put_int4(to++, slot->schedule_no);
    if (slot->definition_id) pg_put_int4(to++, slot->definition_id);
    else pg_put_null(to++);
    pg_put_timestamp(to++, slot->slot_at);
    pg_put_timestamp(to++, slot->until);
    pg_put_int4(to++, slot->count);
    put_uuid(to++, slot->has_trigger, &slot->trigger_id);
    pg_put_string(to++, slot->workflow);
    pg_put_string(to, slot->reason);
  }
  if (started) pg_parameter_int8(parameters, (int64_t)count);
  return count;
}

size_t pg_write_started_slots(const struct store_commit *commit, struct pg_parameters *parameters) {
  return write_slots(commit, true, parameters);
}

size_t pg_write_skipped_slots(const struct store_commit *commit, struct pg_parameters *parameters) {
  return write_slots(commit, false, parameters);
}

void pg_read_schedules(const PGresult *result, struct arena *arena, struct store_reply *reply) {
  size_t count = (size_t)PQntuples(result);
  struct store_schedule_row *rows = arena_alloc0(arena, (count + 1) * sizeof *rows);
  for (int i = 0; i < PQntuples(result); i++) {
    struct store_schedule_row *row = &rows[i];
    row->schedule_no = pg_get_int4(result, i, 0);
    row->home = pg_get_int2(result, i, 1);
    row->workflow = pg_get_string(result, i, 2, arena);
    row->text = pg_get_string(result, i, 3, arena);
    row->anchor = pg_get_timestamp(result, i, 4);
    row->decided = pg_get_timestamp(result, i, 5);
    row->has_run = !PQgetisnull(result, i, 6);
    if (row->has_run) row->run_id = pg_get_uuid(result, i, 6);
    row->run_ended = pg_get_bool(result, i, 7);
    row->run_ended_at = pg_get_timestamp(result, i, 8);
  }
  reply->schedules = (struct store_schedules_reply){rows, count};
}
