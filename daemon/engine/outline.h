// SPDX-License-Identifier: Apache-2.0
// A definition's tasks as a list for people and read tables: what there is, in which
// order, under which name, and what comes after what. Nothing runs by it.
#pragma once

#include <jv.h>

#include "base/arena.h"
#include "engine/definition.h"

struct wf_outline_task {
  int ord;               // place in the document from 1, containers before what they hold
  int parent_ord;        // the container around it; 0 = the workflow itself
  const char *reference; // JSON pointer, as in steps
  const char *name, *title; // title: metadata.title, or NULL
  enum wf_task_kind kind;
  // One neutral word for what it is: metadata.type; without one, the function of a call,
  // "delay" for wait, "branch" for switch, else the kind.
  const char *type;
  const char *function; // a call's, else NULL
  // What comes after the task (after the whole of a container) by `then` or by order,
  // out of containers too; 0 = the end of the run. 0 with is_decision: only the run says,
  // at a switch, and at a raise that a try is around.
  int next_ord;
  bool is_decision;
  // What leads here when it is no mere order: the name of the first case of a switch that
  // goes here, "catch" for the first task of a catch; else NULL.
  const char *branch;
  // What it does, as written: `with` of a call (null = none), else what stands under its
  // kind; null for containers. Borrowed.
  jv config;
};

struct wf_outline {
  const char *title; // document.title, or NULL
  const struct wf_outline_task *tasks; // by ord
  size_t count;
};

// Texts and values are the definition's, the list is the arena's.
struct wf_outline wf_outline_make(const struct wf_definition *definition, struct arena *arena);
// {"title", "tasks": [{"ord", "parent_ord", …}]}, what workflow.apply_definition() takes;
// what is NULL or 0 is null. Owned.
jv wf_outline_json(const struct wf_outline *outline);
