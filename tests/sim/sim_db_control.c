// SPDX-License-Identifier: Apache-2.0
// The part of the model that is not about events: inboxes, commands, tombstones, fan-outs.
#include <stdlib.h>
#include <string.h>

#include "sim/sim_db.h"

enum { COMMANDS_READ_MAX = 100, INBOX_READ_MAX = 20 }; // per reply; per source

static void recipients_free(struct sim_recipients *recipients) {
  for (size_t i = 0; i < recipients->count; i++) free(recipients->ids[i]);
  free(recipients->ids);
}

static struct sim_recipients copy_recipients(const struct recipient_ref *recipients, size_t count) {
  struct sim_recipients copy = {count ? xcalloc(count, sizeof *copy.ids) : NULL, count};
  for (size_t i = 0; i < count; i++) copy.ids[i] = sim_db_copy(recipients[i].id);
  return copy;
}

void sim_control_free(struct sim_db *db) {
  vec_foreach(row, &db->inbox) free(row->payload);
  vec_foreach(command, &db->commands) {
    free(command->key);
    free(command->workflow);
    recipients_free(&command->recipients);
  }
  vec_foreach(tombstone, &db->tombstones) {
    free(tombstone->key);
    free(tombstone->workflow);
    free(tombstone->recipient);
  }
  vec_foreach(fanout, &db->fanouts) free(fanout->value);
  sim_events_free(db);
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
  sim_db_command_because(db, kind, run_id, "by chance", clock);
}

void sim_db_command_because(struct sim_db *db, enum wf_control kind, const struct uuid *run_id, const char *reason, usec_t clock) {
  add_command(db, (struct sim_command){.home = (int)uuid_home(run_id), .kind = kind, .has_run_id = true, .run_id = *run_id, .reason = reason, .time = clock});
}

void sim_db_cancel_key(struct sim_db *db, struct text key, struct text workflow, const struct recipient_ref *recipients, size_t recipient_count, usec_t clock) {
  for (size_t i = 0; i < db->homes.count; i++) {
    if (strcmp(db->homes.items[i].topic, "triggers") != 0) continue;
    add_command(db, (struct sim_command){.home = (int)i + 1,
                                         .kind = WF_CONTROL_CANCEL,
                                         .key = sim_db_copy(key),
                                         .workflow = sim_db_copy(workflow),
                                         .recipients = copy_recipients(recipients, recipient_count),
                                         .time = clock});
  }
}

// ---- reading ----------------------------------------------------------------

void sim_control_takeover(struct sim_db *db, struct store_takeover_reply *out) {
  struct store_open_fanout *rows = arena_alloc0(db->reply_arena, (db->fanouts.count + 1) * sizeof *rows);
  out->fanouts = rows;
  vec_foreach(fanout, &db->fanouts) {
    bool taken = false;
    for (size_t i = 0; i < out->home_count; i++) taken |= out->homes[i].home == fanout->home && out->homes[i].epoch;
    if (!taken || fanout->done) continue;
    struct record record = {.topic = "triggers", .partition = fanout->partition, .offset = fanout->offset, .timestamp = fanout->timestamp, .value = fanout->value, .value_size = fanout->value_size};
    rows[out->fanout_count++] = (struct store_open_fanout){fanout->home, fanout->trigger_id, fanout->definition_id, fanout->cursor, record};
  }
}

static bool is_among(const struct sim_recipients *recipients, const char *id) {
  for (size_t i = 0; i < recipients->count; i++)
    if (id && strcmp(recipients->ids[i], id) == 0) return true;
  return recipients->count == 0;
}

bool sim_control_means(const struct sim_run *run, struct text key, struct text workflow, const struct sim_recipients *recipients) {
  const struct sim_trigger *trigger = run->trigger;
  return trigger->key && text_equal(text_of(trigger->key), key) && (!workflow.data || text_equal(workflow, text_of(trigger->workflow))) &&
         is_among(recipients, run->state->recipient.id);
}

static void load_tombstones(struct sim_db *db, const struct store_load *request, struct store_load_reply *out) {
  struct store_loaded_tombstone *rows = arena_alloc0(db->reply_arena, (request->tombstone_count * db->tombstones.count + 1) * sizeof *rows);
  for (size_t i = 0; i < request->tombstone_count; i++) {
    vec_foreach(row, &db->tombstones) {
      if (row->home != request->tombstones[i].home || !text_equal(text_of(row->key), request->tombstones[i].key)) continue;
      rows[out->tombstone_count++] = (struct store_loaded_tombstone){i, row->cancel_time, text_of(row->workflow), {{NULL, 0}, text_of(row->recipient)}};
    }
  }
  out->tombstones = rows;
}

static void load_matches(struct sim_db *db, const struct store_load *request, struct store_load_reply *out) {
  struct store_loaded_match *rows = arena_alloc0(db->reply_arena, (request->match_count * db->runs.count + 1) * sizeof *rows);
  for (size_t i = 0; i < request->match_count; i++) {
    const struct store_key *key = &request->matches[i];
    struct sim_recipients subset = copy_recipients(key->recipients, key->recipient_count);
    int found = 0;
    vec_foreach(entry, &db->runs) {
      const struct sim_run *run = *entry;
      if (run->home != key->home || !sim_db_is_open(run) || found >= request->match_limit) continue;
      if (!sim_control_means(run, key->key, key->workflow, &subset)) continue;
      rows[out->match_count++] = (struct store_loaded_match){i, run->run_id};
      found++;
    }
    recipients_free(&subset);
  }
  out->matches = rows;
}

void sim_control_load(struct sim_db *db, const struct store_load *request, struct store_load_reply *out) {
  load_tombstones(db, request, out);
  load_matches(db, request, out);
}

static int64_t acknowledged(const struct sim_home *home, int source) {
  const struct sim_batch *last = sim_db_last(home);
  for (size_t i = 0; i < last->ack_count; i++)
    if (last->acks[2 * i] == source) return last->acks[2 * i + 1];
  return -1;
}

static const struct sim_home *taken_once(struct sim_db *db, int number) {
  const struct sim_home *home = sim_db_home(db, number);
  return home && home->batches.count ? home : NULL;
}

static struct store_inbox_row inbox_row(struct sim_db *db, const struct sim_inbox *row) {
  bool is_event = row->src_home > STORE_MATCH_SOURCE; // comes from no partition
  const struct sim_home *from = &db->homes.items[(is_event ? row->dst_home : row->src_home) - 1];
  struct text payload = {row->payload, row->size};
  return (struct store_inbox_row){.dst_home = row->dst_home,
                                  .src_home = row->src_home,
                                  .src_pos = row->src_pos,
                                  .kind = row->kind,
                                  .run_id = row->run_id,
                                  .payload = strcmp(row->kind, "judge") == 0 ? sim_gather_read(db, payload) : payload,
                                  .record = {.topic = is_event ? NULL : from->topic, .partition = from->partition, .offset = row->src_pos}};
}

static void read_inbox(struct sim_db *db, struct store_commit_reply *out) {
  struct store_inbox_row *rows = arena_alloc0(db->reply_arena, (db->inbox.count + 1) * sizeof *rows);
  // Less than 0: what a home hands on of the quarantine; the last: to listeners, and what was put off.
  size_t sources = (3 + STORE_PUT_OFF_STEPS) * db->homes.count + 2;
  size_t pairs = (db->homes.count + 1) * sources;
  int *portions = arena_alloc0(db->reply_arena, pairs * sizeof *portions);
  vec_foreach(row, &db->inbox) {
    const struct sim_home *home = taken_once(db, row->dst_home);
    if (!home || row->src_pos <= acknowledged(home, row->src_home)) continue;
    int series = row->src_home > STORE_PUT_OFF_SOURCE ? 2 + (row->src_home - STORE_PUT_OFF_SOURCE) / STORE_PUT_OFF_STEP : row->src_home > STORE_MATCH_SOURCE;
    int number = series ? row->src_home % STORE_PUT_OFF_STEP + series * (int)db->homes.count : row->src_home;
    size_t source = (size_t)(number + (int)db->homes.count);
    if (portions[(size_t)row->dst_home * sources + source]++ >= INBOX_READ_MAX) continue;
    rows[out->inbox_count++] = row->quarantine_id ? sim_replay_row(db, row) : inbox_row(db, row);
  }
  out->inbox = rows;
}

static struct store_command_row command_row(struct sim_db *db, const struct sim_command *row) {
  struct recipient_ref *recipients = arena_alloc0(db->reply_arena, (row->recipients.count + 1) * sizeof *recipients);
  for (size_t i = 0; i < row->recipients.count; i++) recipients[i].id = text_of(row->recipients.ids[i]);
  return (struct store_command_row){.command_id = row->command_id,
                                    .home = row->home,
                                    .kind = row->kind,
                                    .has_run_id = row->has_run_id,
                                    .run_id = row->run_id,
                                    .key = text_of(row->key),
                                    .workflow = text_of(row->workflow),
                                    .recipients = recipients,
                                    .recipient_count = row->recipients.count,
                                    .actor = TEXT("sim"),
                                    .reason = text_of(row->reason ? row->reason : "by key"),
                                    .time = row->time};
}

static void read_commands(struct sim_db *db, struct store_commit_reply *out) {
  struct store_command_row *rows = arena_alloc0(db->reply_arena, COMMANDS_READ_MAX * sizeof *rows);
  while (db->commands_done < db->commands.count && db->commands.items[db->commands_done].applied) db->commands_done++;
  for (size_t i = db->commands_done; i < db->commands.count && out->command_count < COMMANDS_READ_MAX; i++) {
    const struct sim_command *row = &db->commands.items[i];
    if (!row->applied && taken_once(db, row->home)) rows[out->command_count++] = command_row(db, row);
  }
  out->commands = rows;
}

// A reader gets the rows of all homes and leaves those that are not its lane's. Whether a
// home is still its own it learns when it commits: one that is fenced and idle must.
void sim_control_read(struct sim_db *db, struct store_commit_reply *out) {
  read_inbox(db, out);
  read_commands(db, out);
  sim_events_read(db, out);
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

// Its record is in quarantine, and what is left of it makes no runs.
static bool is_given_up(const struct sim_fanout *fanout, const struct store_commit *commit) {
  for (size_t i = 0; i < commit->quarantine_count; i++) {
    const struct record *record = commit->quarantine[i].record;
    if (record->partition == fanout->partition && record->offset == fanout->offset && strcmp(record->topic, "triggers") == 0) return true;
  }
  return false;
}

static void write_fanout(struct sim_db *db, const struct store_commit *commit, const struct store_fanout *row) {
  struct sim_fanout *fanout = find_fanout(db, &row->trigger_id);
  if (row->is_new) {
    vec_push(&db->fanouts, (struct sim_fanout){.trigger_id = row->trigger_id,
                                               .home = row->home,
                                               .definition_id = sim_db_trigger(db, &row->trigger_id)->definition_id,
                                               .total = row->total,
                                               .partition = row->record->partition,
                                               .offset = row->record->offset,
                                               .timestamp = row->record->timestamp,
                                               .value = xstrndup(row->record->value, row->record->value_size),
                                               .value_size = row->record->value_size});
    return;
  }
  fanout->done = row->cursor == row->total;
  fanout->given_up = fanout->done && is_given_up(fanout, commit);
  if (!fanout->given_up) fanout->cursor = row->cursor;
}

// A message to a home that there never was is set aside.
static void write_inbox(struct sim_db *db, const struct store_inbox *row) {
  if (sim_db_home(db, row->dst_home)) {
    char *payload = row->quarantine_id ? NULL : xstrndup(row->payload.data, row->payload.size);
    vec_push(&db->inbox, (struct sim_inbox){.dst_home = row->dst_home,
                                          .src_home = row->src_home,
                                          .src_pos = row->src_pos,
                                          .kind = row->kind,
                                          .run_id = row->run_id,
                                          .payload = payload,
                                          .size = row->payload.size,
                                          .quarantine_id = row->quarantine_id});
    return;
  }
  if (strcmp(row->kind, "heartbeat") == 0) return;
  const struct sim_home *source = sim_db_home(db, row->src_home);
  struct record record = {.partition = -1, .offset = row->src_pos};
  if (source) record = (struct record){.topic = source->topic, .partition = source->partition, .offset = row->src_pos, .value = row->payload.data, .value_size = row->payload.size};
  if (row->quarantine_id) record = sim_replay_row(db, &(struct sim_inbox){.quarantine_id = row->quarantine_id}).record;
  sim_replay_set_aside(db, &record, "unknown_run");
}

static void write_tombstone(struct sim_db *db, const struct store_tombstone *row) {
  vec_push(&db->tombstones, (struct sim_tombstone){row->home, sim_db_copy(row->key), sim_db_copy(row->workflow), sim_db_copy(row->recipient.id), row->cancel_time});
}

void sim_control_write(struct sim_db *db, const struct store_commit *commit, usec_t clock) {
  for (size_t i = 0; i < commit->inbox_count; i++) write_inbox(db, &commit->inbox[i]);
  for (size_t i = 0; i < commit->applied_count; i++) db->commands.items[commit->applied[i].command_id - 1].applied = true;
  for (size_t i = 0; i < commit->tombstone_count; i++) write_tombstone(db, &commit->tombstones[i]);
  for (size_t i = 0; i < commit->key_command_count; i++) {
    const struct store_key_command *row = &commit->key_commands[i];
    sim_db_cancel_key(db, row->key, row->workflow, row->recipients, row->recipient_count, row->time ? row->time : clock);
  }
  for (size_t i = 0; i < commit->fanout_count; i++) write_fanout(db, commit, &commit->fanouts[i]);
  sim_events_write(db, commit, clock);
}
