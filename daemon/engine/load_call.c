// SPDX-License-Identifier: Apache-2.0
// `call`: one of the DSL's own calls; a function that workers do, by its name in the
// config; or a function of the definition or of a catalog, a task whose input is what
// `with` gives.
#include <string.h>

#include "engine/load.h"

static const char *const BUILT_IN[] = {"http", "grpc", "openapi", "asyncapi", "a2a", "mcp"};
enum { BUILT_IN_COUNT = sizeof BUILT_IN / sizeof *BUILT_IN };

static bool is_built_in(const char *name) {
  for (size_t i = 0; i < BUILT_IN_COUNT; i++)
    if (strcmp(BUILT_IN[i], name) == 0) return true;
  return false;
}

// Every name that may be called here.
static const char **list_names(struct wf_loader *loader, size_t *ret_count) {
  size_t components = loader->use[WF_USE_FUNCTIONS].count, count = 0;
  const char **names =
      arena_alloc(loader->problems.arena, (components + loader->catalog->count + BUILT_IN_COUNT) * sizeof *names);
  for (size_t i = 0; i < components; i++) names[count++] = loader->use[WF_USE_FUNCTIONS].items[i].name;
  for (size_t i = 0; i < loader->catalog->count; i++) names[count++] = loader->catalog->functions[i].name;
  for (size_t i = 0; i < BUILT_IN_COUNT; i++) names[count++] = BUILT_IN[i];
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

static void report_unknown(struct wf_loader *loader, const struct wf_yaml *node, const char *name) {
  size_t count;
  const char **names = list_names(loader, &count);
  wf_problem_at(&loader->problems, node,
                "unknown function `%s`%s; expected http, openapi, grpc, asyncapi, a2a, mcp, one declared under "
                "`functions` in the config or under use.functions",
                name, wf_load_near_miss(loader, name, names, count));
}

// ---- functions of the definition ----------------------------------------------------

static const struct wf_component *find_component(struct wf_loader *loader, const char *name) {
  for (size_t i = 0; i < loader->use[WF_USE_FUNCTIONS].count; i++) {
    struct wf_component *component = &loader->use[WF_USE_FUNCTIONS].items[i];
    if (strcmp(component->name, name) != 0) continue;
    component->used = true;
    return component;
  }
  return NULL;
}

static const struct wf_yaml *make_scalar(struct arena *arena, const struct wf_yaml *at, const char *text) {
  const struct wf_yaml scalar = {.kind = WF_YAML_SCALAR, .line = at->line, .column = at->column, .text = text};
  return arena_memdup(arena, &scalar, sizeof scalar);
}

static const struct wf_yaml *make_object(struct arena *arena, const char *key, const struct wf_yaml *value) {
  const struct wf_yaml_entry entry = {arena_strdup(arena, key), value->line, value->column, value};
  const struct wf_yaml object = {.kind = WF_YAML_MAPPING,
                                 .line = value->line,
                                 .column = value->column,
                                 .entries = arena_memdup(arena, &entry, sizeof entry),
                                 .count = 1};
  return arena_memdup(arena, &object, sizeof object);
}

// The tasks of a call: `with` becomes the input of the function's task.
static struct wf_task_list load_body(struct wf_loader *loader, const char *name, const struct wf_yaml *body,
                                     const struct wf_yaml *with, const char *reference) {
  struct arena *arena = loader->definition->arena;
  struct wf_yaml_entry items[2];
  struct wf_yaml list = {.kind = WF_YAML_SEQUENCE, .line = body->line, .column = body->column, .entries = items};
  if (with) {
    const struct wf_yaml *value = with->count ? with : make_scalar(arena, with, "${ {} }");
    loader->arguments = make_object(arena, "set", value);
    const struct wf_yaml *item = make_object(arena, "with", loader->arguments);
    items[list.count++] = (struct wf_yaml_entry){NULL, with->line, with->column, item};
  }
  items[list.count++] = (struct wf_yaml_entry){NULL, body->line, body->column, make_object(arena, name, body)};
  return wf_load_tasks(loader, &list, reference);
}

static bool is_inside(const struct wf_loader *loader, const char *name) {
  for (const struct wf_bound_name *f = loader->functions; f; f = f->outer)
    if (strcmp(f->name, name) == 0) return true;
  return false;
}

// A call of such a function is a list of tasks of its own.
static void load_body_call(struct wf_loader *loader, const struct wf_yaml *call, const char *full_name, const char *name,
                           const struct wf_yaml *body, const struct wf_yaml *with, struct wf_task *task) {
  if (is_inside(loader, full_name)) {
    wf_problem_at(&loader->problems, call, "function `%s` calls itself: expected a loop (`for`) or another function",
                  full_name);
    return;
  }
  const struct wf_bound_name inside = {full_name, loader->functions}, *around = loader->bound_names;
  const char *outer = loader->instance;
  loader->functions = &inside;
  loader->arguments_names = around; // for `with`
  loader->bound_names = NULL;       // what is around the call is none of the function's business
  loader->instance = task->instance;
  task->kind = WF_TASK_DO;
  task->list = load_body(loader, name, body, with,
                         arena_printf(loader->definition->arena, "%s/do", task->reference));
  loader->functions = inside.outer;
  loader->bound_names = around;
  loader->instance = outer;
}

void wf_load_function_component(struct wf_loader *loader, const char *name, const struct wf_yaml *node) {
  const struct wf_bound_name inside = {name, loader->functions};
  loader->functions = &inside;
  load_body(loader, name, node, NULL, "/use/functions");
  loader->functions = inside.outer;
}

// ---- functions of catalogs ------------------------------------------------------------

// Their problems stand at the call.
static void load_catalog_call(struct wf_loader *loader, const struct wf_yaml *call, const char *name,
                              const struct wf_yaml *with, struct wf_task *task) {
  size_t before = loader->problems.count;
  const struct wf_yaml *body = wf_load_cataloged(loader, call, name);
  if (loader->problems.count > before) return;
  if (!body) {
    task->call.function = wf_load_foreign(loader, name);
    if (with) task->call.arguments = wf_load_template(loader, with, WF_PLACE_TASK);
    return;
  }
  load_body_call(loader, call, name, wf_load_function_name(loader, name), body, with, task);
  for (size_t i = before; i < loader->problems.count; i++) {
    struct wf_problem *problem = &loader->problems.items[i];
    if (problem->line == call->line && problem->column == call->column)
      problem->text = arena_printf(loader->problems.arena, "in function `%s`: %s", name, problem->text);
  }
}

// ---- all calls --------------------------------------------------------------------------

static void load_standard(struct wf_loader *loader, const struct wf_task_source *source, const struct wf_yaml *with,
                          const char *name, struct wf_task_action *action) {
  action->function = wf_catalog_standard(loader->catalog, name);
  if (with)
    wf_load_form(loader, with, wf_form_of(name), NULL, action);
  else
    wf_problem_at(&loader->problems, source->node, "`with` is missing in `call: %s`: it is required", name);
}

void wf_load_call(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  const struct wf_yaml *call = source->part, *with = wf_yaml_get(source->node, "with");
  const char *name = wf_load_text(loader, call, "`call`");
  if (with && !wf_load_is_object(loader, with, "`with`")) return;
  if (!name) return;
  const struct wf_component *component = find_component(loader, name);
  if (with && strcmp(name, "asyncapi") == 0 && wf_load_foreach_of(with)) {
    wf_load_subscription(loader, with, task);
  } else if (is_built_in(name)) {
    load_standard(loader, source, with, name, &task->call);
  } else if (component) {
    load_body_call(loader, call, name, name, component->node, with, task);
  } else if (wf_load_is_cataloged(name)) {
    load_catalog_call(loader, call, name, with, task);
  } else {
    task->call.function = find_function(loader, name);
    if (!task->call.function) report_unknown(loader, call, name);
    if (with) task->call.arguments = wf_load_template(loader, with, WF_PLACE_TASK);
  }
}
