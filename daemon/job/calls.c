// SPDX-License-Identifier: Apache-2.0
#include "job/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/measure.h"

// Compared as bytes: no padding.
struct key {
  struct uuid run_id;
  int32_t action_no;
};

enum stage { WAITING, UNDER_WAY, ANSWERED, STAGES };

struct entry {
  TAILQ_ENTRY(entry) link; // of those at its stage
  struct calls *calls;
  struct key key;
  int32_t attempt;
  enum wf_native native;
  jv arguments;
  usec_t deadline;
  char *traceparent;
  size_t bytes; // 0 once it is answered
  enum stage stage;
  UT_hash_handle hh;
};

TAILQ_HEAD(entry_list, entry);

struct calls {
  const struct world *world;
  struct calls_bounds bounds;
  struct entry_list stages[STAGES];
  struct entry *by_action;
  size_t count, bytes, in_flight;
  bool is_full;
};

enum wf_native calls_native(const char *function) {
  if (strcmp(function, "http") == 0) return WF_NATIVE_HTTP;
  return strcmp(function, "openapi") == 0 ? WF_NATIVE_OPENAPI : WF_BY_WORKER;
}

struct calls *calls_new(const struct world *world, struct calls_bounds bounds) {
  struct calls *calls = xcalloc(1, sizeof *calls);
  calls->world = world;
  calls->bounds = bounds;
  for (int i = 0; i < STAGES; i++) TAILQ_INIT(&calls->stages[i]);
  return calls;
}

static void measure(struct calls *calls) {
  if (calls->count >= calls->bounds.count || calls->bytes >= calls->bounds.bytes) calls->is_full = true;
  if (calls->count <= calls->bounds.count / 2 && calls->bytes <= calls->bounds.bytes / 2) calls->is_full = false;
}

static void set_stage(struct entry *entry, enum stage stage) {
  struct calls *calls = entry->calls;
  calls->in_flight -= entry->stage == UNDER_WAY;
  TAILQ_REMOVE(&calls->stages[entry->stage], entry, link);
  TAILQ_INSERT_TAIL(&calls->stages[stage], entry, link);
  entry->stage = stage;
  calls->in_flight += stage == UNDER_WAY;
}

// Nothing counts of it any more but its name.
static void answered(struct entry *entry) {
  struct calls *calls = entry->calls;
  if (entry->stage != ANSWERED) calls->count--;
  calls->bytes -= entry->bytes;
  entry->bytes = 0;
  set_stage(entry, ANSWERED);
  measure(calls);
  jv_free(entry->arguments);
  entry->arguments = jv_invalid();
}

static void entry_free(struct entry *entry) {
  answered(entry);
  TAILQ_REMOVE(&entry->calls->stages[ANSWERED], entry, link);
  HASH_DEL(entry->calls->by_action, entry);
  free(entry->traceparent);
  free(entry);
}

static void end(struct entry *entry) {
  const struct world *world = entry->calls->world;
  if (entry->stage == UNDER_WAY) world->hang_up(world->context, (uint64_t)(uintptr_t)entry);
  entry_free(entry);
}

static void drop_stage(struct calls *calls, enum stage stage) {
  struct entry *entry;
  while ((entry = TAILQ_FIRST(&calls->stages[stage]))) end(entry);
}

void calls_drop(struct calls *calls) {
  for (int i = 0; i < STAGES; i++) drop_stage(calls, (enum stage)i);
}

void calls_drop_waiting(struct calls *calls) { drop_stage(calls, WAITING); }

void calls_free(struct calls *calls) {
  if (!calls) return;
  calls_drop(calls);
  free(calls);
}

static struct entry *find(const struct calls *calls, const struct uuid *run_id, int32_t action_no) {
  struct key key = {*run_id, action_no};
  struct entry *entry;
  HASH_FIND(hh, calls->by_action, &key, sizeof key, entry);
  return entry;
}

void calls_remove(struct calls *calls, const struct uuid *run_id, int32_t action_no) {
  struct entry *entry = find(calls, run_id, action_no);
  if (entry) end(entry);
}

void calls_withdraw(struct calls *calls, const struct uuid *run_id, int32_t action_no) {
  struct entry *entry = find(calls, run_id, action_no);
  if (entry && entry->stage == WAITING) end(entry);
}

void calls_add(struct calls *calls, const struct call_request *request) {
  struct entry *entry = find(calls, &request->run_id, request->action_no);
  if (entry && entry->attempt == request->attempt) return;
  if (entry) end(entry);
  entry = xcalloc(1, sizeof *entry);
  entry->calls = calls;
  entry->key = (struct key){request->run_id, request->action_no};
  entry->attempt = request->attempt;
  entry->native = request->native;
  entry->arguments = jv_copy(request->arguments);
  entry->deadline = request->deadline;
  entry->traceparent = request->traceparent ? xstrdup(request->traceparent) : NULL;
  entry->bytes = sizeof *entry + wf_value_size(request->arguments, calls->bounds.bytes);
  TAILQ_INSERT_TAIL(&calls->stages[WAITING], entry, link);
  HASH_ADD(hh, calls->by_action, key, sizeof entry->key, entry);
  calls->count++;
  calls->bytes += entry->bytes;
  measure(calls);
}

// protocols: the action and its attempt are the key, whoever does it.
static bool begin(struct entry *entry, usec_t clock) {
  const struct world *world = entry->calls->world;
  const struct action_id id = {entry->key.run_id, entry->key.action_no};
  char text[ACTION_ID_TEXT_SIZE], key[ACTION_ID_TEXT_SIZE + 16];
  snprintf(key, sizeof key, "%s/%d", action_id_format(&id, text), (int)entry->attempt);
  return world->call(world->context,
                     &(struct world_call){.native = entry->native,
                                          .arguments = entry->arguments,
                                          .idempotency_key = key,
                                          .traceparent = entry->traceparent,
                                          .timeout = entry->deadline - clock},
                     (uint64_t)(uintptr_t)entry);
}

bool calls_offer(struct calls *calls, usec_t clock) {
  struct entry *entry;
  while ((entry = TAILQ_FIRST(&calls->stages[WAITING]))) {
    if (entry->deadline > clock) {
      if (!begin(entry, clock)) return false;
      set_stage(entry, UNDER_WAY);
      return true;
    }
    entry_free(entry);
  }
  return false;
}

struct item *calls_answered(uint64_t cookie, const struct world_answer *answer, struct calls **ret_calls) {
  struct entry *entry = (struct entry *)(uintptr_t)cookie;
  struct item *item = item_from_answer(&(struct action_id){entry->key.run_id, entry->key.action_no}, entry->attempt, answer);
  *ret_calls = entry->calls;
  answered(entry);
  return item;
}

void calls_settled(struct calls *calls, const struct uuid *run_id, int32_t action_no, int32_t attempt) {
  struct entry *entry = find(calls, run_id, action_no);
  if (entry && entry->stage == ANSWERED && entry->attempt == attempt) entry_free(entry);
}

bool calls_is_waiting(const struct calls *calls) { return !TAILQ_EMPTY(&calls->stages[WAITING]); }
bool calls_is_full(const struct calls *calls) { return calls->is_full; }
size_t calls_count(const struct calls *calls) { return calls->count; }
size_t calls_in_flight(const struct calls *calls) { return calls->in_flight; }
