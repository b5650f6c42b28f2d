// SPDX-License-Identifier: Apache-2.0
#include "definitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/outline.h"
#include "job/store.h"

// One byte more than a definition may have, so that a longer file is seen to be one.
static char *read_file(const char *path, size_t *ret_size) {
  FILE *file = fopen(path, "re");
  if (!file) return NULL;
  char *bytes = xmalloc(WF_DOCUMENT_MAX + 1);
  *ret_size = fread(bytes, 1, WF_DOCUMENT_MAX + 1, file);
  bool failed = ferror(file);
  fclose(file);
  if (!failed) return bytes;
  free(bytes);
  return NULL;
}

static void publish(struct job *job, const struct wf_definition *definition, const char *path, struct text document, struct arena *arena) {
  int line, column;
  wf_definition_version_place(definition, &line, &column);
  size_t pinned_size;
  const char *pinned = wf_definition_pin(definition, document.data, document.size, arena, &pinned_size);
  struct wf_outline outline = wf_outline_make(definition, arena);
  jv json = jv_dump_string(wf_outline_json(&outline), 0);
  const struct store_publish row = {
      .namespace = wf_definition_namespace(definition),
      .name = wf_definition_name(definition),
      .version = wf_definition_version(definition),
      .document = {pinned, pinned_size},
      .outline = {jv_string_value(json), (size_t)jv_string_length_bytes(jv_copy(json))},
  };
  job_publish(job, &row, arena_printf(arena, "%s:%d:%d", path, line, column));
  jv_free(json);
}

static void publish_file(struct job *job, const char *path, const struct wf_catalog *catalog) {
  size_t size;
  char *bytes = read_file(path, &size);
  if (!bytes) {
    log_error("%s: cannot be read: %s", path, strerror(errno));
    return;
  }
  struct arena *arena = arena_new();
  struct wf_definition *definition = NULL;
  struct wf_problems problems = {0};
  if (wf_definition_load(bytes, size, catalog, arena, &definition, &problems) < 0) {
    for (size_t i = 0; i < problems.count; i++)
      log_error("%s:%d:%d: %s", path, problems.items[i].line, problems.items[i].column, problems.items[i].text);
  } else {
    publish(job, definition, path, (struct text){bytes, size}, arena);
  }
  wf_definition_free(definition);
  arena_free(arena);
  free(bytes);
}

static int is_definition(const struct dirent *entry) {
  const char *dot = strrchr(entry->d_name, '.');
  return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 || strcmp(dot, ".json") == 0);
}

void definitions_publish(struct job *job, const char *folder, const struct wf_catalog *catalog) {
  if (!*folder) return;
  struct dirent **names;
  int count = scandir(folder, &names, is_definition, alphasort);
  if (count < 0) {
    if (errno == ENOENT)
      log_info("%s is not there: only definitions that are in the database are served", folder);
    else
      log_error("%s: cannot be read: %s", folder, strerror(errno));
    return;
  }
  for (int i = 0; i < count; i++) {
    char *path = xasprintf("%s/%s", folder, names[i]->d_name);
    publish_file(job, path, catalog);
    free(path);
    free(names[i]);
  }
  free(names);
}
