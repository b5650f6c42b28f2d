// SPDX-License-Identifier: Apache-2.0
#include "engine/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/yaml.h"

enum { TEXT_SIZE = 1024 };

__attribute__((format(printf, 4, 0))) static void add(struct wf_problem_list *list, int line, int column,
                                                      const char *format, va_list arguments) {
  if (list->count == WF_PROBLEMS_MAX) {
    list->left_out++;
    return;
  }
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? list->capacity * 2 : 8;
    struct wf_problem *items = arena_alloc(list->arena, capacity * sizeof *items);
    if (list->count) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->capacity = capacity;
  }
  char text[TEXT_SIZE];
  vsnprintf(text, sizeof text, format, arguments);
  list->items[list->count++] = (struct wf_problem){.line = line, .column = column, .text = arena_strdup(list->arena, text)};
}

void wf_problem_add(struct wf_problem_list *list, int line, int column, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(list, line, column, format, arguments);
  va_end(arguments);
}

void wf_problem_at(struct wf_problem_list *list, const struct wf_yaml *node, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(list, node->line, node->column, format, arguments);
  va_end(arguments);
}

void wf_problem_warn(struct wf_problem_list *list, int line, int column, const char *format, ...) {
  va_list arguments;
  if (!list->warnings) return;
  va_start(arguments, format);
  add(list->warnings, line, column, format, arguments);
  va_end(arguments);
}

static void take_warnings(struct wf_problem_list *list) {
  struct wf_problem_list *warnings = list->warnings;
  size_t more = warnings ? warnings->count : 0;
  if (!more) return;
  struct wf_problem *items = arena_alloc(list->arena, (list->count + more) * sizeof *items);
  if (list->count) memcpy(items, list->items, list->count * sizeof *items);
  for (size_t i = 0; i < more; i++) {
    items[list->count] = warnings->items[i];
    items[list->count++].is_warning = true;
  }
  list->items = items;
}

static int compare(const void *left, const void *right) {
  const struct wf_problem *a = left, *b = right;
  if (a->line != b->line) return a->line < b->line ? -1 : 1;
  if (a->column != b->column) return a->column < b->column ? -1 : 1;
  return strcmp(a->text, b->text);
}

struct wf_problems wf_problem_list_finish(struct wf_problem_list *list) {
  take_warnings(list);
  if (list->count == 0) return (struct wf_problems){0};
  qsort(list->items, list->count, sizeof *list->items, compare);
  size_t kept = 1;
  for (size_t i = 1; i < list->count; i++)
    if (compare(&list->items[kept - 1], &list->items[i]) != 0) list->items[kept++] = list->items[i];
  list->count = kept;
  if (list->left_out) {
    const char *text = arena_printf(list->arena, "… and %zu more problems", list->left_out);
    struct wf_problem *items = arena_alloc(list->arena, (kept + 1) * sizeof *items);
    memcpy(items, list->items, kept * sizeof *items);
    items[kept] = (struct wf_problem){.line = items[kept - 1].line, .column = items[kept - 1].column, .text = text};
    return (struct wf_problems){items, kept + 1};
  }
  return (struct wf_problems){list->items, kept};
}
