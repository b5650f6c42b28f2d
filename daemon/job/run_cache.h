// SPDX-License-Identifier: Apache-2.0
// The runs that a lane keeps in memory, least recently used out first when a byte bound
// is passed. A run here is exactly what its committed events fold to, or is part of the
// batch under way; when a batch fails, what it touched is dropped and loaded anew.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/run.h"

struct run_cache;

struct run_cache *run_cache_new(size_t bytes_max);
void run_cache_free(struct run_cache *cache);

// NULL when it is not in memory. Counts as a use.
struct wf_run *run_cache_find(struct run_cache *cache, const struct uuid *run_id);
// Takes the run; there must be none with its id.
void run_cache_add(struct run_cache *cache, struct wf_run *run);
// Drops and frees it if it is there.
void run_cache_drop(struct run_cache *cache, const struct uuid *run_id);
void run_cache_drop_home(struct run_cache *cache, int home);
// After a change of the run's size.
void run_cache_measure(struct run_cache *cache, const struct wf_run *run);
// Drops the least recently used until the bound holds. Never while a batch is under
// way: its runs are borrowed.
void run_cache_trim(struct run_cache *cache);

size_t run_cache_count(const struct run_cache *cache);
size_t run_cache_bytes(const struct run_cache *cache);
