// SPDX-License-Identifier: Apache-2.0
#include "engine/kind.h"

#include <stddef.h>
#include <string.h>

#include "engine/load.h"
#include "engine/strategy.h"
#include "engine/turn.h"

static const struct wf_task_list *list_do(const struct wf_task *task, enum wf_scope_part part) {
  return part == WF_SCOPE_LIST ? &task->list : NULL;
}

static const struct wf_task_list *list_for(const struct wf_task *task, enum wf_scope_part part) {
  return part == WF_SCOPE_FOR ? &task->loop.list : NULL;
}

static const struct wf_task_list *list_fork(const struct wf_task *task, enum wf_scope_part part) {
  return part == WF_SCOPE_FORK ? &task->fork.branches : NULL;
}

static const struct wf_task_list *list_try(const struct wf_task *task, enum wf_scope_part part) {
  if (part == WF_SCOPE_TRY) return &task->try_catch.try_list;
  return part == WF_SCOPE_CATCH ? &task->try_catch.catch_list : NULL;
}

static const struct wf_task_list *list_listen(const struct wf_task *task, enum wf_scope_part part) {
  return part == WF_SCOPE_LISTEN && task->listen ? &task->listen->list : NULL;
}

static const struct wf_kind table[WF_TASK_KINDS] = {
    [WF_TASK_CALL] = {.name = "call", .companions = {"with"}, .load = wf_load_call, .start = wf_turn_call, .acts = true},
    [WF_TASK_DO] = {.name = "do", .load = wf_load_do, .list = list_do, .opens_scope = true, .part = WF_SCOPE_LIST},
    [WF_TASK_EMIT] = {.name = "emit", .load = wf_load_emit, .start = wf_turn_publish},
    [WF_TASK_FOR] = {.name = "for", .companions = {"do", "while"}, .companions_required = 1, .load = wf_load_for,
                     .list = list_for, .opens_scope = true, .part = WF_SCOPE_FOR, .prepare = wf_turn_prepare_for},
    [WF_TASK_FORK] = {.name = "fork", .load = wf_load_fork, .list = list_fork, .opens_scope = true, .part = WF_SCOPE_FORK,
                      .prepare = wf_turn_prepare_fork},
    [WF_TASK_LISTEN] = {.name = "listen", .companions = {"foreach"}, .load = wf_load_listen, .list = list_listen, .part = WF_SCOPE_LISTEN,
                        .start = wf_turn_listen},
    [WF_TASK_RAISE] = {.name = "raise", .load = wf_load_raise, .start = wf_turn_raise_task},
    [WF_TASK_RUN] = {.name = "run", .load = wf_load_run, .start = wf_turn_call, .acts = true},
    [WF_TASK_SET] = {.name = "set", .load = wf_load_set, .start = wf_turn_set},
    [WF_TASK_SWITCH] = {.name = "switch", .load = wf_load_switch, .start = wf_turn_switch},
    [WF_TASK_TRY] = {.name = "try", .companions = {"catch"}, .companions_required = 1, .load = wf_load_try, .list = list_try,
                     .opens_scope = true, .part = WF_SCOPE_TRY, .prepare = wf_turn_prepare_try},
    [WF_TASK_WAIT] = {.name = "wait", .load = wf_load_wait, .start = wf_turn_wait},
};

const struct wf_kind *wf_kind_of(enum wf_task_kind kind) { return &table[kind]; }

const struct wf_kind *wf_kind_find(const char *name) {
  for (int i = 0; name && i < WF_TASK_KINDS; i++)
    if (table[i].name == name || strcmp(table[i].name, name) == 0) return &table[i];
  return NULL;
}

const char *wf_kind_name(enum wf_task_kind kind) { return table[kind].name; }

const char *wf_kind_static(const char *text) {
  const struct wf_kind *kind = wf_kind_find(text);
  return kind ? kind->name : NULL;
}

const struct wf_task_list *wf_task_list_of(const struct wf_task *task, enum wf_scope_part part) {
  const struct wf_kind *kind = &table[task->kind];
  if (part == WF_SCOPE_BRANCH) part = WF_SCOPE_FORK;
  return kind->list ? kind->list(task, part) : NULL;
}
