// SPDX-License-Identifier: Apache-2.0
#include "job/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/xalloc.h"
#include "engine/strategy.h"
#include "job/audience.h"

struct node {
  struct registry_entry entry;
  struct node *other; // version of the same workflow
  UT_hash_handle hh;
};

// All versions of one workflow: triggers come by name.
struct versions {
  const char *workflow; // the first node's
  struct node *nodes;
  const struct registry_entry *newest; // active one, or NULL
  UT_hash_handle hh;
};

struct registry {
  const struct wf_catalog *catalog;
  struct node *nodes; // by definition_id
  struct versions *workflows;
  struct audience *audience;
  int64_t generation;
};

struct registry *registry_new(const struct wf_catalog *catalog) {
  struct registry *registry = xcalloc(1, sizeof *registry);
  registry->catalog = catalog;
  registry->audience = audience_new();
  return registry;
}

static void node_free(struct registry *registry, struct node *node) {
  HASH_DEL(registry->nodes, node);
  wf_definition_free(node->entry.definition);
  free(node->entry.workflow);
  free(node->entry.version);
  free(node->entry.problem);
  free(node);
}

void registry_free(struct registry *registry) {
  if (!registry) return;
  struct versions *versions, *next_versions;
  HASH_ITER(hh, registry->workflows, versions, next_versions) {
    HASH_DEL(registry->workflows, versions);
    free(versions);
  }
  struct node *node, *next;
  HASH_ITER(hh, registry->nodes, node, next) node_free(registry, node);
  audience_free(registry->audience);
  free(registry);
}

static struct node *node_find(const struct registry *registry, int32_t definition_id) {
  struct node *node;
  HASH_FIND(hh, registry->nodes, &definition_id, sizeof definition_id, node);
  return node;
}

static void node_load(const struct registry *registry, struct node *node, struct text document) {
  struct arena *arena = arena_new();
  struct wf_problems problems = {0};
  if (wf_definition_load(document.data, document.size, registry->catalog, arena, &node->entry.definition, &problems) < 0) {
    const struct wf_problem *first = problems.items;
    node->entry.problem = xasprintf("%d:%d: %s", first->line, first->column, first->text);
    log_error("definition %s@%s does not load and cannot run: %s", node->entry.workflow, node->entry.version, node->entry.problem);
  }
  arena_free(arena);
}

static struct versions *versions_find(const struct registry *registry, const char *workflow, size_t size) {
  struct versions *versions;
  HASH_FIND(hh, registry->workflows, workflow, size, versions);
  return versions;
}

static void versions_add(struct registry *registry, struct node *node) {
  const char *workflow = node->entry.workflow;
  struct versions *versions = versions_find(registry, workflow, strlen(workflow));
  if (!versions) {
    versions = xcalloc(1, sizeof *versions);
    versions->workflow = workflow;
    HASH_ADD_KEYPTR(hh, registry->workflows, versions->workflow, strlen(workflow), versions);
  }
  node->other = versions->nodes;
  versions->nodes = node;
}

static struct node *node_add(struct registry *registry, const struct store_definition *row) {
  struct node *node = xcalloc(1, sizeof *node);
  node->entry.definition_id = row->definition_id;
  node->entry.workflow = xasprintf("%s/%s", row->namespace, row->name);
  node->entry.version = xstrdup(row->version);
  node_load(registry, node, row->document);
  size_t count = 0;
  const char *const *heard = node->entry.definition ? wf_definition_heard(node->entry.definition, &count) : NULL;
  for (size_t i = 0; i < count; i++) audience_hears(registry->audience, heard[i]);
  HASH_ADD(hh, registry->nodes, entry.definition_id, sizeof node->entry.definition_id, node);
  versions_add(registry, node);
  return node;
}

// Precedence of semantic versions (semver.org, section 11): numbers by value, a
// pre-release before its release.
static int version_compare(const char *a, const char *b) {
  for (int part = 0; part < 3; part++) {
    char *after_a, *after_b;
    unsigned long x = strtoul(a, &after_a, 10), y = strtoul(b, &after_b, 10);
    if (x != y) return x < y ? -1 : 1;
    a = *after_a == '.' ? after_a + 1 : after_a;
    b = *after_b == '.' ? after_b + 1 : after_b;
  }
  bool release_a = *a != '-', release_b = *b != '-';
  if (release_a != release_b) return release_a ? 1 : -1;
  return strverscmp(a, b);
}

static void choose_newest(struct versions *versions) {
  versions->newest = NULL;
  for (const struct node *node = versions->nodes; node; node = node->other) {
    const struct registry_entry *entry = &node->entry;
    if (entry->active && (!versions->newest || version_compare(entry->version, versions->newest->version) > 0)) versions->newest = entry;
  }
}

// What may start on events: the newest of each workflow.
static void note_starts(struct registry *registry) {
  struct arena *arena = arena_new();
  const struct registry_entry **entries;
  size_t count = registry_newest(registry, arena, &entries);
  audience_forget_starts(registry->audience);
  for (size_t i = 0; i < count; i++) {
    const struct wf_event_strategy *strategy = entries[i]->definition ? wf_definition_trigger(entries[i]->definition) : NULL;
    if (strategy && strategy->count == 0) audience_starts(registry->audience, NULL, entries[i]);
    for (int f = 0; strategy && f < strategy->count; f++) audience_starts(registry->audience, strategy->filters[f].type, entries[i]);
    const struct wf_event_strategy *end = strategy ? strategy->until_events : NULL;
    if (end && end->count == 0) audience_starts(registry->audience, NULL, entries[i]);
    for (int f = 0; end && f < end->count; f++) audience_starts(registry->audience, end->filters[f].type, entries[i]);
  }
  arena_free(arena);
}

void registry_update(struct registry *registry, const struct store_definitions_reply *table) {
  struct node *node;
  // One that has gone from the table stays: a batch under way may hold it.
  for (node = registry->nodes; node; node = node->hh.next) node->entry.active = false;
  for (size_t i = 0; i < table->definition_count; i++) {
    const struct store_definition *row = &table->definitions[i];
    node = node_find(registry, row->definition_id);
    if (!node) node = node_add(registry, row);
    node->entry.active = row->active;
  }
  for (struct versions *versions = registry->workflows; versions; versions = versions->hh.next) choose_newest(versions);
  note_starts(registry);
  registry->generation = table->generation;
}

int64_t registry_generation(const struct registry *registry) { return registry->generation; }

const struct registry_entry *registry_by_id(const struct registry *registry, int32_t definition_id) {
  struct node *node = node_find(registry, definition_id);
  return node ? &node->entry : NULL;
}

// A name without a namespace means the namespace "default".
static bool names_workflow(struct text wanted, const char *workflow) {
  if (text_equal(wanted, text_of(workflow))) return true;
  static const char prefix[] = "default/";
  if (memchr(wanted.data, '/', wanted.size) || strncmp(workflow, prefix, sizeof prefix - 1) != 0) return false;
  return text_equal(wanted, text_of(workflow + sizeof prefix - 1));
}

const struct registry_entry *registry_find(const struct registry *registry, struct text workflow, struct text version) {
  char *full = NULL;
  if (!memchr(workflow.data, '/', workflow.size)) full = xasprintf("default/%.*s", (int)workflow.size, workflow.data);
  const struct versions *versions = full ? versions_find(registry, full, strlen(full)) : versions_find(registry, workflow.data, workflow.size);
  free(full);
  if (!versions || !version.data) return versions ? versions->newest : NULL;
  for (const struct node *node = versions->nodes; node; node = node->other)
    if (node->entry.active && text_equal(version, text_of(node->entry.version))) return &node->entry;
  return NULL;
}

static int by_id(const void *a, const void *b) {
  const struct registry_entry *const *x = a, *const *y = b;
  return (*x)->definition_id - (*y)->definition_id;
}

size_t registry_newest(const struct registry *registry, struct arena *arena, const struct registry_entry ***ret_entries) {
  const struct registry_entry **entries = arena_alloc(arena, (HASH_COUNT(registry->workflows) + 1) * sizeof(struct registry_entry *));
  size_t count = 0;
  for (const struct versions *versions = registry->workflows; versions; versions = versions->hh.next)
    if (versions->newest) entries[count++] = versions->newest;
  qsort(entries, count, sizeof(struct registry_entry *), by_id);
  *ret_entries = entries;
  return count;
}

bool registry_hears(const struct registry *registry, struct text type) { return audience_may_hear(registry->audience, type); }

size_t registry_starts(const struct registry *registry, struct text type, struct arena *arena, const struct registry_entry ***ret_entries) {
  return audience_started(registry->audience, type, arena, ret_entries);
}

// ---- what is missing ----------------------------------------------------------

static int by_name_and_version(const void *a, const void *b) {
  const struct registry_entry *const *x = a, *const *y = b;
  int names = strcmp((*x)->workflow, (*y)->workflow);
  return names ? names : version_compare((*x)->version, (*y)->version);
}

// The active entries, sorted; `count` may be 0. The caller frees the array.
static const struct registry_entry **active_entries(const struct registry *registry, size_t *ret_count) {
  const struct registry_entry **entries = xcalloc(HASH_COUNT(registry->nodes) + 1, sizeof *entries);
  size_t count = 0;
  for (const struct node *node = registry->nodes; node; node = node->hh.next)
    if (node->entry.active) entries[count++] = &node->entry;
  qsort(entries, count, sizeof *entries, by_name_and_version);
  *ret_count = count;
  return entries;
}

// "a, b, …"; false once no more fits.
__attribute__((format(printf, 3, 4))) static bool list_add(struct buf *list, size_t bytes_max, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *item;
  int size = vasprintf(&item, format, args);
  va_end(args);
  WF_ASSERT(size >= 0);
  bool fits = list->size + (size_t)size + 8 <= bytes_max;
  buf_printf(list, "%s%s", list->size ? ", " : "", fits ? item : "…");
  free(item);
  return fits;
}

char *registry_whole_name(struct text workflow) {
  bool bare = !memchr(workflow.data, '/', workflow.size);
  return xasprintf("%s%.*s", bare ? "default/" : "", (int)workflow.size, workflow.data);
}

// The workflow that was meant: of that name in another namespace, or of a name in the
// same one that differs by a slip; `wanted` is whole. NULL = nothing is near.
static const char *meant(const struct registry_entry *const *entries, size_t count, const char *wanted) {
  size_t prefix = (size_t)(strchr(wanted, '/') + 1 - wanted);
  const char **names = xcalloc(count + 1, sizeof *names);
  size_t neighbours = 0;
  const char *elsewhere = NULL;
  for (size_t i = 0; i < count; i++) {
    const char *workflow = entries[i]->workflow;
    if (strncmp(workflow, wanted, prefix) == 0) names[neighbours++] = workflow + prefix;
    if (strcmp(strchr(workflow, '/') + 1, wanted + prefix) == 0) elsewhere = workflow;
  }
  const char *near = elsewhere ? NULL : text_near_miss(wanted + prefix, names, neighbours);
  free(names);
  return near ? near - prefix : elsewhere;
}

char *registry_missing(const struct registry *registry, struct text workflow, struct text version, size_t bytes_max) {
  size_t count;
  const struct registry_entry **entries = active_entries(registry, &count);
  struct buf versions = {0}, names = {0};
  for (size_t i = 0; i < count; i++)
    if (names_workflow(workflow, entries[i]->workflow) && !list_add(&versions, bytes_max, "%s", entries[i]->version)) break;
  for (size_t i = 0; i < count; i++)
    if (!list_add(&names, bytes_max, "%s@%s", entries[i]->workflow, entries[i]->version)) break;
  char *whole = registry_whole_name(workflow), *text;
  if (versions.size) {
    text = xasprintf("no active version \"%.*s\" of workflow %s; there are: %.*s", (int)version.size, version.data, whole, (int)versions.size, versions.data);
  } else {
    const char *near = meant(entries, count, whole);
    bool bare = workflow.size < strlen(whole);
    text = xasprintf("no active workflow \"%.*s\"%s%s%s%s; there are: %.*s", (int)workflow.size, workflow.data,
                     bare ? " in namespace \"default\", which a name without one means" : "", near ? ", perhaps \"" : "", near ? near : "",
                     near ? "\" is meant" : "", names.size ? (int)names.size : 4, names.size ? names.data : "none");
  }
  free(whole);
  free(entries);
  buf_free(&versions);
  buf_free(&names);
  return text;
}
