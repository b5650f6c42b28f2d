// SPDX-License-Identifier: Apache-2.0
// External resources: what the document refers to by URI.
#include <string.h>

#include "base/text.h"
#include "engine/load.h"

const char *wf_load_external(struct wf_loader *loader, const struct wf_yaml *node, const char *what) {
  static const struct wf_key KEYS[] = {{"name", 0}, {"endpoint", WF_KEY_REQUIRED}, {NULL, 0}};
  if (!wf_load_keys(loader, node, what, KEYS)) return NULL;
  const struct wf_yaml *name = wf_yaml_get(node, "name"), *endpoint = wf_yaml_get(node, "endpoint");
  if (name) wf_load_text(loader, name, "`name`");
  return endpoint ? wf_load_endpoint(loader, endpoint) : NULL;
}

static const char *find(const struct wf_pinned *items, size_t count, const char *uri) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(items[i].uri, uri) == 0) return items[i].text;
  return NULL;
}

static void remember(struct wf_definition *definition, struct wf_pinned item) {
  size_t count = definition->resource_count;
  struct wf_pinned *grown = arena_alloc(definition->arena, (count + 1) * sizeof *grown);
  if (count) memcpy(grown, definition->resources, count * sizeof *grown);
  grown[count] = item;
  definition->resources = grown;
  definition->resource_count = count + 1;
}

const char *wf_load_resource(struct wf_loader *loader, const char *uri) {
  struct wf_definition *definition = loader->definition;
  const struct wf_resources *resources = loader->catalog->resources;
  const char *text = find(loader->pinned, loader->pinned_count, uri);
  if (!text) text = find(definition->resources, definition->resource_count, uri);
  if (text || !resources) return text;
  if (resources->read(resources->context, uri, definition->arena, &text) != 0) return NULL;
  remember(definition, (struct wf_pinned){arena_strdup(definition->arena, uri), text});
  return text;
}

// The tree is read for one place of the document, and its problems are told there.
static void place(const struct wf_yaml *tree, const struct wf_yaml *at) {
  struct wf_yaml *node = (struct wf_yaml *)tree; // of the reading below, nobody else's yet
  node->line = at->line;
  node->column = at->column;
  for (size_t i = 0; i < node->count; i++) {
    node->entries[i].line = at->line;
    node->entries[i].column = at->column;
    place(node->entries[i].value, at);
  }
}

const struct wf_yaml *wf_load_resource_tree(struct wf_loader *loader, const char *uri, const char *text,
                                            const struct wf_yaml *at) {
  struct wf_problem_list problems = {.arena = loader->problems.arena};
  const struct wf_yaml *root = NULL;
  if (wf_yaml_read(text, strlen(text), WF_DOCUMENT_MAX, WF_NESTING_MAX, loader->definition->arena, &problems, &root) == 0)
    place(root, at);
  for (size_t i = 0; i < problems.count; i++)
    wf_problem_at(&loader->problems, at, "%s, line %d, column %d: %s", uri, problems.items[i].line,
                  problems.items[i].column, problems.items[i].text);
  return root;
}
