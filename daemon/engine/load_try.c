// SPDX-License-Identifier: Apache-2.0
// `try` and its `catch`.
#include <ctype.h>
#include <string.h>

#include "engine/load.h"

// What `$name` must not be: it has a meaning already, or jq takes it for a keyword.
static const char *const RESERVED[] = {"context",       "input", "output", "task", "workflow", "runtime", "secrets",
                                       "authorization", "now",   "ENV",    "and",  "as",       "break",   "catch",
                                       "def",           "elif",  "else",   "end",  "foreach",  "if",      "import",
                                       "include",       "label", "module", "or",   "reduce",   "then",    "try"};

static bool is_variable_name(const char *text) {
  if (!isalpha((unsigned char)*text) && *text != '_') return false;
  if (strncmp(text, "__", 2) == 0 || strlen(text) > 64) return false;
  for (const char *c = text; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '_') return false;
  for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++)
    if (strcmp(RESERVED[i], text) == 0) return false;
  return true;
}

const char *wf_load_variable(struct wf_loader *loader, const struct wf_yaml *node, const char *key,
                             const char *standard) {
  const struct wf_yaml *value = wf_yaml_get(node, key);
  const char *what = arena_printf(loader->problems.arena, "`%s`", key);
  const char *name = value ? wf_load_text(loader, value, what) : NULL;
  if (!name) return standard;
  if (is_variable_name(name)) return name;
  wf_problem_at(&loader->problems, value,
                "`%s: %s`: expected a variable's name of letters, digits and _, not one that jq or the DSL uses", key,
                name);
  return standard;
}

static const struct wf_expr *load_filter_part(struct wf_loader *loader, const struct wf_yaml *with, const char *key) {
  const struct wf_yaml *node = wf_yaml_get(with, key);
  if (!node || !wf_load_text(loader, node, key)) return NULL;
  return wf_load_template(loader, node, WF_PLACE_TASK);
}

static const struct wf_expr *load_filter_status(struct wf_loader *loader, const struct wf_yaml *node) {
  if (!node) return NULL;
  jv value = wf_load_json(loader, node);
  if (jv_get_kind(value) == JV_KIND_NUMBER && jv_is_integer(jv_copy(value)))
    return wf_load_template(loader, node, WF_PLACE_TASK);
  wf_problem_at(&loader->problems, node, "`status` is %s: expected a whole number such as 503", wf_yaml_describe(node));
  return NULL;
}

// The schema calls the last one `details`, the reference `detail`: both are taken. The
// reference's table has the filter without `with`.
static void load_filter(struct wf_loader *loader, const struct wf_yaml *errors, struct wf_task *task) {
  static const struct wf_key ERRORS_KEYS[] = {{"with", 0}, {NULL, 0}};
  static const struct wf_key KEYS[] = {{"with", 0},   {"type", 0},    {"status", 0}, {"instance", 0}, {"title", 0},
                                       {"details", 0}, {"detail", 0}, {NULL, 0}};
  if (!wf_load_is_object(loader, errors, "`errors`")) return;
  const struct wf_yaml *with = wf_yaml_get(errors, "with");
  bool is_direct = !with && errors->count;
  if (with) wf_load_open_keys(loader, errors, "`errors`", ERRORS_KEYS);
  if (is_direct) with = errors;
  if (!with || !wf_load_open_keys(loader, with, is_direct ? "`errors`" : "`with`", is_direct ? KEYS : KEYS + 1)) return;
  if (with->count == 0)
    wf_problem_at(&loader->problems, with, "`with` is empty: expected type, status, instance, title or details");
  task->try_catch.error_type = load_filter_part(loader, with, "type");
  task->try_catch.error_status = load_filter_status(loader, wf_yaml_get(with, "status"));
  task->try_catch.error_instance = load_filter_part(loader, with, "instance");
  task->try_catch.error_title = load_filter_part(loader, with, "title");
  task->try_catch.error_detail = load_filter_part(loader, with, wf_yaml_get(with, "details") ? "details" : "detail");
}

static void load_catch(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_yaml *list,
                       struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"errors", 0}, {"as", 0}, {"when", 0}, {"exceptWhen", 0},
                                       {"retry", 0},  {"do", 0}, {"then", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`catch`", KEYS)) return;
  const struct wf_yaml *part;
  task->try_catch.error_as = wf_load_variable(loader, node, "as", "error");
  const struct wf_bound_name name = {task->try_catch.error_as, loader->bound_names};
  if ((part = wf_yaml_get(node, "errors"))) load_filter(loader, part, task);
  loader->bound_names = &name;
  if ((part = wf_yaml_get(node, "when")))
    task->try_catch.when = wf_load_expression(loader, part, WF_PLACE_TASK, "`when`");
  if ((part = wf_yaml_get(node, "exceptWhen")))
    task->try_catch.except_when = wf_load_expression(loader, part, WF_PLACE_TASK, "`exceptWhen`");
  if ((part = wf_yaml_get(node, "retry"))) task->try_catch.retry = wf_load_retry(loader, part);
  if ((part = wf_yaml_get(node, "do")))
    task->try_catch.catch_list =
        wf_load_tasks(loader, part, arena_printf(loader->definition->arena, "%s/catch/do", task->reference));
  loader->bound_names = name.outer;
  if ((part = wf_yaml_get(node, "then"))) {
    task->try_catch.has_then = true;
    task->try_catch.then = wf_load_flow(loader, part, list);
  }
}

// The specification's text writes a single task where the schema has a list: it is then a
// list of that task, under the name of the `try`.
static const struct wf_yaml *list_of(struct wf_loader *loader, const struct wf_yaml *node, const char *name) {
  bool is_task = false;
  if (node->kind != WF_YAML_MAPPING) return node;
  for (size_t i = 0; i < node->count; i++) is_task |= wf_kind_find(node->entries[i].key) != NULL;
  if (!is_task) return node;
  struct arena *arena = loader->definition->arena;
  struct wf_yaml item = *node, list = *node;
  item.count = list.count = 1;
  item.entries = arena_memdup(arena, &(struct wf_yaml_entry){name, node->line, node->column, node}, sizeof *item.entries);
  list.kind = WF_YAML_SEQUENCE;
  const struct wf_yaml_entry only = {NULL, node->line, node->column, arena_memdup(arena, &item, sizeof item)};
  list.entries = arena_memdup(arena, &only, sizeof only);
  return arena_memdup(arena, &list, sizeof list);
}

void wf_load_try(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  const struct wf_yaml *handler = wf_yaml_get(source->node, "catch");
  task->try_catch.error_as = "error";
  task->try_catch.try_list =
      wf_load_tasks(loader, list_of(loader, source->part, task->name), arena_printf(loader->definition->arena, "%s/try", task->reference));
  if (handler) load_catch(loader, handler, source->list, task);
}
