// SPDX-License-Identifier: Apache-2.0
// The part of the model that is not about events: inboxes, commands, tombstones, fan-outs.
#include <stdlib.h>
#include <string.h>

#include "sim/sim_db.h"

enum { COMMANDS_READ_MAX = 100 };

void sim_control_free(struct sim_db *db) {
  vec_foreach(row, &db->inbox) free(row->payload);
  vec_foreach(command, &db->commands) free(command->key);
  vec_foreach(tombstone, &db->tombstones) free(tombstone->key);
  vec_foreach(fanout, &db->fanouts) free(fanout->value);
  vec_free(&db->inbox);
  vec_free(&db->commands);
  vec_free(&db->tombstones);
  vec_free(&db->fanouts);
}

static void add_command(struct sim_db *db, struct sim_command command) {
  command.command_id = (int64_t)db->commands.count + 1;
  vec_push(&db->commands, command);
}

void sim_db_command(struct sim_db *db, enum wf_control kind, const struct uuid *run_id, usec_t clock) {
  add_command(db, (struct sim_command){.home = (int)uuid_home(run_id), .kind = kind, .has_run_id = true, .run_id = *run_id, .time = clock});
}

// ---- reading ----------------------------------------------------------------

void sim_control_takeover(struct sim_db *db, struct store_takeover_reply *out) {
  struct store_open_fanout *rows = arena_alloc0(db->reply_arena, (db->fanouts.count + 1) * sizeof *rows);
  out->fanouts = rows;
  vec_foreach(fanout, &db->fanouts) {
    bool taken = false;
    for (size_t i = 0; i < out->home_count; i++) taken |= out->homes[i].home == fanout->home && out->homes[i].epoch;
    if (!taken || fanout->done) continue;
    rows[out->fanout_count++] = (struct store_open_fanout){fanout->home, fanout->trigger_id, fanout->definition_id, fanout->cursor,
                                                           {.topic = "triggers", .offset = fanout->offset, .value = fanout->value, .value_size = fanout->value_size}};
  }
}

void sim_control_load(struct sim_db *db, const struct store_load *request, struct store_load_reply *out) {
  struct store_loaded_tombstone *tombstones = arena_alloc0(db->reply_arena, (request->tombstone_count * db->tombstones.count + 1) * sizeof *tombstones);
  struct store_loaded_match *matches = arena_alloc0(db->reply_arena, (request->match_count * db->runs.count + 1) * sizeof *matches);
  for (size_t i = 0; i < request->tombstone_count; i++) {
    vec_foreach(row, &db->tombstones) {
      bool same = row->home == request->tombstones[i].home && text_equal(text_of(row->key), request->tombstones[i].key);
      if (same) tombstones[out->tombstone_count++] = (struct store_loaded_tombstone){.key = i, .cancel_time = row->cancel_time};
    }
  }
  for (size_t i = 0; i < request->match_count; i++) {
    int found = 0;
    vec_foreach(run, &db->runs) {
      const struct sim_trigger *trigger = (*run)->trigger;
      bool same = trigger->home == request->matches[i].home && trigger->key && text_equal(text_of(trigger->key), request->matches[i].key);
      if (same && sim_db_is_open(*run) && found++ < request->match_limit) matches[out->match_count++] = (struct store_loaded_match){i, (*run)->run_id};
    }
  }
  out->tombstones = tombstones;
  out->matches = matches;
}

static bool acknowledged(const struct sim_home *home, const struct sim_inbox *row) {
  const struct sim_batch *last = &home->batches.items[home->batches.count - 1];
  for (size_t i = 0; i < last->ack_count; i++)
    if (last->acks[2 * i] == row->src_home) return row->src_pos <= last->acks[2 * i + 1];
  return false;
}

static const struct sim_home *taken_once(const struct sim_db *db, int home) {
  if (home < 1 || (size_t)home > db->homes.count) return NULL;
  const struct sim_home *found = &db->homes.items[home - 1];
  return found->batches.count ? found : NULL;
}

void sim_db_replay(struct sim_db *db, size_t quarantined) {
  struct sim_quarantine *row = &db->quarantine.items[quarantined];
  for (size_t i = 0; i < db->homes.count; i++) {
    const struct sim_home *home = &db->homes.items[i];
    if (home->partition != row->partition || strcmp(home->topic, row->topic) != 0) continue;
    row->replay_position = ++db->replays;
    vec_push(&db->inbox, (struct sim_inbox){.dst_home = (int)i + 1, .src_pos = row->replay_position, .kind = "replay", .quarantine_id = (int64_t)quarantined + 1});
  }
}

static struct record origin(const struct sim_db *db, const struct sim_inbox *row) {
  const struct sim_home *from = &db->homes.items[row->src_home - 1];
  return (struct record){.topic = from->topic, .partition = from->partition, .offset = row->src_pos};
}

static struct store_inbox_row replay_row(const struct sim_db *db, const struct sim_inbox *row) {
  const struct sim_quarantine *from = &db->quarantine.items[row->quarantine_id - 1];
  struct record record = {.topic = from->topic, .partition = from->partition, .offset = from->offset, .value = from->value, .value_size = from->value_size};
  return (struct store_inbox_row){.dst_home = row->dst_home, .src_home = row->src_home, .src_pos = row->src_pos, .kind = "replay", .quarantine_id = row->quarantine_id, .record = record};
}

// A reader gets the rows of all homes and leaves those that are not its lane's. Whether a
// home is still its own it learns when it commits: one that is fenced and idle must.
void sim_control_read(struct sim_db *db, struct store_commit_reply *out) {
  struct store_inbox_row *inbox = arena_alloc0(db->reply_arena, (db->inbox.count + 1) * sizeof *inbox);
  struct store_command_row *commands = arena_alloc0(db->reply_arena, (COMMANDS_READ_MAX + 1) * sizeof *commands);
  vec_foreach(row, &db->inbox) {
    const struct sim_home *home = taken_once(db, row->dst_home);
    if (home && !acknowledged(home, row) && row->src_home <= 0)
      inbox[out->inbox_count++] = replay_row(db, row);
    else if (home && !acknowledged(home, row))
      inbox[out->inbox_count++] = (struct store_inbox_row){.dst_home = row->dst_home, .src_home = row->src_home, .src_pos = row->src_pos, .kind = row->kind, .run_id = row->run_id, .payload = {row->payload, row->size}, .record = origin(db, row)};
  }
  vec_foreach(row, &db->commands) {
    if (row->applied || !taken_once(db, row->home) || out->command_count == COMMANDS_READ_MAX) continue;
    commands[out->command_count++] = (struct store_command_row){.command_id = row->command_id,
                                                                .home = row->home,
                                                                .kind = row->kind,
                                                                .has_run_id = row->has_run_id,
                                                                .run_id = row->run_id,
                                                                .key = {row->key, row->key ? strlen(row->key) : 0},
                                                                .actor = TEXT("sim"),
                                                                .reason = TEXT("by chance"),
                                                                .time = row->time};
  }
  out->inbox = inbox;
  out->commands = commands;
}

// ---- writing ----------------------------------------------------------------

static struct sim_fanout *find_fanout(const struct sim_db *db, const struct uuid *trigger_id) {
  vec_foreach(fanout, &db->fanouts) {
    if (uuid_equal(&fanout->trigger_id, trigger_id)) return fanout;
  }
  return NULL;
}

enum store_status sim_control_check(const struct sim_db *db, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->applied_count; i++)
    if (db->commands.items[commit->applied[i].command_id - 1].applied) return STORE_CONFLICT;
  for (size_t i = 0; i < commit->fanout_count; i++) {
    const struct store_fanout *row = &commit->fanouts[i];
    if (row->is_new) continue;
    const struct sim_fanout *fanout = find_fanout(db, &row->trigger_id);
    if (!fanout || fanout->done || fanout->cursor != row->previous_cursor) return STORE_CONFLICT;
  }
  return STORE_OK;
}

static void write_fanout(struct sim_db *db, const struct store_fanout *row, int32_t definition_id) {
  struct sim_fanout *fanout = find_fanout(db, &row->trigger_id);
  if (row->is_new) {
    vec_push(&db->fanouts, (struct sim_fanout){.trigger_id = row->trigger_id,
                                               .home = row->home,
                                               .definition_id = definition_id,
                                               .total = row->total,
                                               .offset = row->record->offset,
                                               .value = xstrndup(row->record->value, row->record->value_size),
                                               .value_size = row->record->value_size});
    return;
  }
  fanout->done = row->cursor == row->total;
  fanout->given_up = row->total != fanout->total;
  if (!fanout->given_up) fanout->cursor = row->cursor;
}

static int32_t definition_of(const struct store_commit *commit, const struct uuid *trigger_id) {
  for (size_t i = 0; i < commit->trigger_count; i++)
    if (uuid_equal(&commit->triggers[i].trigger_id, trigger_id)) return commit->triggers[i].definition_id;
  return 0;
}

void sim_control_write(struct sim_db *db, const struct store_commit *commit, usec_t clock) {
  for (size_t i = 0; i < commit->inbox_count; i++) {
    const struct store_inbox *row = &commit->inbox[i];
    vec_push(&db->inbox, (struct sim_inbox){row->dst_home, row->src_home, row->src_pos, row->kind, row->run_id, row->quarantine_id ? NULL : xstrndup(row->payload.data, row->payload.size), row->payload.size, row->quarantine_id});
  }
  for (size_t i = 0; i < commit->applied_count; i++) db->commands.items[commit->applied[i].command_id - 1].applied = true;
  for (size_t i = 0; i < commit->tombstone_count; i++) {
    const struct store_tombstone *row = &commit->tombstones[i];
    vec_push(&db->tombstones, (struct sim_tombstone){row->home, xstrndup(row->key.data, row->key.size), row->cancel_time});
  }
  for (size_t i = 0; i < commit->key_command_count; i++) {
    const struct store_key_command *row = &commit->key_commands[i];
    for (size_t j = 0; j < db->homes.count; j++)
      if (strcmp(db->homes.items[j].topic, "triggers") == 0)
        add_command(db, (struct sim_command){.home = (int)j + 1, .kind = WF_CONTROL_CANCEL, .key = xstrndup(row->key.data, row->key.size), .time = row->time ? row->time : clock});
  }
  for (size_t i = 0; i < commit->fanout_count; i++) write_fanout(db, &commit->fanouts[i], definition_of(commit, &commit->fanouts[i].trigger_id));
}
