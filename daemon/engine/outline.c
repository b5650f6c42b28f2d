// SPDX-License-Identifier: Apache-2.0
#include "engine/outline.h"

#include <string.h>

#include "base/vec.h"
#include "engine/kind.h"

// A task, and where it stands.
struct place {
  const struct wf_task *task;
  const struct wf_task_list *list;
  int index, parent_ord;
  const struct wf_task *next; // NULL = the end
  bool is_caught;             // a try is around it
  bool is_branch;             // of a fork: it leads out of the fork, never to the next
  const char *branch;
};

struct walk {
  VEC(struct place) places;
};

// Where `flow` goes from the task at `index`; `after` is what follows the list, or, of a fork's, each task.
static const struct wf_task *follow(const struct wf_task_list *list, int index, struct wf_flow flow,
                                    const struct wf_task *after, bool is_branch) {
  switch (flow.kind) {
  case WF_FLOW_CONTINUE:
    if (is_branch) return after;
    return index + 1 < list->count ? &list->tasks[index + 1] : after;
  case WF_FLOW_EXIT: return after;
  case WF_FLOW_END: return NULL;
  case WF_FLOW_TASK: return &list->tasks[flow.index];
  }
  return NULL;
}

static void walk_list(struct walk *walk, const struct wf_task_list *list, int parent_ord, const struct wf_task *after,
                      bool is_caught, bool is_branch) {
  for (int i = 0; i < list->count; i++) {
    const struct wf_task *task = &list->tasks[i], *next = follow(list, i, task->then, after, is_branch);
    vec_push(&walk->places, (struct place){task, list, i, parent_ord, next, is_caught, is_branch, NULL});
    int ord = (int)walk->places.count;
    for (enum wf_scope_part part = 0; part < WF_SCOPE_PARTS; part++) {
      const struct wf_task_list *inside = part == WF_SCOPE_BRANCH ? NULL : wf_task_list_of(task, part);
      if (!inside) continue;
      size_t first = walk->places.count;
      walk_list(walk, inside, ord, next, is_caught || part == WF_SCOPE_TRY, part == WF_SCOPE_FORK);
      if (part == WF_SCOPE_CATCH && walk->places.count > first) walk->places.items[first].branch = "catch";
    }
  }
}

static int ord_of(const struct walk *walk, const struct wf_task *task) {
  for (size_t i = 0; task && i < walk->places.count; i++)
    if (walk->places.items[i].task == task) return (int)i + 1;
  return 0;
}

// Names the tasks that the cases of a switch go to, within its list.
static void name_branches(struct walk *walk, const struct place *at) {
  for (int i = 0; i < at->task->branch.count; i++) {
    const struct wf_switch_case *one = &at->task->branch.cases[i];
    int ord = ord_of(walk, follow(at->list, at->index, one->then, NULL, at->is_branch));
    if (ord && !walk->places.items[ord - 1].branch) walk->places.items[ord - 1].branch = one->name;
  }
}

static const char *function_of(const struct wf_task *task) {
  return wf_kind_of(task->kind)->acts && task->call.function ? task->call.function->name : NULL;
}

static const char *neutral_type(const struct wf_task *task) {
  if (task->type) return task->type;
  switch (task->kind) {
  case WF_TASK_CALL:
  case WF_TASK_RUN: return function_of(task);
  case WF_TASK_WAIT: return "delay";
  case WF_TASK_SWITCH: return "branch";
  default: return wf_kind_name(task->kind);
  }
}

static jv config_of(const struct wf_task *task) {
  if (wf_kind_of(task->kind)->list && task->kind != WF_TASK_LISTEN) return jv_null(); // what listens says for what
  const char *key = task->kind == WF_TASK_CALL ? "with" : wf_kind_name(task->kind);
  jv config = jv_object_get(jv_copy(task->definition), jv_string(key));
  if (!jv_is_valid(config)) return jv_null();
  jv_free(config); // the definition keeps it
  return config;
}

struct wf_outline wf_outline_make(const struct wf_definition *definition, struct arena *arena) {
  struct walk walk = {0};
  walk_list(&walk, wf_definition_tasks(definition), 0, NULL, false, false);
  for (size_t i = 0; i < walk.places.count; i++)
    if (walk.places.items[i].task->kind == WF_TASK_SWITCH) name_branches(&walk, &walk.places.items[i]);
  struct wf_outline_task *tasks = arena_alloc0(arena, (walk.places.count + 1) * sizeof *tasks);
  for (size_t i = 0; i < walk.places.count; i++) {
    const struct place *place = &walk.places.items[i];
    const struct wf_task *task = place->task;
    bool raises = task->kind == WF_TASK_RAISE;
    tasks[i] = (struct wf_outline_task){
        .ord = (int)i + 1,
        .parent_ord = place->parent_ord,
        .reference = task->reference,
        .name = task->name,
        .title = task->title,
        .kind = task->kind,
        .type = neutral_type(task),
        .function = function_of(task),
        .is_decision = task->kind == WF_TASK_SWITCH || (raises && place->is_caught),
        .next_ord = task->kind == WF_TASK_SWITCH || raises ? 0 : ord_of(&walk, place->next),
        .branch = place->branch,
        .config = config_of(task),
    };
  }
  struct wf_outline outline = {wf_definition_title(definition), tasks, walk.places.count};
  vec_free(&walk.places);
  return outline;
}

static jv text_or_null(const char *text) { return text ? jv_string(text) : jv_null(); }
static jv number_or_null(int number) { return number ? jv_number(number) : jv_null(); }

static jv task_json(const struct wf_outline_task *task) {
  jv json = jv_object();
  json = jv_object_set(json, jv_string("ord"), jv_number(task->ord));
  json = jv_object_set(json, jv_string("parent_ord"), number_or_null(task->parent_ord));
  json = jv_object_set(json, jv_string("reference"), jv_string(task->reference));
  json = jv_object_set(json, jv_string("name"), jv_string(task->name));
  json = jv_object_set(json, jv_string("title"), text_or_null(task->title));
  json = jv_object_set(json, jv_string("kind"), jv_string(wf_kind_name(task->kind)));
  json = jv_object_set(json, jv_string("type"), jv_string(task->type));
  json = jv_object_set(json, jv_string("function"), text_or_null(task->function));
  json = jv_object_set(json, jv_string("next_ord"), number_or_null(task->next_ord));
  json = jv_object_set(json, jv_string("is_decision"), task->is_decision ? jv_true() : jv_false());
  json = jv_object_set(json, jv_string("branch"), text_or_null(task->branch));
  return jv_object_set(json, jv_string("config"), jv_copy(task->config));
}

jv wf_outline_json(const struct wf_outline *outline) {
  jv tasks = jv_array();
  for (size_t i = 0; i < outline->count; i++) tasks = jv_array_append(tasks, task_json(&outline->tasks[i]));
  jv json = jv_object_set(jv_object(), jv_string("title"), text_or_null(outline->title));
  return jv_object_set(json, jv_string("tasks"), tasks);
}
