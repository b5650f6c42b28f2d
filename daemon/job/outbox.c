// SPDX-License-Identifier: Apache-2.0
#include "job/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/error.h"
#include "base/xalloc.h"

// One message on its way. Its bytes stand behind it.
struct parcel {
  struct outbox *outbox; // NULL = forgotten, only the producer still holds it
  int home;
  int64_t batch_no;
  uint64_t order; // of commit, over all homes
  size_t bytes;   // of all this
  struct world_message message;
  TAILQ_ENTRY(parcel) link; // in order of commit
};

TAILQ_HEAD(parcel_list, parcel);

struct outbox {
  const struct world *world;
  struct parcel_list waiting; // not taken by the producer yet, first in line first
  struct parcel_list sent;    // with the producer
  struct outbox_bounds bounds;
  size_t pending, bytes;
  bool is_full;
  uint64_t last_order;
};

struct outbox *outbox_new(const struct world *world, struct outbox_bounds bounds) {
  WF_ASSERT(bounds.messages && bounds.bytes);
  struct outbox *outbox = xcalloc(1, sizeof *outbox);
  outbox->world = world;
  outbox->bounds = bounds;
  TAILQ_INIT(&outbox->waiting);
  TAILQ_INIT(&outbox->sent);
  return outbox;
}

void outbox_free(struct outbox *outbox) {
  if (!outbox) return;
  outbox_drop(outbox);
  free(outbox);
}

static char *copy_bytes(char **at, const void *data, size_t size) {
  if (!data) return NULL;
  char *copy = *at;
  memcpy(copy, data, size);
  *at += size;
  return copy;
}

static size_t message_bytes(const struct world_message *m) {
  size_t bytes = strlen(m->topic) + 1 + m->key_size + m->value_size + m->header_count * sizeof *m->headers;
  for (size_t i = 0; i < m->header_count; i++) bytes += strlen(m->headers[i].name) + 1 + m->headers[i].size;
  return bytes;
}

static struct parcel *parcel_new(const struct world_message *from) {
  size_t bytes = sizeof(struct parcel) + message_bytes(from);
  struct parcel *parcel = xmalloc(bytes);
  struct message_header *headers = (struct message_header *)(parcel + 1);
  char *at = (char *)(headers + from->header_count);
  *parcel = (struct parcel){.message = *from, .bytes = bytes};
  parcel->message.topic = copy_bytes(&at, from->topic, strlen(from->topic) + 1);
  parcel->message.key = copy_bytes(&at, from->key, from->key_size);
  parcel->message.value = copy_bytes(&at, from->value, from->value_size);
  for (size_t i = 0; i < from->header_count; i++) {
    const struct message_header *h = &from->headers[i];
    headers[i].name = copy_bytes(&at, h->name, strlen(h->name) + 1);
    headers[i].value = copy_bytes(&at, h->value, h->size);
    headers[i].size = h->size;
  }
  parcel->message.headers = headers;
  return parcel;
}

static bool reaches(const struct outbox *outbox, size_t times) {
  return outbox->pending / times >= outbox->bounds.messages || outbox->bytes / times >= outbox->bounds.bytes;
}

void outbox_add(struct outbox *outbox, int home, int64_t batch_no, const struct outbox_request *requests, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct parcel *parcel = parcel_new(&requests[i].message);
    parcel->outbox = outbox;
    parcel->home = home;
    parcel->batch_no = batch_no;
    parcel->order = ++outbox->last_order;
    TAILQ_INSERT_TAIL(&outbox->waiting, parcel, link);
    outbox->pending++;
    outbox->bytes += parcel->bytes;
  }
  if (reaches(outbox, 1)) outbox->is_full = true;
  outbox_offer(outbox);
}

// Nearly always at the end.
static void insert_in_order(struct parcel_list *list, struct parcel *parcel) {
  struct parcel *earlier;
  TAILQ_FOREACH_REVERSE(earlier, list, parcel_list, link) {
    if (earlier->order < parcel->order) break;
  }
  if (earlier)
    TAILQ_INSERT_AFTER(list, earlier, parcel, link);
  else
    TAILQ_INSERT_HEAD(list, parcel, link);
}

void outbox_offer(struct outbox *outbox) {
  struct parcel *parcel;
  while ((parcel = TAILQ_FIRST(&outbox->waiting))) {
    if (!outbox->world->produce(outbox->world->context, &parcel->message, (uint64_t)(uintptr_t)parcel)) return;
    TAILQ_REMOVE(&outbox->waiting, parcel, link);
    insert_in_order(&outbox->sent, parcel); // one that is offered again is older than others
  }
}

// Whether that made the outbox take more again.
static bool has_left(struct outbox *outbox, const struct parcel *parcel) {
  outbox->pending--;
  outbox->bytes -= parcel->bytes;
  if (!outbox->is_full || outbox->pending > outbox->bounds.messages / 2 || outbox->bytes > outbox->bounds.bytes / 2) return false;
  outbox->is_full = false;
  return true;
}

bool outbox_delivered(uint64_t cookie, bool delivered) {
  struct parcel *parcel = (struct parcel *)(uintptr_t)cookie;
  struct outbox *outbox = parcel->outbox;
  if (!outbox) {
    free(parcel);
    return false;
  }
  TAILQ_REMOVE(&outbox->sent, parcel, link);
  if (!delivered) {
    insert_in_order(&outbox->waiting, parcel);
    return false;
  }
  bool has_room = has_left(outbox, parcel);
  free(parcel);
  return has_room;
}

static int64_t list_low(const struct parcel_list *list, int home, int64_t low) {
  const struct parcel *parcel;
  TAILQ_FOREACH(parcel, list, link) {
    if (parcel->home == home && parcel->batch_no < low) return parcel->batch_no;
  }
  return low;
}

int64_t outbox_low(const struct outbox *outbox, int home) {
  return list_low(&outbox->waiting, home, list_low(&outbox->sent, home, INT64_MAX));
}

void outbox_drop(struct outbox *outbox) {
  struct parcel *parcel;
  while ((parcel = TAILQ_FIRST(&outbox->waiting))) {
    TAILQ_REMOVE(&outbox->waiting, parcel, link);
    free(parcel);
  }
  while ((parcel = TAILQ_FIRST(&outbox->sent))) {
    TAILQ_REMOVE(&outbox->sent, parcel, link);
    parcel->outbox = NULL; // freed when its answer comes
  }
  outbox->pending = outbox->bytes = 0;
  outbox->is_full = false;
}

bool outbox_is_waiting(const struct outbox *outbox) { return !TAILQ_EMPTY(&outbox->waiting); }

bool outbox_is_full(const struct outbox *outbox) { return outbox->is_full; }

bool outbox_is_overfull(const struct outbox *outbox) { return reaches(outbox, 2); }

size_t outbox_bytes(const struct outbox *outbox) { return outbox->bytes; }

size_t outbox_pending(const struct outbox *outbox) { return outbox->pending; }
