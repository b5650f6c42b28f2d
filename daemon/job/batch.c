// SPDX-License-Identifier: Apache-2.0
#include "job/batch.h"

#include <string.h>
#include <uthash.h>

struct batch_run {
  struct uuid run_id;
  UT_hash_handle hh;
};

struct batch_claim {
  struct uuid trigger_id;
  UT_hash_handle hh;
};

void batch_init(struct batch *batch) {
  *batch = (struct batch){.arena = arena_new()};
}

static void drop_owned(struct batch *batch) {
  vec_foreach(decision, &batch->decisions) wf_decision_clear(decision);
  HASH_CLEAR(hh, batch->touched); // the nodes are the arena's
  HASH_CLEAR(hh, batch->claims);
  vec_foreach(fanout, &batch->fanouts_begun) fanout_free(*fanout);
}

void batch_reset(struct batch *batch) {
  drop_owned(batch);
  vec_foreach(fence, &batch->fences) {
    vec_free(&fence->requests);
    vec_free(&fence->watches);
  }
  vec_reset(&batch->fences);
  vec_reset(&batch->triggers);
  vec_reset(&batch->duplicates);
  vec_reset(&batch->events);
  vec_reset(&batch->runs);
  vec_reset(&batch->previous_seqs);
  vec_reset(&batch->timer_rows);
  vec_reset(&batch->quarantine);
  vec_reset(&batch->inbox);
  vec_reset(&batch->inbox_taken);
  vec_reset(&batch->applied);
  vec_reset(&batch->tombstones);
  vec_reset(&batch->key_commands);
  vec_reset(&batch->fanouts);
  vec_reset(&batch->schedules);
  vec_reset(&batch->slots);
  vec_reset(&batch->unsubscriptions);
  vec_reset(&batch->arrivals);
  vec_reset(&batch->subscriptions);
  vec_reset(&batch->gatherings);
  vec_reset(&batch->verdicts);
  vec_reset(&batch->fanouts_begun);
  vec_reset(&batch->decisions);
  vec_reset(&batch->timers_added);
  vec_reset(&batch->timers_recorded);
  vec_reset(&batch->guards_removed);
  vec_reset(&batch->calls);
  arena_reset(batch->arena);
  batch->due_max = 0;
  batch->bytes = 0;
}

void batch_free(struct batch *batch) {
  batch_reset(batch);
  vec_free(&batch->fences);
  vec_free(&batch->triggers);
  vec_free(&batch->duplicates);
  vec_free(&batch->events);
  vec_free(&batch->runs);
  vec_free(&batch->previous_seqs);
  vec_free(&batch->timer_rows);
  vec_free(&batch->quarantine);
  vec_free(&batch->inbox);
  vec_free(&batch->inbox_taken);
  vec_free(&batch->applied);
  vec_free(&batch->tombstones);
  vec_free(&batch->key_commands);
  vec_free(&batch->fanouts);
  vec_free(&batch->schedules);
  vec_free(&batch->slots);
  vec_free(&batch->unsubscriptions);
  vec_free(&batch->arrivals);
  vec_free(&batch->subscriptions);
  vec_free(&batch->gatherings);
  vec_free(&batch->verdicts);
  vec_free(&batch->fanouts_begun);
  vec_free(&batch->decisions);
  vec_free(&batch->timers_added);
  vec_free(&batch->timers_recorded);
  vec_free(&batch->guards_removed);
  vec_free(&batch->calls);
  arena_free(batch->arena);
}

bool batch_is_empty(const struct batch *batch) { return batch->fences.count == 0; }

struct batch_fence *batch_touch(struct batch *batch, struct home *home) {
  vec_foreach(fence, &batch->fences) {
    if (fence->home == home) return fence;
  }
  vec_push(&batch->fences, (struct batch_fence){.home = home,
                                                .next_offset = home->next_offset,
                                                .last_offset = home->last_offset,
                                                .last_timestamp = home->last_timestamp,
                                                .last_hash = home->last_hash});
  return &batch->fences.items[batch->fences.count - 1];
}

void batch_consumed(struct batch *batch, struct home *home, const struct record *record) {
  struct batch_fence *fence = batch_touch(batch, home);
  fence->next_offset = record->offset + 1;
  fence->last_offset = record->offset;
  fence->last_timestamp = record->timestamp;
  fence->last_hash = home_record_hash(record);
}

// "tenant\0workflow\0id": no text has a NUL in it.
static struct text claim_key(const struct batch *batch, struct text tenant, const char *workflow, struct text id) {
  size_t workflow_size = strlen(workflow) + 1, size = tenant.size + 1 + workflow_size + id.size;
  char *key = arena_alloc0(batch->arena, size);
  if (tenant.size) memcpy(key, tenant.data, tenant.size);
  memcpy(key + tenant.size + 1, workflow, workflow_size);
  if (id.size) memcpy(key + tenant.size + 1 + workflow_size, id.data, id.size);
  return (struct text){key, size};
}

const struct uuid *batch_claimed(const struct batch *batch, struct text tenant, const char *workflow, struct text id) {
  struct text key = claim_key(batch, tenant, workflow, id);
  const struct batch_claim *claim;
  HASH_FIND(hh, batch->claims, key.data, key.size, claim);
  return claim ? &claim->trigger_id : NULL;
}

void batch_claim(struct batch *batch, struct text tenant, const char *workflow, struct text id, const struct uuid *trigger_id) {
  struct text key = claim_key(batch, tenant, workflow, id);
  struct batch_claim *claim = arena_alloc0(batch->arena, sizeof *claim);
  claim->trigger_id = *trigger_id;
  HASH_ADD_KEYPTR(hh, batch->claims, key.data, key.size, claim);
}

void batch_run(struct batch *batch, struct home *home, struct wf_run *run) {
  batch_touch(batch, home);
  struct batch_run *node;
  HASH_FIND(hh, batch->touched, &run->identity.run_id, sizeof(struct uuid), node);
  if (node) return;
  node = arena_alloc0(batch->arena, sizeof *node);
  node->run_id = run->identity.run_id;
  HASH_ADD(hh, batch->touched, run_id, sizeof(struct uuid), node);
  vec_push(&batch->runs, run);
  vec_push(&batch->previous_seqs, run->last_seq);
}

void batch_decision(struct batch *batch, const struct wf_run *run, const struct wf_decision *decision) {
  for (size_t i = 0; i < decision->event_count; i++)
    vec_push(&batch->events, (struct store_event){run->identity.run_id, &decision->events[i]});
  vec_push(&batch->decisions, *decision);
  batch->bytes += decision->bytes;
}
