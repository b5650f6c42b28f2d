// SPDX-License-Identifier: Apache-2.0
// A list of tasks, and what every task has whatever its kind.
#include <string.h>

#include "base/buf.h"
#include "engine/load.h"

enum { TYPE_SIZE_MAX = 64 };

static const char *const COMMON_KEYS[] = {"if", "input", "output", "export", "timeout", "then", "metadata"};
enum { COMMON_COUNT = sizeof COMMON_KEYS / sizeof *COMMON_KEYS };

// A JSON pointer one step further: RFC 6901 escapes `~` and `/`.
static const char *extend_reference(struct wf_loader *loader, const char *base, size_t index, const char *name) {
  struct buf text = {0};
  buf_printf(&text, "%s/%zu/", base, index);
  for (const char *c = name; *c; c++) {
    if (*c == '~')
      buf_puts(&text, "~0");
    else if (*c == '/')
      buf_puts(&text, "~1");
    else
      buf_put(&text, c, 1);
  }
  const char *reference = arena_strndup(loader->definition->arena, text.data, text.size);
  buf_free(&text);
  return reference;
}

// "call, do, raise, …": the kinds that are supported.
static const char *kind_names(struct wf_loader *loader) {
  const char *names = "";
  for (enum wf_task_kind i = 0; i < WF_TASK_KINDS; i++)
    if (wf_kind_of(i)->load)
      names = arena_printf(loader->problems.arena, "%s%s%s", names, *names ? ", " : "", wf_kind_of(i)->name);
  return names;
}

static bool has_companion(const struct wf_kind *kind, const char *key) {
  for (int i = 0; i < WF_COMPANIONS_MAX && kind->companions[i]; i++)
    if (strcmp(kind->companions[i], key) == 0) return true;
  return false;
}

// WF_TASK_KINDS when there is none. A loop has a `do` too.
static enum wf_task_kind find_kind(struct wf_loader *loader, const struct wf_yaml *node, const char *name) {
  enum wf_task_kind found = WF_TASK_KINDS;
  for (enum wf_task_kind i = 0; i < WF_TASK_KINDS; i++) {
    const struct wf_kind *kind = wf_kind_of(i), *other = found < WF_TASK_KINDS ? wf_kind_of(found) : NULL;
    if (!wf_yaml_get(node, kind->name) || (other && has_companion(other, kind->name))) continue;
    if (other && other->load && !has_companion(kind, other->name))
      wf_problem_at(&loader->problems, node, "task `%s` has both `%s` and `%s`: expected one of them", name,
                    other->name, kind->name);
    else if (!other || has_companion(kind, other->name))
      found = i;
  }
  return found;
}

static bool is_common_key(const char *key) {
  for (int i = 0; i < COMMON_COUNT; i++)
    if (strcmp(COMMON_KEYS[i], key) == 0) return true;
  for (enum wf_task_kind i = 0; i < WF_TASK_KINDS; i++)
    if (has_companion(wf_kind_of(i), key)) return true;
  return false;
}

// A task none of whose keys says what to do: the likely slip is in that key.
static void report_no_kind(struct wf_loader *loader, const struct wf_yaml *node, const char *name) {
  const char *candidates[WF_TASK_KINDS + COMMON_COUNT];
  size_t count = 0;
  for (enum wf_task_kind i = 0; i < WF_TASK_KINDS; i++)
    if (wf_kind_of(i)->load) candidates[count++] = wf_kind_of(i)->name;
  for (int i = 0; i < COMMON_COUNT; i++) candidates[count++] = COMMON_KEYS[i];
  for (size_t i = 0; i < node->count; i++) {
    const char *key = node->entries[i].key;
    if (!is_common_key(key))
      wf_problem_add(&loader->problems, node->entries[i].line, node->entries[i].column,
                     "unknown key `%s` in task `%s`%s", key, name, wf_load_near_miss(loader, key, candidates, count));
  }
  wf_problem_at(&loader->problems, node, "task `%s` does not say what to do: expected one of %s", name,
                kind_names(loader));
}

static void report_unsupported(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_kind *kind) {
  for (size_t i = 0; i < node->count; i++)
    if (strcmp(node->entries[i].key, kind->name) == 0)
      wf_problem_add(&loader->problems, node->entries[i].line, node->entries[i].column,
                     "task kind `%s` is not supported yet: expected one of %s", kind->name, kind_names(loader));
}

static void check_keys(struct wf_loader *loader, const struct wf_yaml *node, const char *name,
                       const struct wf_kind *kind) {
  struct wf_key keys[1 + WF_COMPANIONS_MAX + COMMON_COUNT + 1] = {{kind->name, 0}};
  size_t count = 1;
  for (int i = 0; i < WF_COMPANIONS_MAX && kind->companions[i]; i++)
    keys[count++] =
        (struct wf_key){kind->companions[i], i < kind->companions_required ? WF_KEY_REQUIRED : WF_KEY_OPTIONAL};
  for (int i = 0; i < COMMON_COUNT; i++) keys[count++] = (struct wf_key){COMMON_KEYS[i], 0};
  // A second kind was reported with the first.
  struct wf_yaml rest = *node;
  struct wf_yaml_entry *entries = arena_alloc(loader->definition->arena, (node->count + 1) * sizeof *entries);
  rest.entries = entries;
  rest.count = 0;
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_kind *other = wf_kind_find(node->entries[i].key);
    if (!other || other == kind || has_companion(kind, other->name)) entries[rest.count++] = node->entries[i];
  }
  wf_load_keys(loader, &rest, arena_printf(loader->problems.arena, "task `%s`", name), keys);
}

// What is for people here may be anything to another runtime: then it says nothing.
static const char *load_word(struct wf_loader *loader, const struct wf_yaml *node) {
  size_t size = wf_yaml_is_text(node) ? strspn(node->text, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
  if (size && !node->text[size] && size <= TYPE_SIZE_MAX && node->text[0] >= 'a')
    return arena_strdup(loader->definition->arena, node->text);
  wf_problem_warn(&loader->problems, node->line, node->column,
                  "`type` says nothing here: expected a word of lower-case letters, digits and underscores, at most "
                  "%d, such as voice_call",
                  TYPE_SIZE_MAX);
  return NULL;
}

static const char *load_title(struct wf_loader *loader, const struct wf_yaml *node) {
  if (wf_yaml_is_text(node)) return arena_strdup(loader->definition->arena, node->text);
  wf_problem_warn(&loader->problems, node->line, node->column, "`title` is %s and says nothing here: expected a text",
                  wf_yaml_describe(node));
  return NULL;
}

static void load_metadata(struct wf_loader *loader, const struct wf_yaml *node, struct wf_task *task) {
  task->metadata = jv_null();
  if (!node || !wf_load_is_object(loader, node, "`metadata`")) return;
  task->metadata = wf_load_json(loader, node);
  const struct wf_yaml *title = wf_yaml_get(node, "title"), *type = wf_yaml_get(node, "type");
  if (title) task->title = load_title(loader, title);
  if (type) task->type = load_word(loader, type);
}

static void load_common(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_yaml *list,
                        struct wf_task *task) {
  const struct wf_yaml *part;
  if ((part = wf_yaml_get(node, "if"))) task->condition = wf_load_expression(loader, part, WF_PLACE_TASK_INPUT, "`if`");
  wf_load_data_flow(loader, node, true, &task->data);
  if ((part = wf_yaml_get(node, "timeout"))) task->timeout = wf_load_timeout(loader, part, WF_PLACE_TASK);
  if ((part = wf_yaml_get(node, "then"))) task->then = wf_load_flow(loader, part, list);
  load_metadata(loader, wf_yaml_get(node, "metadata"), task);
  task->definition = wf_load_json(loader, node);
}

void wf_load_set(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  const struct wf_yaml *node = source->part;
  bool is_object = node->kind == WF_YAML_MAPPING && node->count;
  if (!is_object && !wf_yaml_is_text(node)) {
    wf_problem_at(&loader->problems, node, "`set` is %s: expected an object with members, or an expression `${ … }`",
                  node->kind == WF_YAML_MAPPING ? "an empty object" : wf_yaml_describe(node));
    return;
  }
  task->set = wf_load_transform(loader, node, WF_PLACE_TASK, "`set`");
}

void wf_load_do(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  task->list = wf_load_tasks(loader, source->part, arena_printf(loader->definition->arena, "%s/do", task->reference));
}

void wf_load_wait(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  task->wait = wf_load_duration(loader, source->part, WF_PLACE_TASK, "`wait`");
}

static void load_task(struct wf_loader *loader, const struct wf_yaml_entry *entry, const struct wf_yaml *list,
                      struct wf_task *task) {
  const struct wf_yaml *node = entry->value;
  if (!wf_load_is_object(loader, node, arena_printf(loader->problems.arena, "task `%s`", entry->key))) return;
  enum wf_task_kind found = find_kind(loader, node, entry->key);
  if (found == WF_TASK_KINDS) {
    report_no_kind(loader, node, entry->key);
    return;
  }
  const struct wf_kind *kind = wf_kind_of(found);
  if (!kind->load) {
    report_unsupported(loader, node, kind);
    return;
  }
  check_keys(loader, node, entry->key, kind);
  task->kind = found;
  load_common(loader, node, list, task);
  const struct wf_task_source source = {node, wf_yaml_get(node, kind->name), list};
  kind->load(loader, &source, task);
  wf_load_extend(loader, node, found, task);
}

// The name and body of a list's item, or NULL after a problem.
static const struct wf_yaml_entry *load_item(struct wf_loader *loader, const struct wf_yaml *item) {
  if (item->kind != WF_YAML_MAPPING || item->count != 1) {
    wf_problem_at(&loader->problems, item, "an item of a task list is %s: expected one name with its task",
                  item->kind != WF_YAML_MAPPING ? wf_yaml_describe(item)
                  : item->count                 ? "an object with several names"
                                                : "an empty object");
    return NULL;
  }
  return &item->entries[0];
}

static void check_repeated_name(struct wf_loader *loader, const struct wf_yaml *list, size_t index,
                                const struct wf_yaml_entry *entry) {
  for (size_t i = 0; i < index; i++) {
    const struct wf_yaml *other = list->entries[i].value;
    if (other->kind != WF_YAML_MAPPING || other->count != 1 || strcmp(other->entries[0].key, entry->key) != 0) continue;
    wf_problem_add(&loader->problems, entry->line, entry->column,
                   "task `%s` stands twice in this list (first on line %d): expected another name", entry->key,
                   other->entries[0].line);
    return;
  }
}

// It stands in events and requests.
static void check_reference(struct wf_loader *loader, const struct wf_yaml_entry *entry, const char *reference) {
  size_t size = strlen(reference);
  if (size > WF_REFERENCE_MAX)
    wf_problem_add(&loader->problems, entry->line, entry->column,
                   "the reference of the task `%.40s…` has %zu bytes: expected at most %d (shorter names)", entry->key,
                   size, WF_REFERENCE_MAX);
}

// `targets`: the list whose tasks its tasks may go to.
static struct wf_task_list load_list(struct wf_loader *loader, const struct wf_yaml *node, const char *reference,
                                     const struct wf_yaml *targets) {
  struct wf_task_list list = {.reference = arena_strdup(loader->definition->arena, reference)};
  if (node->kind != WF_YAML_SEQUENCE) {
    wf_problem_at(&loader->problems, node, "a task list is %s: expected a list of named tasks", wf_yaml_describe(node));
    return list;
  }
  if (node->count == 0) {
    wf_problem_warn(&loader->problems, node->line, node->column, "a task list is empty: nothing is done");
    return list;
  }
  int before = loader->task_count;
  loader->task_count += (int)(node->count > WF_TASKS_MAX ? WF_TASKS_MAX + 1 : node->count);
  if (loader->task_count > WF_TASKS_MAX) {
    if (before <= WF_TASKS_MAX)
      wf_problem_at(&loader->problems, node,
                    "the workflow has more than %d tasks with this list: expected at most that", WF_TASKS_MAX);
    return list;
  }
  list.tasks = arena_alloc0(loader->definition->arena, node->count * sizeof *list.tasks);
  list.count = (int)node->count;
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = load_item(loader, node->entries[i].value);
    if (!entry) continue;
    struct wf_task *task = &list.tasks[i];
    task->name = arena_strdup(loader->definition->arena, entry->key);
    task->reference = extend_reference(loader, reference, i, entry->key);
    task->instance = loader->instance ? loader->instance : task->reference;
    task->metadata = task->definition = jv_null();
    check_repeated_name(loader, node, i, entry);
    check_reference(loader, entry, task->reference);
    const struct wf_bound_name *names = loader->bound_names;
    if (entry->value == loader->arguments) loader->bound_names = loader->arguments_names;
    load_task(loader, entry, targets, task);
    loader->bound_names = names;
  }
  return list;
}

struct wf_task_list wf_load_tasks(struct wf_loader *loader, const struct wf_yaml *node, const char *reference) {
  return load_list(loader, node, reference, node);
}

struct wf_task_list wf_load_branches(struct wf_loader *loader, const struct wf_yaml *node, const char *reference) {
  static const struct wf_yaml none = {.kind = WF_YAML_SCALAR};
  return load_list(loader, node, reference, &none);
}
