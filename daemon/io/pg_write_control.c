// SPDX-License-Identifier: Apache-2.0
// What stops runs (commands, tombstones), and fan-outs.
#include "io/pg_record.h"
#include "io/pg_write.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// ---- commands and tombstones ------------------------------------------------

size_t pg_write_applied(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT8, PG_INT2, PG_INT8, PG_INT4, PG_TEXT};
  if (!commit->applied_count) return 0;
  pg_arrays(parameters, types, COUNT(types), commit->applied_count);
  for (size_t i = 0; i < commit->applied_count; i++) {
    const struct store_applied *applied = &commit->applied[i];
    struct buf *to = parameters->values;
    pg_put_int8(to++, applied->command_id);
    pg_put_int2(to++, applied->home);
    pg_put_int8(to++, applied->batch_no);
    pg_put_int4(to++, applied->run_count);
    pg_put_string(to, applied->result);
  }
  pg_parameter_int8(parameters, (int64_t)commit->applied_count);
  return commit->applied_count;
}

size_t pg_write_tombstones(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT};
  pg_arrays(parameters, types, COUNT(types), commit->tombstone_count);
  for (size_t i = 0; i < commit->tombstone_count; i++) {
    const struct store_tombstone *tombstone = &commit->tombstones[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, tombstone->home);
    pg_put_timestamp(to++, tombstone->cancel_time);
    pg_put_timestamp(to++, tombstone->expires_at);
    pg_put_text(to++, tombstone->tenant);
    pg_put_text(to++, tombstone->workflow);
    pg_put_text(to++, tombstone->key);
    pg_put_text(to++, tombstone->recipient.collection);
    pg_put_text(to, tombstone->recipient.id);
  }
  return commit->tombstone_count;
}

size_t pg_write_key_commands(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ};
  pg_arrays(parameters, types, COUNT(types), commit->key_command_count);
  for (size_t i = 0; i < commit->key_command_count; i++) {
    const struct store_key_command *command = &commit->key_commands[i];
    struct buf *to = parameters->values;
    pg_put_text(to++, command->tenant);
    pg_put_text(to++, command->workflow);
    pg_put_text(to++, command->key);
    pg_record_put_references(to++, command->recipients, command->recipient_count);
    pg_put_text(to++, command->actor);
    pg_put_text(to++, command->reason);
    pg_put_timestamp(to, command->time);
  }
  return commit->key_command_count;
}

// ---- fan-outs ---------------------------------------------------------------

// One that is done when it begins needs no row.
static bool is_kept(const struct store_fanout *fanout) { return fanout->is_new && fanout->cursor < fanout->total; }

size_t pg_write_new_fanouts(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_TIMESTAMPTZ, PG_INT4, PG_INT4, PG_INT2, PG_BYTEA, PG_BYTEA, PG_JSONB};
  size_t count = 0;
  for (size_t i = 0; i < commit->fanout_count; i++) count += is_kept(&commit->fanouts[i]);
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < commit->fanout_count; i++) {
    const struct store_fanout *fanout = &commit->fanouts[i];
    if (!is_kept(fanout)) continue;
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &fanout->trigger_id);
    pg_put_timestamp(to++, fanout->record->timestamp);
    pg_put_int4(to++, fanout->cursor);
    pg_put_int4(to++, fanout->total);
    pg_put_int2(to++, fanout->home);
    pg_put_text(to++, (struct text){fanout->record->key, fanout->record->key_size});
    pg_put_text(to++, (struct text){fanout->record->value, fanout->record->value_size});
    pg_record_put_headers(to, fanout->record);
  }
  return count;
}

size_t pg_write_moved_fanouts(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_INT4, PG_BOOL};
  size_t count = 0;
  for (size_t i = 0; i < commit->fanout_count; i++) count += !commit->fanouts[i].is_new;
  if (!count) return 0;
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < commit->fanout_count; i++) {
    const struct store_fanout *fanout = &commit->fanouts[i];
    if (fanout->is_new) continue;
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &fanout->trigger_id);
    pg_put_int4(to++, fanout->previous_cursor);
    pg_put_int4(to++, fanout->cursor);
    pg_put_bool(to, fanout->cursor >= fanout->total);
  }
  pg_parameter_int8(parameters, (int64_t)count);
  return count;
}

// ---- keys to look up --------------------------------------------------------

static void put_keys(const struct store_key *keys, size_t count, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT};
  pg_arrays(parameters, types, COUNT(types), count);
  for (size_t i = 0; i < count; i++) {
    struct buf *to = parameters->values;
    pg_put_int2(to++, keys[i].home);
    pg_put_text(to++, keys[i].tenant);
    pg_put_text(to++, keys[i].workflow);
    pg_put_text(to, keys[i].key);
  }
}

void pg_write_tombstone_keys(const struct store_load *load, struct pg_parameters *parameters) {
  put_keys(load->tombstones, load->tombstone_count, parameters);
}

void pg_write_match_keys(const struct store_load *load, struct pg_parameters *parameters) {
  put_keys(load->matches, load->match_count, parameters);
  struct buf *recipients = pg_array(parameters, PG_JSONB, load->match_count);
  for (size_t i = 0; i < load->match_count; i++)
    pg_record_put_references(recipients, load->matches[i].recipients, load->matches[i].recipient_count);
  pg_parameter_int4(parameters, load->match_limit);
}
