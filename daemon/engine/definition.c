// SPDX-License-Identifier: Apache-2.0
#include "engine/definition.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/definition_model.h"
#include "engine/expression.h"
#include "engine/kind.h"
#include "engine/secret.h"

struct wf_definition *wf_definition_new(void) {
  struct wf_definition *definition = xcalloc(1, sizeof *definition);
  definition->arena = arena_new();
  definition->document = jv_null();
  definition->kept = jv_array();
  definition->program.arena = definition->arena;
  return definition;
}

void wf_definition_free(struct wf_definition *definition) {
  if (!definition) return;
  wf_program_clear(&definition->program);
  jv_free(definition->kept);
  jv_free(definition->document);
  arena_free(definition->arena);
  free(definition);
}

jv wf_definition_keep(struct wf_definition *definition, jv value) {
  definition->kept = jv_array_append(definition->kept, jv_copy(value));
  jv_free(value); // what `kept` holds keeps it alive
  return value;
}

const char *wf_definition_namespace(const struct wf_definition *definition) { return definition->space; }
const char *wf_definition_name(const struct wf_definition *definition) { return definition->name; }
const char *wf_definition_version(const struct wf_definition *definition) { return definition->version; }
void wf_definition_version_place(const struct wf_definition *definition, int *ret_line, int *ret_column) {
  *ret_line = definition->version_line;
  *ret_column = definition->version_column;
}
const char *wf_definition_title(const struct wf_definition *definition) { return definition->title; }
jv wf_definition_document(const struct wf_definition *definition) { return definition->document; }
const struct wf_task_list *wf_definition_tasks(const struct wf_definition *definition) { return &definition->tasks; }
const struct wf_data_flow *wf_definition_data(const struct wf_definition *definition) { return &definition->data; }
struct wf_duration wf_definition_timeout(const struct wf_definition *definition) {
  return definition->timeout;
}
const struct wf_schedule *wf_definition_schedule(const struct wf_definition *definition) {
  return definition->schedule;
}

const struct wf_event_strategy *wf_definition_trigger(const struct wf_definition *definition) {
  return definition->trigger;
}

const char *wf_definition_pin(const struct wf_definition *definition, const char *document, size_t size,
                              struct arena *arena, size_t *ret_size) {
  return wf_pinned_write(document, size, definition->resources, definition->resource_count, arena, ret_size);
}

bool wf_definition_lists_secret(const struct wf_definition *definition, const char *name) {
  for (const char *const *listed = definition->secrets; listed && *listed; listed++)
    if (strcmp(*listed, name) == 0) return true;
  return false;
}

bool wf_definition_holds_secret(const struct wf_definition *definition, const char *name) {
  if (!wf_definition_lists_secret(definition, name)) return false;
  return !definition->held || jv_object_has(jv_copy(definition->held->shapes), jv_string(name));
}

// Two mentions of the same secret: what either knows of its shape.
static jv joined(jv a, jv b) {
  if (jv_get_kind(a) == JV_KIND_OBJECT && jv_get_kind(b) == JV_KIND_OBJECT) return jv_object_merge_recursive(a, b);
  bool is_more = jv_get_kind(b) == JV_KIND_OBJECT;
  jv_free(is_more ? a : b);
  return is_more ? b : a;
}

static jv mentioned(const struct wf_definition *definition, const struct wf_expr *expr) {
  jv secrets = jv_object();
  for (const char *const *name = definition->secrets; name && *name; name++)
    secrets = jv_object_set(secrets, jv_string(*name), wf_secret_mentioned((const char *const[]){*name, NULL}));
  for (int i = 0; i < expr->secret_count; i++) {
    const char *const *path = expr->secrets[i];
    if (!wf_definition_lists_secret(definition, path[0])) continue;
    jv known = jv_object_get(jv_copy(secrets), jv_string(path[0]));
    secrets = jv_object_set(secrets, jv_string(path[0]), joined(known, wf_secret_mentioned(path)));
  }
  return secrets;
}

jv wf_definition_secrets(const struct wf_definition *definition, const struct wf_expr *expr) {
  if (!definition->held) return mentioned(definition, expr);
  jv secrets = jv_object();
  for (const char *const *name = definition->secrets; name && *name; name++) {
    jv shape = jv_object_get(jv_copy(definition->held->shapes), jv_string(*name));
    if (jv_is_valid(shape))
      secrets = jv_object_set(secrets, jv_string(*name), shape);
    else
      jv_free(shape);
  }
  return secrets;
}

const char *const *wf_definition_heard(const struct wf_definition *definition, size_t *ret_count) {
  *ret_count = definition->heard_count;
  return definition->heard;
}

static void collect(struct wf_definition *definition, const struct wf_task_list *list, size_t *count) {
  for (int i = 0; i < list->count; i++) {
    const struct wf_task *task = &list->tasks[i];
    if (definition->by_reference) definition->by_reference[*count] = task;
    ++*count;
    for (enum wf_scope_part part = 0; part < WF_SCOPE_PARTS; part++) {
      const struct wf_kind *kind = wf_kind_of(task->kind);
      const struct wf_task_list *inside = kind->list ? kind->list(task, part) : NULL;
      if (inside) collect(definition, inside, count);
    }
  }
}

static int compare_references(const void *left, const void *right) {
  const struct wf_task *const *a = left, *const *b = right;
  return strcmp((*a)->reference, (*b)->reference);
}

void wf_definition_index(struct wf_definition *definition) {
  size_t count = 0;
  collect(definition, &definition->tasks, &count);
  definition->by_reference = arena_alloc0(definition->arena, (count + 1) * sizeof *definition->by_reference);
  collect(definition, &definition->tasks, &definition->task_count);
  qsort(definition->by_reference, count, sizeof *definition->by_reference, compare_references);
}

const struct wf_task *wf_definition_task(const struct wf_definition *definition, const char *reference) {
  struct wf_task wanted = {.reference = reference};
  const struct wf_task *key = &wanted;
  const struct wf_task **found =
      bsearch(&key, definition->by_reference, definition->task_count, sizeof key, compare_references);
  return found ? *found : NULL;
}
