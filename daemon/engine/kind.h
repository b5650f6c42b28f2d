// SPDX-License-Identifier: Apache-2.0
// The kinds of task, one row each: its names, and what the loader, the decision and the
// fold do at it. A construct is a file for each stage and its row; nothing else asks for
// the kind by a switch.
#pragma once

#include <stdbool.h>

#include "engine/definition.h"
#include "engine/scope.h"

struct wf_facts;
struct wf_loader;
struct wf_raised;
struct wf_step;
struct wf_turn;
struct wf_view;
struct wf_yaml;

// A task in the document: its object, what stands under its kind's key, the list around it.
struct wf_task_source {
  const struct wf_yaml *node, *part, *list;
};

enum { WF_COMPANIONS_MAX = 2 };

struct wf_kind {
  const char *name; // its key in the document, and the kind of its steps
  // Its other keys, besides those of every task; the first `companions_required` must be there.
  const char *companions[WF_COMPANIONS_MAX];
  int companions_required;
  // Loads what is its own into `task`. NULL: the loader refuses the kind.
  void (*load)(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
  // The list of tasks that its scope of `part` (a branch apart) goes through, NULL when it has none of that
  // part; an empty one when the task has none. NULL: it holds no tasks.
  const struct wf_task_list *(*list)(const struct wf_task *task, enum wf_scope_part part);
  // Whether entering it opens a scope, and of which part.
  bool opens_scope;
  enum wf_scope_part part;
  // Adds to the facts of its step.started what follows from its input (view->input); a value
  // it sets there is owned by whoever asked. NULL: nothing. False with an owned error.
  bool (*prepare)(struct wf_turn *turn, const struct wf_task *task, const struct wf_view *view, struct wf_facts *facts,
                  struct wf_raised *ret_raised);
  // Whether its steps have an action.
  bool acts;
  // What it does once it is entered. NULL: the scope that was opened goes on.
  void (*start)(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step);
};

const struct wf_kind *wf_kind_of(enum wf_task_kind kind);
// NULL when there is none of this name, or `name` is NULL.
const struct wf_kind *wf_kind_find(const char *name);

// The name of a kind, as it stands in the table `workflow.step`; static.
const char *wf_kind_name(enum wf_task_kind kind);
// The name of the kind `text` in static memory; NULL when there is none.
const char *wf_kind_static(const char *text);

// The list that the task's scope of `part` goes through, or NULL.
const struct wf_task_list *wf_task_list_of(const struct wf_task *task, enum wf_scope_part part);
