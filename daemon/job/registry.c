// SPDX-License-Identifier: Apache-2.0
#include "job/registry.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/xalloc.h"

struct node {
  struct registry_entry entry;
  UT_hash_handle hh;
};

struct registry {
  const struct wf_catalog *catalog;
  struct node *nodes; // by definition_id
  int64_t generation;
};

struct registry *registry_new(const struct wf_catalog *catalog) {
  struct registry *registry = xcalloc(1, sizeof *registry);
  registry->catalog = catalog;
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
  struct node *node, *next;
  HASH_ITER(hh, registry->nodes, node, next) node_free(registry, node);
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

static struct node *node_add(struct registry *registry, const struct store_definition *row) {
  struct node *node = xcalloc(1, sizeof *node);
  node->entry.definition_id = row->definition_id;
  node->entry.workflow = xasprintf("%s/%s", row->namespace, row->name);
  node->entry.version = xstrdup(row->version);
  node_load(registry, node, row->document);
  HASH_ADD(hh, registry->nodes, entry.definition_id, sizeof node->entry.definition_id, node);
  return node;
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

const struct registry_entry *registry_find(const struct registry *registry, struct text workflow, struct text version) {
  const struct registry_entry *best = NULL;
  for (const struct node *node = registry->nodes; node; node = node->hh.next) {
    const struct registry_entry *entry = &node->entry;
    if (!entry->active || !names_workflow(workflow, entry->workflow)) continue;
    if (version.data && !text_equal(version, text_of(entry->version))) continue;
    if (!best || version_compare(entry->version, best->version) > 0) best = entry;
  }
  return best;
}

static int by_id(const void *a, const void *b) {
  const struct registry_entry *const *x = a, *const *y = b;
  return (*x)->definition_id - (*y)->definition_id;
}

size_t registry_newest(const struct registry *registry, struct arena *arena, const struct registry_entry ***ret_entries) {
  const struct registry_entry **entries = arena_alloc(arena, (HASH_COUNT(registry->nodes) + 1) * sizeof(struct registry_entry *));
  size_t count = 0;
  for (const struct node *node = registry->nodes; node; node = node->hh.next) {
    struct text absent = {NULL, 0};
    if (registry_find(registry, text_of(node->entry.workflow), absent) == &node->entry) entries[count++] = &node->entry;
  }
  qsort(entries, count, sizeof(struct registry_entry *), by_id);
  *ret_entries = entries;
  return count;
}

char *registry_names(const struct registry *registry, size_t bytes_max) {
  struct buf names = {0};
  for (const struct node *node = registry->nodes; node; node = node->hh.next) {
    if (!node->entry.active) continue;
    if (names.size + strlen(node->entry.workflow) + strlen(node->entry.version) + 8 > bytes_max) {
      buf_puts(&names, ", …");
      break;
    }
    buf_printf(&names, "%s%s@%s", names.size ? ", " : "", node->entry.workflow, node->entry.version);
  }
  char *text = xstrndup(names.size ? names.data : "none", names.size ? names.size : 4);
  buf_free(&names);
  return text;
}
