// SPDX-License-Identifier: Apache-2.0
// What is wrong with a document: collected while loading goes on, so that the author
// sees everything at once, then ordered by position.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct wf_yaml;

struct wf_problem {
  int line, column; // from 1; 0 = the whole document
  bool is_warning;  // likely a slip; the document loads all the same
  const char *text; // what, and what was expected; near miss where there is one
};

struct wf_problems {
  struct wf_problem *items; // ordered by position; in the arena given
  size_t count;
};

enum { WF_PROBLEMS_MAX = 200 }; // more are counted, not kept

struct wf_problem_list {
  struct arena *arena; // keeps the texts
  struct wf_problem *items;
  size_t count, capacity, left_out;
  struct wf_problem_list *warnings; // NULL = they are dropped
};

void wf_problem_add(struct wf_problem_list *list, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// At a node.
void wf_problem_at(struct wf_problem_list *list, const struct wf_yaml *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// What loads, and is likely not what was meant. It does not count as a problem.
void wf_problem_warn(struct wf_problem_list *list, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// With the warnings; ordered by position, each once.
struct wf_problems wf_problem_list_finish(struct wf_problem_list *list);
