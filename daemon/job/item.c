// SPDX-License-Identifier: Apache-2.0
#include "job/item.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

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

struct item *item_from_timer(const struct timer *timer) {
  struct item *item = xmalloc(sizeof *item);
  *item = (struct item){.kind = ITEM_TIMER, .timer = *timer, .bytes = sizeof *item};
  return item;
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
