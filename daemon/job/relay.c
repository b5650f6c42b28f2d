// SPDX-License-Identifier: Apache-2.0
#include "job/relay.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/xalloc.h"

#define WITHOUT_HEARTBEATS (10 * USEC_PER_SEC)

// Hash keys are compared as bytes, so there must be no padding in them.
struct key {
  struct uuid run_id;
  int32_t action_no, attempt;
};

struct entry {
  struct key key;
  usec_t passed_at;
  UT_hash_handle hh; // iterates in order of passing: the oldest first
};

struct relay {
  usec_t interval;
  struct entry *entries;
  size_t under_way; // the youngest so many: of the batch under way
};

struct relay *relay_new(usec_t interval) {
  struct relay *relay = xcalloc(1, sizeof *relay);
  relay->interval = interval;
  return relay;
}

static void forget(struct relay *relay, struct entry *entry) {
  HASH_DEL(relay->entries, entry);
  free(entry);
}

void relay_free(struct relay *relay) {
  if (!relay) return;
  while (relay->entries) forget(relay, relay->entries);
  free(relay);
}

usec_t relay_interval(const struct wf_catalog *catalog) {
  usec_t shortest = 0;
  for (size_t i = 0; i < catalog->count; i++) {
    usec_t heartbeat = catalog->functions[i].heartbeat;
    if (heartbeat > 0 && (!shortest || heartbeat < shortest)) shortest = heartbeat;
  }
  return shortest ? shortest / 3 : WITHOUT_HEARTBEATS;
}

// What is over by `now`, and one more when there is no room.
static void make_room(struct relay *relay, usec_t now) {
  while (HASH_COUNT(relay->entries) > relay->under_way && relay->entries->passed_at + relay->interval <= now) forget(relay, relay->entries);
  if (HASH_COUNT(relay->entries) < RELAY_MAX) return;
  if (relay->under_way == RELAY_MAX) relay->under_way--;
  forget(relay, relay->entries);
}

bool relay_pass(struct relay *relay, const struct action_id *action, int32_t attempt, usec_t now) {
  struct key key = {action->run_id, action->action_no, attempt};
  struct entry *entry;
  make_room(relay, now);
  HASH_FIND(hh, relay->entries, &key, sizeof key, entry);
  if (entry) return false;
  entry = xcalloc(1, sizeof *entry);
  *entry = (struct entry){.key = key, .passed_at = now};
  HASH_ADD(hh, relay->entries, key, sizeof entry->key, entry);
  relay->under_way++;
  return true;
}

void relay_committed(struct relay *relay) { relay->under_way = 0; }

void relay_redo(struct relay *relay) {
  for (; relay->under_way; relay->under_way--) forget(relay, ELMT_FROM_HH(relay->entries->hh.tbl, relay->entries->hh.tbl->tail));
}

size_t relay_count(const struct relay *relay) { return HASH_COUNT(relay->entries); }
