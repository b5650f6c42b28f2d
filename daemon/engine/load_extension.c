// SPDX-License-Identifier: Apache-2.0
// Extensions: tasks before and after tasks of a kind. An extended task stands in a list of
// its own, with what comes before and what comes after it, under the reference of the task
// and `/extensions/` and the number of the extension:
//
//   /do/0/pay/extensions/0                a list, in the place of the task
//   /do/0/pay/extensions/0/before         a list, done when the extension's `when` holds
//   /do/0/pay                             the task itself
//   /do/0/pay/extensions/0/after          a list, done when `when` holds
//
// The first extension is the outermost. `if` and `then` of the task are those of the list.
#include <string.h>

#include "engine/kind.h"
#include "engine/load.h"

static const char *const TARGETS[] = {"call",   "composite", "emit", "extension", "for", "listen", "raise",
                                      "run",    "set",       "switch", "try",     "wait", "all"};
enum { TARGET_COUNT = sizeof TARGETS / sizeof *TARGETS };

struct wf_extension {
  const char *target;
  const struct wf_yaml *when, *before, *after;
  bool used;
};

static const char *load_target(struct wf_loader *loader, const struct wf_yaml *node) {
  const char *text = wf_load_text(loader, node, "`extend`");
  for (int i = 0; text && i < TARGET_COUNT; i++)
    if (strcmp(TARGETS[i], text) == 0) return TARGETS[i];
  if (text)
    wf_problem_at(&loader->problems, node,
                  "`extend: %s`%s; expected one of call, composite, emit, extension, for, listen, raise, run, set, "
                  "switch, try, wait, all",
                  text, wf_load_near_miss(loader, text, TARGETS, TARGET_COUNT));
  return NULL;
}

static void load_one(struct wf_loader *loader, const struct wf_yaml *item, struct wf_extension *extension) {
  static const struct wf_key KEYS[] = {{"extend", WF_KEY_REQUIRED}, {"when", 0}, {"before", 0}, {"after", 0}, {NULL, 0}};
  if (item->kind != WF_YAML_MAPPING || item->count != 1) {
    wf_problem_at(&loader->problems, item, "an item of `extensions` is not one extension: expected a name with `extend`");
    return;
  }
  const struct wf_yaml *node = item->entries[0].value;
  const char *what = arena_printf(loader->problems.arena, "extension `%s`", item->entries[0].key);
  if (!wf_load_keys(loader, node, what, KEYS)) return;
  const struct wf_yaml *target = wf_yaml_get(node, "extend");
  extension->when = wf_yaml_get(node, "when");
  extension->before = wf_yaml_get(node, "before");
  extension->after = wf_yaml_get(node, "after");
  if (target) extension->target = load_target(loader, target);
}

void wf_load_extensions(struct wf_loader *loader, const struct wf_yaml *node) {
  if (node->kind != WF_YAML_SEQUENCE) {
    wf_problem_at(&loader->problems, node, "`extensions` is %s: expected a list of named extensions",
                  wf_yaml_describe(node));
    return;
  }
  loader->extensions = arena_alloc0(loader->definition->arena, (node->count + 1) * sizeof *loader->extensions);
  loader->extension_count = node->count;
  for (size_t i = 0; i < node->count; i++) load_one(loader, node->entries[i].value, &loader->extensions[i]);
}

// Inside an extension only those of `extension` apply, and inside one of those none.
static bool applies(const struct wf_loader *loader, const struct wf_extension *extension, enum wf_task_kind kind) {
  const char *target = extension->target;
  if (!target || loader->extending == WF_EXTENDING_EXTENSION) return false;
  if (loader->extending == WF_EXTENDING_TASK) return strcmp(target, "extension") == 0;
  if (strcmp(target, "composite") == 0) return kind == WF_TASK_DO || kind == WF_TASK_FORK;
  return strcmp(target, "all") == 0 || strcmp(target, wf_kind_name(kind)) == 0;
}

// `before` or `after` of an extension, for one task.
static struct wf_task load_part(struct wf_loader *loader, const struct wf_extension *extension,
                                const struct wf_task *extended, const struct wf_yaml *tasks, const char *reference,
                                enum wf_role role) {
  struct wf_task part = {.kind = WF_TASK_DO, .role = role, .extended = extended, .metadata = jv_null()};
  part.name = role == WF_ROLE_BEFORE ? "before" : "after";
  part.reference = arena_printf(loader->definition->arena, "%s/%s", reference, part.name);
  part.instance = part.reference;
  part.definition = wf_load_json(loader, tasks);
  const struct wf_bound_name *names = loader->bound_names;
  enum wf_extending around = loader->extending;
  const struct wf_task *outer = loader->extended;
  loader->bound_names = NULL; // what is around the task is none of the extension's business
  loader->extending = strcmp(extension->target, "extension") == 0 ? WF_EXTENDING_EXTENSION : WF_EXTENDING_TASK;
  loader->extended = extended;
  if (extension->when) part.condition = wf_load_expression(loader, extension->when, WF_PLACE_TASK_INPUT, "`when`");
  part.list = wf_load_tasks(loader, tasks, part.reference);
  loader->bound_names = names;
  loader->extending = around;
  loader->extended = outer;
  return part;
}

// Puts `task` into a list of its own, which takes its place.
static void extend(struct wf_loader *loader, const struct wf_extension *extension, const struct wf_task *extended,
                   struct wf_task *task) {
  struct arena *arena = loader->definition->arena;
  struct wf_task inner = *task, *list = arena_alloc0(arena, 3 * sizeof *list);
  struct wf_task around = {.kind = WF_TASK_DO, .role = WF_ROLE_EXTENDED, .extended = extended, .name = inner.name,
                           .instance = inner.instance, .metadata = jv_null(), .definition = inner.definition,
                           .condition = inner.condition, .then = inner.then, .is_inner = inner.is_inner};
  around.reference = arena_printf(arena, "%s/extensions/%d", extended->reference, (int)(extension - loader->extensions));
  inner.is_inner = true;
  inner.condition = NULL;
  inner.then = (struct wf_flow){.kind = WF_FLOW_CONTINUE};
  int count = 0;
  struct wf_task after = {0};
  if (extension->before)
    list[count++] = load_part(loader, extension, extended, extension->before, around.reference, WF_ROLE_BEFORE);
  if (extension->after)
    after = load_part(loader, extension, extended, extension->after, around.reference, WF_ROLE_AFTER);
  // A switch gives what it takes, and goes elsewhere: what comes after it comes before it goes.
  bool leaves = extended->kind == WF_TASK_SWITCH;
  if (leaves && after.name) list[count++] = after;
  list[count++] = inner;
  if (!leaves && after.name) list[count++] = after;
  around.list = (struct wf_task_list){list, count, around.reference};
  *task = around;
}

void wf_load_extend(struct wf_loader *loader, const struct wf_yaml *node, enum wf_task_kind kind, struct wf_task *task) {
  if (node == loader->arguments) return; // nobody wrote it
  task->extended = loader->extended;
  const struct wf_task *extended = NULL;
  for (size_t i = loader->extension_count; i-- > 0;) {
    struct wf_extension *extension = &loader->extensions[i];
    if (!applies(loader, extension, kind)) continue;
    extension->used = true;
    if (!extended) extended = arena_memdup(loader->definition->arena, task, sizeof *task);
    extend(loader, extension, extended, task);
  }
}

void wf_load_unused_extensions(struct wf_loader *loader) {
  const struct wf_task nothing = {.reference = "/use/extensions", .metadata = jv_null(), .definition = jv_null()};
  for (size_t i = 0; i < loader->extension_count; i++) {
    const struct wf_extension *extension = &loader->extensions[i];
    struct wf_task task = nothing;
    if (!extension->used && extension->target) extend(loader, extension, &nothing, &task);
  }
}
