// SPDX-License-Identifier: Apache-2.0
// `call`: a function that workers do, by its name in the config, or by the name of a
// component under `use.functions`, which is a call of one with some arguments set.
#include <string.h>

#include "engine/load.h"

static const char *const BUILT_IN[] = {"http", "grpc", "openapi", "asyncapi", "a2a", "mcp"};

// Every name that may be called here.
static const char **list_names(struct wf_loader *loader, bool with_components, size_t *ret_count) {
  size_t components = with_components ? loader->use[WF_USE_FUNCTIONS].count : 0, count = 0;
  const char **names = arena_alloc(loader->problems.arena, (components + loader->catalog->count + 1) * sizeof *names);
  for (size_t i = 0; i < components; i++) names[count++] = loader->use[WF_USE_FUNCTIONS].items[i].name;
  for (size_t i = 0; i < loader->catalog->count; i++) names[count++] = loader->catalog->functions[i].name;
  *ret_count = count;
  return names;
}

// A function of the config; the DSL also writes it `name@default`.
static const struct wf_function *find_function(struct wf_loader *loader, const char *name) {
  const char *suffix = strrchr(name, '@');
  if (suffix && strcmp(suffix, "@default") == 0)
    name = arena_strndup(loader->problems.arena, name, (size_t)(suffix - name));
  return wf_catalog_find(loader->catalog, name);
}

static bool is_built_in(const char *name) {
  for (size_t i = 0; i < sizeof BUILT_IN / sizeof *BUILT_IN; i++)
    if (strcmp(BUILT_IN[i], name) == 0) return true;
  return false;
}

static void report_unknown(struct wf_loader *loader, const struct wf_yaml *node, const char *name,
                           bool with_components) {
  if (is_built_in(name)) {
    wf_problem_at(&loader->problems, node, "`call: %s` is not supported yet: expected a function of the config", name);
    return;
  }
  if (strstr(name, "://") || strchr(name, '@')) {
    wf_problem_at(&loader->problems, node,
                  "function `%s` of a catalog is not supported yet: expected a function of the config", name);
    return;
  }
  size_t count;
  const char **names = list_names(loader, with_components, &count);
  wf_problem_at(&loader->problems, node,
                "unknown function `%s`%s; expected one declared under `functions` in the config%s", name,
                wf_load_near_miss(loader, name, names, count), with_components ? " or under use.functions" : "");
}

static const struct wf_component *find_component(struct wf_loader *loader, const char *name) {
  for (size_t i = 0; i < loader->use[WF_USE_FUNCTIONS].count; i++) {
    struct wf_component *component = &loader->use[WF_USE_FUNCTIONS].items[i];
    if (strcmp(component->name, name) != 0) continue;
    component->used = true;
    return component;
  }
  return NULL;
}

// The members of both, the second's where both have one.
static const struct wf_yaml *merge(struct wf_loader *loader, const struct wf_yaml *base, const struct wf_yaml *over) {
  if (!base || !over || base->kind != WF_YAML_MAPPING || over->kind != WF_YAML_MAPPING) return over ? over : base;
  struct wf_yaml *merged = arena_alloc(loader->definition->arena, sizeof *merged);
  *merged = *over;
  merged->entries = arena_alloc(loader->definition->arena, (base->count + over->count + 1) * sizeof *merged->entries);
  merged->count = 0;
  for (size_t i = 0; i < base->count; i++)
    if (!wf_yaml_get(over, base->entries[i].key)) merged->entries[merged->count++] = base->entries[i];
  for (size_t i = 0; i < over->count; i++) merged->entries[merged->count++] = over->entries[i];
  return merged;
}

// The function that a component calls, and its arguments' node.
static const struct wf_function *load_component(struct wf_loader *loader, const struct wf_yaml *node,
                                                const struct wf_yaml **ret_with) {
  static const struct wf_key KEYS[] = {{"call", WF_KEY_REQUIRED},
                                       {"with", 0},
                                       {"metadata", 0},
                                       {"input", WF_KEY_UNSUPPORTED},
                                       {"output", WF_KEY_UNSUPPORTED},
                                       {"if", WF_KEY_UNSUPPORTED},
                                       {"export", WF_KEY_UNSUPPORTED},
                                       {"timeout", WF_KEY_UNSUPPORTED},
                                       {"then", WF_KEY_UNSUPPORTED},
                                       {"do", WF_KEY_UNSUPPORTED},
                                       {"emit", WF_KEY_UNSUPPORTED},
                                       {"for", WF_KEY_UNSUPPORTED},
                                       {"fork", WF_KEY_UNSUPPORTED},
                                       {"listen", WF_KEY_UNSUPPORTED},
                                       {"raise", WF_KEY_UNSUPPORTED},
                                       {"run", WF_KEY_UNSUPPORTED},
                                       {"set", WF_KEY_UNSUPPORTED},
                                       {"switch", WF_KEY_UNSUPPORTED},
                                       {"try", WF_KEY_UNSUPPORTED},
                                       {"wait", WF_KEY_UNSUPPORTED},
                                       {NULL, 0}};
  if (!wf_load_keys(loader, node, "a reusable function", KEYS)) return NULL;
  const struct wf_yaml *call = wf_yaml_get(node, "call");
  *ret_with = wf_yaml_get(node, "with");
  if (*ret_with) wf_load_is_object(loader, *ret_with, "`with`");
  const char *name = call ? wf_load_text(loader, call, "`call`") : NULL;
  const struct wf_function *function = name ? find_function(loader, name) : NULL;
  if (name && !function) report_unknown(loader, call, name, false);
  return function;
}

void wf_load_function_component(struct wf_loader *loader, const struct wf_yaml *node) {
  const struct wf_yaml *with = NULL;
  load_component(loader, node, &with);
  if (with) wf_load_template(loader, with, WF_PLACE_TASK);
}

void wf_load_call(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  const struct wf_yaml *call = source->part, *with = wf_yaml_get(source->node, "with");
  if (with) wf_load_is_object(loader, with, "`with`");
  const char *name = wf_load_text(loader, call, "`call`");
  if (!name) return;
  const struct wf_component *component = find_component(loader, name);
  if (component) {
    const struct wf_yaml *preset = NULL;
    task->call.function = load_component(loader, component->node, &preset);
    with = merge(loader, preset, with);
  } else {
    task->call.function = find_function(loader, name);
    if (!task->call.function) report_unknown(loader, call, name, true);
    if (is_built_in(name)) return; // its arguments have rules of their own
  }
  if (with) task->call.arguments = wf_load_template(loader, with, WF_PLACE_TASK);
}
