// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_folder.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "ctl/rehearse_source.h"

// A workflow that is asked for, or that is there; version NULL = any.
struct identity {
  const char *space, *name, *version;
};

struct identities {
  VEC(struct identity) wanted, known;
};

static const char *text_at(const struct wf_yaml *node, const char *key) {
  const struct wf_yaml *value = wf_yaml_get(node, key);
  return value && value->kind == WF_YAML_SCALAR ? value->text : NULL;
}

static bool is_any(const char *version) { return !version || strcmp(version, "latest") == 0; }

static bool is_same(const struct identity *one, const struct identity *other) {
  return strcmp(one->space, other->space) == 0 && strcmp(one->name, other->name) == 0 &&
         (is_any(one->version) || is_any(other->version) || strcmp(one->version, other->version) == 0);
}

static void collect_wanted(const struct wf_yaml *node, const char *space, struct identities *out) {
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = &node->entries[i];
    collect_wanted(entry->value, space, out);
    if (!entry->key || strcmp(entry->key, "run") != 0) continue;
    const struct wf_yaml *child = wf_yaml_get(entry->value, "workflow");
    if (!child || !text_at(child, "name")) continue;
    const char *own = text_at(child, "namespace");
    vec_push(&out->wanted, (struct identity){own ? own : space, text_at(child, "name"), text_at(child, "version")});
  }
}

static bool identify(const struct wf_yaml *root, struct identity *ret_identity) {
  const struct wf_yaml *document = wf_yaml_get(root, "document");
  if (!document) return false;
  *ret_identity = (struct identity){text_at(document, "namespace"), text_at(document, "name"), text_at(document, "version")};
  return ret_identity->space && ret_identity->name && ret_identity->version;
}

static void collect(const struct document *document, struct arena *arena, struct identities *out) {
  struct wf_problem_list problems = {.arena = arena};
  const struct wf_yaml *root;
  struct identity own;
  if (!document->bytes) return;
  if (wf_yaml_read(document->bytes, document->size, WF_DOCUMENT_MAX, WF_NESTING_MAX, arena, &problems, &root) < 0) return;
  if (!identify(root, &own)) return;
  vec_push(&out->known, own);
  collect_wanted(root, own.space, out);
}

static bool is_sought(const struct identities *all, const struct identity *found) {
  vec_foreach(known, &all->known) {
    if (is_same(known, found)) return false;
  }
  vec_foreach(wanted, &all->wanted) {
    if (is_same(wanted, found)) return true;
  }
  return false;
}

static int is_definition(const struct dirent *entry) {
  return fnmatch("*.yaml", entry->d_name, FNM_PERIOD) == 0 || fnmatch("*.yml", entry->d_name, FNM_PERIOD) == 0 ||
         fnmatch("*.json", entry->d_name, FNM_PERIOD) == 0;
}

static void look_into(const char *folder, struct identities *all, struct arena *arena, struct argument_list *paths) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_definition, alphasort);
  for (int i = 0; i < count; i++) {
    struct rehearse_source source;
    struct identity found;
    const char *path = arena_printf(arena, "%s/%s", folder, entries[i]->d_name);
    free(entries[i]);
    if (rehearse_source_read(path, arena, &source) < 0 || !identify(source.root, &found) || !is_sought(all, &found)) continue;
    vec_push(&all->known, found);
    paths->items = xrealloc(paths->items, (paths->count + 1) * sizeof *paths->items);
    paths->items[paths->count++] = path;
  }
  if (count >= 0) free(entries);
}

void rehearse_folder_find(const struct document *documents, size_t count, struct arena *arena, struct argument_list *paths) {
  struct identities all = {0};
  bool is_missing = false;
  if (!count || strcmp(documents[0].path, "-") == 0) return;
  for (size_t i = 0; i < count; i++) collect(&documents[i], arena, &all);
  vec_foreach(wanted, &all.wanted) is_missing |= is_any(wanted->version) || is_sought(&all, wanted);
  if (is_missing) {
    const char *slash = strrchr(documents[0].path, '/');
    const char *folder = slash ? arena_strndup(arena, documents[0].path, (size_t)(slash - documents[0].path)) : ".";
    look_into(*folder ? folder : "/", &all, arena, paths);
  }
  vec_free(&all.wanted);
  vec_free(&all.known);
}
