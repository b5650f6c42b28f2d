// SPDX-License-Identifier: Apache-2.0
// `listen`: which events, how they are read, and what is done for each.
#include <string.h>

#include "engine/load.h"
#include "engine/strategy.h"

static enum wf_read load_read(struct wf_loader *loader, const struct wf_yaml *node) {
  static const char *const WORDS[] = {[WF_READ_DATA] = "data", [WF_READ_ENVELOPE] = "envelope", [WF_READ_RAW] = "raw"};
  const char *text = wf_load_text(loader, node, "`read`");
  for (int i = 0; text && i < 3; i++)
    if (strcmp(text, WORDS[i]) == 0) return (enum wf_read)i;
  if (text) wf_problem_at(&loader->problems, node, "`read: %s`: expected one of data, envelope, raw", text);
  return WF_READ_DATA;
}

static void load_foreach(struct wf_loader *loader, const struct wf_yaml *node, const char *reference,
                         struct wf_listen *listen) {
  static const struct wf_key KEYS[] = {{"item", 0}, {"at", 0}, {"do", 0}, {"output", 0}, {"export", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`foreach`", KEYS)) return;
  const struct wf_yaml *list = wf_yaml_get(node, "do");
  listen->has_foreach = true;
  listen->item = wf_load_variable(loader, node, "item", "item");
  listen->at = wf_load_variable(loader, node, "at", "index");
  const struct wf_bound_name item = {listen->item, loader->bound_names}, at = {listen->at, &item};
  loader->bound_names = &at;
  wf_load_data_flow(loader, node, true, &listen->data);
  if (list) listen->list = wf_load_tasks(loader, list, arena_printf(loader->definition->arena, "%s/foreach/do", reference));
  loader->bound_names = item.outer;
}

static void note_heard(struct wf_definition *definition, const struct wf_event_strategy *strategy) {
  const char **heard = arena_alloc0(definition->arena, (definition->heard_count + (size_t)strategy->count + 1) * sizeof *heard);
  if (definition->heard_count) memcpy(heard, definition->heard, definition->heard_count * sizeof *heard);
  if (strategy->count == 0 && strategy->kind == WF_STRATEGY_ANY) heard[definition->heard_count++] = NULL;
  for (int i = 0; i < strategy->count; i++) heard[definition->heard_count++] = strategy->filters[i].type;
  definition->heard = heard;
}

void wf_load_listen(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"to", WF_KEY_REQUIRED}, {"read", 0}, {NULL, 0}};
  struct wf_listen *listen = arena_alloc0(loader->definition->arena, sizeof *listen);
  const struct wf_yaml *foreach = wf_yaml_get(source->node, "foreach");
  task->listen = listen;
  if (!wf_load_keys(loader, source->part, "`listen`", KEYS)) return;
  const struct wf_yaml *to = wf_yaml_get(source->part, "to"), *read = wf_yaml_get(source->part, "read");
  if (to) listen->to = wf_load_strategy(loader, to, WF_PLACE_TASK, "`to`");
  note_heard(loader->definition, &listen->to);
  if (listen->to.until_events) note_heard(loader->definition, listen->to.until_events);
  if (read) listen->read = load_read(loader, read);
  if (foreach) load_foreach(loader, foreach, task->reference, listen);
}
