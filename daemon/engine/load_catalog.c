// SPDX-License-Identifier: Apache-2.0
// Functions of catalogs: `NAME:VERSION@CATALOG`, and functions by the URI of their file. What
// the resources have of them is a task; the others are asked of workers by their full name.
#include <ctype.h>
#include <string.h>

#include "engine/load.h"

static const char DEFAULT_CATALOG[] = "default", FILE_NAME[] = "/function.yaml";

bool wf_load_is_cataloged(const char *name) {
  if (strstr(name, "://")) return true;
  const char *version = strchr(name, ':');
  return version && strchr(version, '@');
}

// The URI of its endpoint.
static const char *load_endpoint(struct wf_loader *loader, const struct wf_yaml *catalog) {
  static const struct wf_key KEYS[] = {{"endpoint", WF_KEY_REQUIRED}, {NULL, 0}};
  const struct wf_yaml *node = wf_load_keys(loader, catalog, "a catalog", KEYS) ? wf_yaml_get(catalog, "endpoint") : NULL;
  return node ? wf_load_endpoint(loader, node) : NULL;
}

void wf_load_catalogs(struct wf_loader *loader, const struct wf_yaml *node) {
  if (!wf_load_is_object(loader, node, "`catalogs`")) return;
  loader->catalogs = arena_alloc0(loader->definition->arena, (node->count + 1) * sizeof *loader->catalogs);
  loader->catalog_count = node->count;
  for (size_t i = 0; i < node->count; i++)
    loader->catalogs[i] = (struct wf_pinned){arena_strdup(loader->definition->arena, node->entries[i].key),
                                             load_endpoint(loader, node->entries[i].value)};
}

// A page of GitHub or GitLab as the file that it shows, or NULL.
static const char *raw_form(struct arena *arena, const char *uri) {
  static const char GITHUB[] = "https://github.com/", GITLAB[] = "https://gitlab.com/";
  if (strncmp(uri, GITLAB, sizeof GITLAB - 1) == 0) {
    const char *tree = strstr(uri, "/-/tree/"), *page = tree ? tree : strstr(uri, "/-/blob/");
    return page ? arena_printf(arena, "%.*s/-/raw/%s", (int)(page - uri), uri, page + strlen("/-/tree/")) : NULL;
  }
  if (strncmp(uri, GITHUB, sizeof GITHUB - 1) != 0) return NULL;
  const char *owner = uri + sizeof GITHUB - 1, *slash = strchr(owner, '/');
  const char *rest = slash ? strchr(slash + 1, '/') : NULL;
  if (!rest) return NULL;
  bool is_page = strncmp(rest, "/tree/", 6) == 0 || strncmp(rest, "/blob/", 6) == 0;
  return arena_printf(arena, "https://raw.githubusercontent.com/%.*s/refs/heads/%s%s", (int)(rest - owner), owner,
                      is_page ? "" : "main/", is_page ? rest + 6 : rest + 1);
}

static const char *find_at(struct wf_loader *loader, const char *uri, const char **ret_uri) {
  const char *text = wf_load_resource(loader, uri), *raw = text ? NULL : raw_form(loader->definition->arena, uri);
  *ret_uri = uri;
  if (!raw) return text;
  *ret_uri = raw;
  return wf_load_resource(loader, raw);
}

static const struct wf_pinned *find_catalog(const struct wf_loader *loader, const char *name) {
  for (size_t i = 0; i < loader->catalog_count; i++)
    if (strcmp(loader->catalogs[i].uri, name) == 0) return &loader->catalogs[i];
  return NULL;
}

static void report_unknown(struct wf_loader *loader, const struct wf_yaml *call, const char *catalog) {
  const char **names = arena_alloc(loader->problems.arena, (loader->catalog_count + 1) * sizeof *names);
  for (size_t i = 0; i < loader->catalog_count; i++) names[i] = loader->catalogs[i].uri;
  names[loader->catalog_count] = DEFAULT_CATALOG;
  wf_problem_at(&loader->problems, call, "unknown catalog `%s`%s; expected a name under use.catalogs, or %s", catalog,
                wf_load_near_miss(loader, catalog, names, loader->catalog_count + 1), DEFAULT_CATALOG);
}

// Looks in the folder of the catalog's name, then where the document says that it is.
static const char *find_in_catalog(struct wf_loader *loader, const struct wf_yaml *call, const char *name,
                                   const char **ret_uri) {
  struct arena *arena = loader->definition->arena;
  const char *colon = strchr(name, ':'), *at = strchr(colon, '@'), *catalog = at + 1;
  const char *path = arena_printf(arena, "functions/%.*s/%.*s%s", (int)(colon - name), name, (int)(at - colon - 1),
                                  colon + 1, FILE_NAME);
  *ret_uri = arena_printf(arena, "catalog://%s/%s", catalog, path);
  const char *text = wf_load_resource(loader, *ret_uri);
  const struct wf_pinned *declared = find_catalog(loader, catalog);
  if (text) return text;
  if (declared && declared->text) {
    size_t size = strlen(declared->text);
    while (size && declared->text[size - 1] == '/') size--;
    return find_at(loader, arena_printf(arena, "%.*s/%s", (int)size, declared->text, path), ret_uri);
  }
  if (!declared && strcmp(catalog, DEFAULT_CATALOG) != 0) report_unknown(loader, call, catalog);
  return NULL;
}

const char *wf_load_function_name(struct wf_loader *loader, const char *name) {
  struct arena *arena = loader->definition->arena;
  if (!strstr(name, "://")) return arena_strndup(arena, name, strcspn(name, ":@"));
  size_t end = strcspn(name, "?#");
  if (end > sizeof FILE_NAME - 1 && memcmp(name + end - (sizeof FILE_NAME - 1), FILE_NAME, sizeof FILE_NAME - 1) == 0)
    end -= sizeof FILE_NAME - 1;
  size_t start = end;
  while (start && name[start - 1] != '/') start--;
  if (start && isdigit((unsigned char)name[start])) { // its version
    end = start - 1;
    for (start = end; start && name[start - 1] != '/';) start--;
  }
  return start == end ? "function" : arena_strndup(arena, name + start, end - start);
}

const struct wf_yaml *wf_load_cataloged(struct wf_loader *loader, const struct wf_yaml *call, const char *name) {
  const char *uri, *text;
  text = strstr(name, "://") ? find_at(loader, name, &uri) : find_in_catalog(loader, call, name, &uri);
  return text ? wf_load_resource_tree(loader, uri, text, call) : NULL;
}

const struct wf_function *wf_load_foreign(struct wf_loader *loader, const char *name) {
  const struct wf_function *function = wf_catalog_find(loader->catalog, name);
  const char *at = strchr(name, '@');
  if (!function && at && strcmp(at + 1, DEFAULT_CATALOG) == 0) // the config is the default catalog
    function = wf_catalog_find(loader->catalog, wf_load_function_name(loader, name));
  if (function) return function;
  struct wf_function own = *wf_catalog_standard(loader->catalog, "script");
  own.name = arena_strdup(loader->definition->arena, name);
  return arena_memdup(loader->definition->arena, &own, sizeof own);
}
