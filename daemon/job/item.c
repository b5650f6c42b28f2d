// SPDX-License-Identifier: Apache-2.0
#include "job/item.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "job/home.h"

// Where the next piece of an item's one block goes.
struct cursor {
  char *at;
};

static void *put(struct cursor *cursor, const void *data, size_t size) {
  if (!data) return NULL;
  char *at = cursor->at;
  memcpy(at, data, size);
  at[size] = '\0'; // texts inside are easier to log
  cursor->at += size + 1;
  return at;
}

static size_t record_bytes(const struct record *record) {
  size_t bytes = strlen(record->topic) + 1 + record->key_size + 1 + record->value_size + 1;
  for (size_t i = 0; i < record->header_count; i++)
    bytes += strlen(record->headers[i].name) + 1 + record->headers[i].size + 1;
  return bytes;
}

struct item *item_from_record(enum item_kind kind, struct home *source, const struct record *record) {
  size_t header_bytes = record->header_count * sizeof(struct message_header);
  size_t bytes = sizeof(struct item) + header_bytes + record_bytes(record);
  struct item *item = xmalloc(bytes);
  struct message_header *headers = (struct message_header *)(item + 1);
  struct cursor cursor = {(char *)(item + 1) + header_bytes};
  *item = (struct item){.kind = kind, .source = source, .record = *record, .bytes = bytes};
  item->record.topic = put(&cursor, record->topic, strlen(record->topic));
  item->record.key = put(&cursor, record->key, record->key_size);
  item->record.value = put(&cursor, record->value, record->value_size);
  for (size_t i = 0; i < record->header_count; i++) {
    const struct message_header *from = &record->headers[i];
    headers[i] = (struct message_header){put(&cursor, from->name, strlen(from->name)), put(&cursor, from->value, from->size), from->size};
  }
  item->record.headers = headers;
  return item;
}

struct item *item_from_gap(struct home *home, int64_t from, int64_t until) {
  struct record record = {.topic = home->topic, .partition = home->partition, .offset = from};
  struct item *item = item_from_record(ITEM_GAP, home, &record);
  item->gap_end = until;
  return item;
}

struct item *item_from_inbox(struct home *home, const struct store_inbox_row *row) {
  struct record record = row->record;
  char run_id[UUID_TEXT_SIZE];
  bool is_event = strcmp(row->kind, "event") == 0, is_start = strcmp(row->kind, "start") == 0, is_judge = strcmp(row->kind, "judge") == 0;
  const char *topic = is_start ? ITEM_TOPIC_START : is_event ? ITEM_TOPIC_EVENT : is_judge ? ITEM_TOPIC_JUDGE : row->kind;
  // It came from no partition. Set aside it says so, and whose it is, so that it can come again.
  if (!record.topic) record = (struct record){.topic = topic, .partition = row->dst_home, .offset = row->src_pos};
  if (is_event) {
    record.key = uuid_format(&row->run_id, run_id);
    record.key_size = UUID_TEXT_SIZE - 1;
  }
  if (!row->quarantine_id) {
    record.value = row->payload.data;
    record.value_size = row->payload.size;
  }
  struct item *item = item_from_record(ITEM_INBOX, home, &record);
  item->replay = row->quarantine_id;
  item->is_command = strcmp(row->kind, "command") == 0;
  item->is_event = is_event || strcmp(record.topic, ITEM_TOPIC_EVENT) == 0;
  item->is_start = is_start || strcmp(record.topic, ITEM_TOPIC_START) == 0;
  item->is_judge = is_judge || strcmp(record.topic, ITEM_TOPIC_JUDGE) == 0;
  item->run_id = row->run_id;
  if (item->replay && item->is_event) uuid_parse(record.key, record.key_size, &item->run_id);
  item->inbox_position = row->src_pos;
  item->inbox_source = row->src_home;
  return item;
}

static struct text put_text(struct cursor *cursor, struct text text) { return (struct text){put(cursor, text.data, text.size), text.size}; }

struct item *item_from_order(struct home *home, const struct store_command_row *row) {
  size_t refs = row->recipient_count * sizeof *row->recipients;
  size_t bytes = sizeof(struct item) + refs + row->tenant.size + row->workflow.size + row->key.size + row->actor.size + row->reason.size + 5;
  for (size_t i = 0; i < row->recipient_count; i++) bytes += row->recipients[i].collection.size + row->recipients[i].id.size + 2;
  struct item *item = xmalloc(bytes);
  *item = (struct item){.kind = ITEM_ORDER, .source = home, .order = *row, .bytes = bytes};
  struct recipient_ref *recipients = (struct recipient_ref *)(item + 1);
  struct cursor cursor = {(char *)(item + 1) + refs};
  struct store_command_row *order = &item->order;
  order->tenant = put_text(&cursor, row->tenant);
  order->workflow = put_text(&cursor, row->workflow);
  order->key = put_text(&cursor, row->key);
  order->actor = put_text(&cursor, row->actor);
  order->reason = put_text(&cursor, row->reason);
  for (size_t i = 0; i < row->recipient_count; i++)
    recipients[i] = (struct recipient_ref){put_text(&cursor, row->recipients[i].collection), put_text(&cursor, row->recipients[i].id)};
  order->recipients = recipients;
  return item;
}

struct item *item_from_fanout(struct fanout *fanout) {
  struct item *item = xmalloc(sizeof *item);
  *item = (struct item){.kind = ITEM_FANOUT, .fanout = fanout, .bytes = sizeof *item};
  return item;
}

struct item *item_from_slot(struct home *home, int32_t schedule_no, usec_t due) {
  struct item *item = xcalloc(1, sizeof *item);
  item->kind = ITEM_SLOT;
  item->source = home;
  item->schedule_no = schedule_no;
  item->slot_due = due;
  item->bytes = sizeof *item;
  return item;
}

static struct text keep_text(struct cursor *cursor, struct text text) {
  return (struct text){put(cursor, text.data, text.size), text.size};
}

struct item *item_from_answer(const struct action_id *action, int32_t attempt, const struct world_answer *answer) {
  const struct text texts[] = {answer->output, answer->error_type, answer->error_title, answer->error_detail, answer->detail_internal};
  size_t bytes = sizeof(struct item);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) bytes += texts[i].size + 1;
  struct item *item = xmalloc(bytes);
  struct cursor cursor = {(char *)(item + 1)};
  *item = (struct item){.kind = ITEM_ANSWER, .bytes = bytes};
  item->answer = (struct action_result){.action = *action,
                                        .attempt = attempt,
                                        .completed = answer->completed,
                                        .output = keep_text(&cursor, answer->output),
                                        .error_type = keep_text(&cursor, answer->error_type),
                                        .error_title = keep_text(&cursor, answer->error_title),
                                        .error_detail = keep_text(&cursor, answer->error_detail),
                                        .detail_internal = keep_text(&cursor, answer->detail_internal),
                                        .error_status = answer->error_status,
                                        .retryable = answer->retryable,
                                        .retry_after = answer->retry_after};
  return item;
}

struct item *item_from_timer(const struct timer *timer) {
  struct item *item = xmalloc(sizeof *item);
  *item = (struct item){.kind = ITEM_TIMER, .timer = *timer, .bytes = sizeof *item};
  return item;
}

void item_reject(struct item *item, const char *code, char *why) {
  free(item->rejected);
  item->rejected = why;
  item->rejected_code = code;
}

void item_free(struct item *item) {
  if (!item) return;
  free(item->rejected);
  free(item);
}

void item_list_free(struct item_list *list) {
  struct item *item;
  while ((item = TAILQ_FIRST(list))) {
    TAILQ_REMOVE(list, item, link);
    item_free(item);
  }
}
