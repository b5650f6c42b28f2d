// SPDX-License-Identifier: Apache-2.0
// `foreach` of an AsyncAPI subscription: the messages are a worker's to consume, what is done
// with each of them is the workflow's. The call is a list of tasks then: one that consumes,
// and a loop through what it gave, which gathers the outputs.
#include <string.h>

#include "engine/load.h"

static const char TASKS[] = "- consume: {call: asyncapi, with: ~}\n"
                            "- each:\n"
                            "    input: {from: '{messages: ., outputs: []}'}\n"
                            "    for: {each: ~, at: ~, in: .messages}\n"
                            "    do:\n"
                            "    - message:\n"
                            "        input: {from: ~}\n"
                            "        do: [{handle: ~}]\n"
                            "        output: {as: {outputs: '${ $task.input.outputs }', item: '${ . }'}}\n"
                            "    - collect: {set: '${ {outputs: (.outputs + [.item])} }'}\n"
                            "    output: {as: .outputs}\n";

// The member of a mapping, or, with a number, the element of a list.
static const struct wf_yaml *at(const struct wf_yaml *node, const char *key, size_t index) {
  return key ? wf_yaml_get(node, key) : node->entries[index].value;
}

// Puts a value where the tasks above have a null; the tree was read for this call alone.
static void put(const struct wf_yaml *node, const char *key, const struct wf_yaml *value) {
  struct wf_yaml_entry *entries = ((struct wf_yaml *)node)->entries;
  for (size_t i = 0; i < node->count; i++)
    if (strcmp(entries[i].key, key) == 0) entries[i].value = value;
}

static const struct wf_yaml *text_at(struct arena *arena, const struct wf_yaml *place, const char *text) {
  const struct wf_yaml scalar = {.kind = WF_YAML_SCALAR, .line = place->line, .column = place->column, .text = text};
  return arena_memdup(arena, &scalar, sizeof scalar);
}

// A copy of a mapping without some of its members.
static struct wf_yaml *without(struct arena *arena, const struct wf_yaml *node, const char *const *keys) {
  struct wf_yaml *copy = arena_memdup(arena, node, sizeof *node);
  copy->entries = arena_alloc(arena, (node->count + 1) * sizeof *copy->entries);
  copy->count = 0;
  for (size_t i = 0; i < node->count; i++) {
    bool is_left_out = false;
    for (const char *const *key = keys; *key; key++) is_left_out |= strcmp(*key, node->entries[i].key) == 0;
    if (!is_left_out) copy->entries[copy->count++] = node->entries[i];
  }
  return copy;
}

// What is done with a message: a list of tasks, or nothing, and what becomes of its output.
static const struct wf_yaml *handler(struct arena *arena, const struct wf_yaml *foreach) {
  struct wf_yaml *task = without(arena, foreach, (const char *const[]){"item", "at", NULL});
  if (!wf_yaml_get(task, "do"))
    task->entries[task->count++] = (struct wf_yaml_entry){"set", foreach->line, foreach->column, text_at(arena, foreach, "${ . }")};
  return task;
}

const struct wf_yaml *wf_load_foreach_of(const struct wf_yaml *with) {
  const struct wf_yaml *subscription = wf_yaml_get(with, "subscription");
  const struct wf_yaml *foreach = subscription ? wf_yaml_get(subscription, "foreach") : NULL;
  return foreach && foreach->kind == WF_YAML_MAPPING ? foreach : NULL;
}

void wf_load_subscription(struct wf_loader *loader, const struct wf_yaml *with, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"item", 0}, {"at", 0}, {"do", 0}, {"output", 0}, {"export", 0}, {NULL, 0}};
  struct arena *arena = loader->definition->arena;
  const struct wf_yaml *foreach = wf_load_foreach_of(with), *tree;
  if (!wf_load_keys(loader, foreach, "`foreach`", KEYS)) return;
  const char *item = wf_load_variable(loader, foreach, "item", "item"), *index = wf_load_variable(loader, foreach, "at", "index");
  tree = wf_load_resource_tree(loader, "foreach", TASKS, foreach);
  struct wf_yaml *arguments = without(arena, with, (const char *const[]){"subscription", NULL});
  arguments->entries[arguments->count++] = (struct wf_yaml_entry){
      "subscription", foreach->line, foreach->column,
      without(arena, wf_yaml_get(with, "subscription"), (const char *const[]){"foreach", NULL})};
  const struct wf_yaml *each = at(at(tree, NULL, 1), "each", 0), *message = at(at(at(each, "do", 0), NULL, 0), "message", 0);
  put(at(at(tree, NULL, 0), "consume", 0), "with", arguments);
  put(at(each, "for", 0), "each", text_at(arena, foreach, item));
  put(at(each, "for", 0), "at", text_at(arena, foreach, index));
  put(at(message, "input", 0), "from", text_at(arena, foreach, arena_printf(arena, "$%s", item)));
  put(at(at(message, "do", 0), NULL, 0), "handle", handler(arena, foreach));
  task->kind = WF_TASK_DO;
  task->list = wf_load_tasks(loader, tree, arena_printf(arena, "%s/do", task->reference));
}
