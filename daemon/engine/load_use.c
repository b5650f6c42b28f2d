// SPDX-License-Identifier: Apache-2.0
// `use`, the reusable components, and `schedule`.
#include <string.h>

#include "engine/jq_source.h"
#include "engine/load.h"
#include "engine/strategy.h"

static const char *const KIND_KEYS[WF_USE_KINDS] = {"authentications", "errors", "functions", "retries", "timeouts"};
static const char *const KIND_NAMES[WF_USE_KINDS] = {"authentication", "error", "function", "retry policy", "timeout"};

static void load_components(struct wf_loader *loader, enum wf_component_kind kind, const struct wf_yaml *node) {
  if (!wf_load_is_object(loader, node, KIND_KEYS[kind])) return;
  struct wf_component *items = arena_alloc0(loader->definition->arena, (node->count + 1) * sizeof *items);
  for (size_t i = 0; i < node->count; i++) {
    items[i].name = arena_strdup(loader->definition->arena, node->entries[i].key);
    items[i].node = node->entries[i].value;
  }
  loader->use[kind].items = items;
  loader->use[kind].count = node->count;
}

void wf_load_use(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key KEYS[] = {{"errors", 0},
                                       {"functions", 0},
                                       {"retries", 0},
                                       {"timeouts", 0},
                                       {"authentications", 0},
                                       {"catalogs", 0},
                                       {"extensions", 0},
                                       {"secrets", 0},
                                       {NULL, 0}};
  if (!wf_load_keys(loader, node, "`use`", KEYS)) return;
  const struct wf_yaml *secrets = wf_yaml_get(node, "secrets");
  if (secrets) wf_load_secrets(loader, secrets);
  for (int kind = 0; kind < WF_USE_KINDS; kind++) {
    const struct wf_yaml *components = wf_yaml_get(node, KIND_KEYS[kind]);
    if (components) load_components(loader, (enum wf_component_kind)kind, components);
  }
  const struct wf_yaml *catalogs = wf_yaml_get(node, "catalogs");
  if (catalogs) wf_load_catalogs(loader, catalogs);
  const struct wf_yaml *extensions = wf_yaml_get(node, "extensions");
  if (extensions) wf_load_extensions(loader, extensions);
}

const struct wf_yaml *wf_load_component(struct wf_loader *loader, enum wf_component_kind kind,
                                        const struct wf_yaml *name) {
  const char *text = wf_load_text(loader, name, KIND_NAMES[kind]);
  if (!text) return NULL;
  size_t count = loader->use[kind].count;
  const char **names = arena_alloc(loader->problems.arena, (count + 1) * sizeof *names);
  for (size_t i = 0; i < count; i++) {
    struct wf_component *component = &loader->use[kind].items[i];
    if (strcmp(component->name, text) == 0) {
      component->used = true;
      return component->node;
    }
    names[i] = component->name;
  }
  wf_problem_at(&loader->problems, name, "unknown %s `%s`%s; expected a name under use.%s", KIND_NAMES[kind], text,
                wf_load_near_miss(loader, text, names, count), KIND_KEYS[kind]);
  return NULL;
}

void wf_load_unused(struct wf_loader *loader) {
  const struct wf_bound_name error = {"error", NULL};
  for (int kind = 0; kind < WF_USE_KINDS; kind++)
    for (size_t i = 0; i < loader->use[kind].count; i++) {
      if (loader->use[kind].items[i].used) continue;
      const struct wf_yaml *node = loader->use[kind].items[i].node;
      loader->bound_names = kind == WF_USE_RETRIES ? &error : NULL;
      if (kind == WF_USE_AUTHENTICATIONS) wf_load_authentication_component(loader, node);
      if (kind == WF_USE_ERRORS) wf_load_error_model(loader, node);
      if (kind == WF_USE_FUNCTIONS) wf_load_function_component(loader, loader->use[kind].items[i].name, node);
      if (kind == WF_USE_RETRIES) wf_load_retry_policy(loader, node);
      if (kind == WF_USE_TIMEOUTS) wf_load_timeout_component(loader, node, WF_PLACE_TASK);
      loader->bound_names = NULL;
    }
  wf_load_unused_extensions(loader);
}

const struct wf_event_strategy *wf_load_schedule(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key SCHEDULE_KEYS[] = {{"on", 0}, {"every", 0}, {"cron", 0}, {"after", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`schedule`", SCHEDULE_KEYS)) return NULL;
  loader->definition->schedule = wf_load_timing(loader, node);
  if (node->count == 0)
    wf_problem_at(&loader->problems, node, "`schedule` is empty: expected every, cron, after or on");
  const struct wf_yaml *on = wf_yaml_get(node, "on");
  if (!on) return NULL;
  struct wf_event_strategy *strategy = arena_alloc0(loader->definition->arena, sizeof *strategy);
  *strategy = wf_load_strategy(loader, on, WF_PLACE_EVENT, "`on`");
  if (strategy->kind == WF_STRATEGY_ALL && strategy->count == 0)
    wf_problem_at(&loader->problems, on, "`all` is empty: expected the events to start on");
  return strategy;
}
