// SPDX-License-Identifier: Apache-2.0
// The workflow definitions this process can run: the table `workflow.definition` as of
// one generation, loaded. A definition that does not load is kept by name with its
// problem, so that what asks for it is told why; the others serve.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "engine/definition.h"
#include "job/store.h"

struct registry;

struct registry_entry {
  int32_t definition_id;
  char *workflow; // "namespace/name"
  char *version;
  bool active;
  struct wf_definition *definition; // NULL when it did not load
  char *problem;                    // then: "line:column: what" of the first
};

struct registry *registry_new(const struct wf_catalog *catalog);
void registry_free(struct registry *registry);

// Takes the table over. Entries and documents that are loaded already stay where they
// are: a published version never changes, and none is ever removed.
void registry_update(struct registry *registry, const struct store_definitions_reply *table);
// 0 before the first update.
int64_t registry_generation(const struct registry *registry);

const struct registry_entry *registry_by_id(const struct registry *registry, int32_t definition_id);
// The active definition of "namespace/name" or "name" (namespace "default"), of that
// version or, when `version` is absent, the newest by semantic versioning. NULL: none.
const struct registry_entry *registry_find(const struct registry *registry, struct text workflow, struct text version);
// Whether a run of any definition here, also of one that is not active any more, may listen for
// events of that type.
bool registry_hears(const struct registry *registry, struct text type);
// Of the workflows' newest active definitions those that may start on events of that type, by
// id; the array is the arena's.
size_t registry_starts(const struct registry *registry, struct text type, struct arena *arena, const struct registry_entry ***ret_entries);
// The newest active definition of each workflow, by id; the array is the arena's.
size_t registry_newest(const struct registry *registry, struct arena *arena, const struct registry_entry ***ret_entries);
// "namespace/name" of what may be a bare name. Owned.
char *registry_whole_name(struct text workflow);
// Why registry_find() finds none, and what there is, for people: the versions of a
// workflow that is there, else where it was looked for, the nearest name and all names.
// Lists are cut at `bytes_max` bytes. Owned.
char *registry_missing(const struct registry *registry, struct text workflow, struct text version, size_t bytes_max);
