// SPDX-License-Identifier: Apache-2.0
#include "worker/pending.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/xalloc.h"

struct entry {
  struct pending_work work; // first: a work is its entry
  LIST_ENTRY(entry) link;
};

struct pending {
  LIST_HEAD(, entry) entries;
};

struct pending *pending_new(void) {
  struct pending *pending = xcalloc(1, sizeof *pending);
  LIST_INIT(&pending->entries);
  return pending;
}

void pending_free(struct pending *pending) {
  if (!pending) return;
  struct entry *entry;
  while ((entry = LIST_FIRST(&pending->entries))) pending_remove(pending, &entry->work);
  free(pending);
}

void pending_put(struct pending *pending, const struct pending_work *work) {
  struct entry *entry = xcalloc(1, sizeof *entry);
  entry->work = *work;
  entry->work.reply_topic = xstrdup(work->reply_topic);
  entry->work.result = xmalloc(work->result_size);
  memcpy(entry->work.result, work->result, work->result_size);
  LIST_INSERT_HEAD(&pending->entries, entry, link);
}

static bool action_id_equal(const struct action_id *a, const struct action_id *b) {
  return a->action_no == b->action_no && uuid_equal(&a->run_id, &b->run_id);
}

struct pending_work *pending_find(struct pending *pending, const struct action_id *action, int32_t attempt) {
  struct entry *entry;
  LIST_FOREACH(entry, &pending->entries, link) {
    if (entry->work.attempt == attempt && action_id_equal(&entry->work.action, action)) return &entry->work;
  }
  return NULL;
}

struct pending_work *pending_due(struct pending *pending, usec_t now) {
  struct entry *entry;
  LIST_FOREACH(entry, &pending->entries, link) {
    if (entry->work.due_at <= now) return &entry->work;
  }
  return NULL;
}

struct pending_work *pending_silent(struct pending *pending, usec_t now) {
  struct entry *entry;
  LIST_FOREACH(entry, &pending->entries, link) {
    if (entry->work.heartbeat_at <= now) return &entry->work;
  }
  return NULL;
}

void pending_remove(struct pending *pending, struct pending_work *work) {
  (void)pending;
  struct entry *entry = (struct entry *)work;
  LIST_REMOVE(entry, link);
  free(work->reply_topic);
  free(work->result);
  free(entry);
}

usec_t pending_next(const struct pending *pending) {
  usec_t next = USEC_NEVER;
  const struct entry *entry;
  LIST_FOREACH(entry, &pending->entries, link) {
    if (entry->work.due_at < next) next = entry->work.due_at;
    if (entry->work.heartbeat_at < next) next = entry->work.heartbeat_at;
  }
  return next;
}
