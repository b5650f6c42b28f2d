// SPDX-License-Identifier: Apache-2.0
// Any bytes either load, and then every inline expression runs, or are refused with
// problems in order.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/definition.h"
#include "engine/expression.h"
#include "engine/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wf_function FUNCTIONS[] = {{"callLead", "calls", USEC_PER_MIN, 0, WF_BY_WORKER, false},
                                               {"sendMessage", "messages", USEC_PER_MIN, 0, WF_BY_WORKER, false}};
static const struct wf_catalog CATALOG = {.functions = FUNCTIONS, .count = 2};

static void evaluate(const struct wf_definition *definition, const struct wf_expr *expr) {
  jv value;
  char *error;
  if (!expr || !expr->inline_safe) return;
  jv dot = jv_parse("{\"a\":[1,{\"b\":\"text\"}],\"name\":\"Ann\",\"count\":3}");
  if (wf_expr_evaluate(definition, expr, NULL, dot, jv_object(), &value, &error) == 0)
    jv_free(value);
  else
    free(error);
}

static void visit(const struct wf_definition *definition, const struct wf_task_list *list) {
  for (int i = 0; i < list->count; i++) {
    const struct wf_task *task = &list->tasks[i];
    WF_ASSERT(task->name && task->reference);
    WF_ASSERT(wf_definition_task(definition, task->reference) == task);
    WF_ASSERT(task->then.kind != WF_FLOW_TASK || (task->then.index >= 0 && task->then.index < list->count));
    evaluate(definition, task->condition);
    if (task->kind == WF_TASK_SET) evaluate(definition, task->set);
    if (task->kind == WF_TASK_CALL) WF_ASSERT(task->call.function);
    if (task->kind == WF_TASK_CALL) evaluate(definition, task->call.arguments);
    for (int part = 0; part < WF_SCOPE_PARTS; part++) {
      const struct wf_task_list *inside = wf_task_list_of(task, (enum wf_scope_part)part);
      if (inside) visit(definition, inside);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  struct wf_definition *definition;
  struct wf_problems problems;
  if (wf_definition_load((const char *)data, size, &CATALOG, arena, &definition, &problems) == 0) {
    WF_ASSERT(problems.count == 0);
    WF_ASSERT(wf_definition_name(definition) && wf_definition_tasks(definition)->count > 0);
    visit(definition, wf_definition_tasks(definition));
    wf_definition_free(definition);
  } else {
    WF_ASSERT(problems.count > 0);
    for (size_t i = 1; i < problems.count; i++) WF_ASSERT(problems.items[i - 1].line <= problems.items[i].line);
  }
  arena_free(arena);
  return 0;
}
