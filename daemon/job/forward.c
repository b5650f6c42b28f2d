// SPDX-License-Identifier: Apache-2.0
#include "job/forward.h"

#include "job/decision.h"
#include "job/job_internal.h"
#include "job/put_off.h"

// A record from quarantine came to the home that had read it. Its bytes stay where they
// are; the place it has there is a position that rises, as an offset does.
static struct store_inbox replay_of(const struct item *item) {
  return (struct store_inbox){.src_home = -item->source->number, .src_pos = item->inbox_position, .kind = "replay", .quarantine_id = item->replay};
}

void forward_record(struct lane *lane, const struct work *work, const char *kind, const struct uuid *run_id) {
  const struct item *item = work->item;
  // Handed on to us, it was ours then: who owns it now fences this.
  if (item->kind == ITEM_INBOX && item->inbox_source != 0) return;
  const char *value = item->record.value;
  struct store_inbox row = {.src_home = item->source->number,
                            .src_pos = item->record.offset,
                            .kind = kind,
                            .payload = {value, item->record.value_size},
                            .is_json = value && *value == '{'};
  if (item->kind == ITEM_INBOX) row = replay_of(item);
  row.dst_home = (int)uuid_home(run_id);
  row.run_id = *run_id;
  vec_push(&lane->batch.inbox, row);
}

// Pairs (source, position): the position of a source, added when it is new.
static int64_t *position_of(struct home_acks *acks, int source) {
  for (size_t i = 0; i + 1 < acks->count; i += 2)
    if (acks->items[i] == source) return &acks->items[i + 1];
  vec_push(acks, source);
  vec_push(acks, -1);
  return &acks->items[acks->count - 1];
}

void forward_taken(struct lane *lane, const struct item *item) {
  batch_touch(&lane->batch, item->source);
  vec_push(&lane->batch.inbox_taken, (struct batch_ack){item->source, item->inbox_source, item->inbox_position});
}

static void arrived(struct lane *lane, const struct store_inbox_row *row) {
  struct home *home = lane_home(lane, row->dst_home);
  if (!home) return;
  int64_t *queued = position_of(&home->inbox_queued, row->src_home);
  if (row->src_pos <= *queued) return;
  *queued = row->src_pos;
  put_off_arrived(lane, home, item_from_inbox(home, row));
}

static bool is_queued(const struct item_list *list, int64_t command_id) {
  const struct item *item;
  TAILQ_FOREACH(item, list, link) {
    if (item->kind == ITEM_ORDER && item->order.command_id == command_id) return true;
  }
  return false;
}

void forward_arrived(struct lane *lane, const struct store_commit_reply *reply) {
  for (size_t i = 0; i < reply->inbox_count; i++) arrived(lane, &reply->inbox[i]);
  for (size_t i = 0; i < reply->command_count; i++) {
    const struct store_command_row *row = &reply->commands[i];
    struct home *home = lane_home(lane, row->home);
    if (!home || is_queued(&lane->orders, row->command_id) || is_queued(&lane->taken, row->command_id)) continue;
    struct item *item = item_from_order(home, row);
    TAILQ_INSERT_TAIL(&lane->orders, item, link);
  }
}

static void to_wake(struct lane *lane, int number) {
  if (job_wake_home(lane->job, number)) return;
  vec_foreach(known, &lane->notify) {
    if (*known == number) return;
  }
  vec_push(&lane->notify, number);
}

// Whom an event was handed to, PostgreSQL alone knows, and says in its reply; the inboxes of
// this lane came with that.
void forward_wake(struct lane *lane, const struct store_commit_reply *reply) {
  struct batch *batch = &lane->batch;
  vec_foreach(row, &batch->inbox) to_wake(lane, row->dst_home);
  for (size_t i = 0; reply && i < reply->woken_count; i++)
    if (!lane_home(lane, reply->woken[i])) to_wake(lane, reply->woken[i]);
  bool is_unknown = !reply && (batch->arrivals.count || batch->subscriptions.count || lane->handing.count);
  if (!batch->key_commands.count && !is_unknown) return;
  lane->notify_all = true;
  job_wake_all(lane->job);
}
