// SPDX-License-Identifier: Apache-2.0
#include "job/run_cache.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"

struct entry {
  struct uuid run_id;
  struct wf_run *run;
  size_t bytes;
  TAILQ_ENTRY(entry) use;
  UT_hash_handle hh;
};

TAILQ_HEAD(use_list, entry);

struct run_cache {
  struct entry *entries;
  struct use_list uses; // least recently used first
  size_t bytes, bytes_max;
};

struct run_cache *run_cache_new(size_t bytes_max) {
  struct run_cache *cache = xcalloc(1, sizeof *cache);
  TAILQ_INIT(&cache->uses);
  cache->bytes_max = bytes_max;
  return cache;
}

static void entry_free(struct run_cache *cache, struct entry *entry) {
  HASH_DEL(cache->entries, entry);
  TAILQ_REMOVE(&cache->uses, entry, use);
  cache->bytes -= entry->bytes;
  wf_run_free(entry->run);
  free(entry);
}

void run_cache_free(struct run_cache *cache) {
  if (!cache) return;
  struct entry *entry;
  while ((entry = TAILQ_FIRST(&cache->uses))) entry_free(cache, entry);
  free(cache);
}

static struct entry *entry_find(const struct run_cache *cache, const struct uuid *run_id) {
  struct entry *entry;
  HASH_FIND(hh, cache->entries, run_id, sizeof *run_id, entry);
  return entry;
}

struct wf_run *run_cache_find(struct run_cache *cache, const struct uuid *run_id) {
  struct entry *entry = entry_find(cache, run_id);
  if (!entry) return NULL;
  TAILQ_REMOVE(&cache->uses, entry, use);
  TAILQ_INSERT_TAIL(&cache->uses, entry, use);
  return entry->run;
}

void run_cache_add(struct run_cache *cache, struct wf_run *run) {
  WF_ASSERT(!entry_find(cache, &run->identity.run_id));
  struct entry *entry = xcalloc(1, sizeof *entry);
  entry->run_id = run->identity.run_id;
  entry->run = run;
  entry->bytes = wf_run_memory(run);
  cache->bytes += entry->bytes;
  HASH_ADD(hh, cache->entries, run_id, sizeof entry->run_id, entry);
  TAILQ_INSERT_TAIL(&cache->uses, entry, use);
}

void run_cache_drop(struct run_cache *cache, const struct uuid *run_id) {
  struct entry *entry = entry_find(cache, run_id);
  if (entry) entry_free(cache, entry);
}

void run_cache_drop_home(struct run_cache *cache, int home) {
  struct entry *entry, *next;
  HASH_ITER(hh, cache->entries, entry, next) {
    if ((int)uuid_home(&entry->run_id) == home) entry_free(cache, entry);
  }
}

void run_cache_measure(struct run_cache *cache, const struct wf_run *run) {
  struct entry *entry = entry_find(cache, &run->identity.run_id);
  if (!entry) return;
  cache->bytes -= entry->bytes;
  entry->bytes = wf_run_memory(run);
  cache->bytes += entry->bytes;
}

void run_cache_trim(struct run_cache *cache) {
  struct entry *entry;
  while (cache->bytes > cache->bytes_max && (entry = TAILQ_FIRST(&cache->uses))) entry_free(cache, entry);
}

size_t run_cache_count(const struct run_cache *cache) { return HASH_COUNT(cache->entries); }

size_t run_cache_bytes(const struct run_cache *cache) { return cache->bytes; }
