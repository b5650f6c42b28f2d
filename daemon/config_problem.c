// SPDX-License-Identifier: Apache-2.0
#include "config_problem.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/xalloc.h"

// What has no line comes last.
static bool problem_before(const struct config_problem *a, const struct config_problem *b) {
  if (a->line != b->line) return a->line > 0 && (b->line == 0 || a->line < b->line);
  return a->column < b->column;
}

void config_problem_add(struct config_problems *problems, int line, int column, const char *format, ...) {
  if (!problems->arena) problems->arena = arena_new();
  va_list args;
  va_start(args, format);
  char *text = NULL;
  int n = vasprintf(&text, format, args);
  va_end(args);
  WF_ASSERT(n >= 0);
  problems->items = xrealloc(problems->items, (problems->count + 1) * sizeof *problems->items);
  size_t at = problems->count++;
  const struct config_problem problem = {line, column, arena_strdup(problems->arena, text)};
  for (; at > 0 && problem_before(&problem, &problems->items[at - 1]); at--) problems->items[at] = problems->items[at - 1];
  problems->items[at] = problem;
  free(text);
}

void config_problems_print(const struct config_problems *problems, const char *path, FILE *out) {
  for (size_t i = 0; i < problems->count; i++) {
    const struct config_problem *problem = &problems->items[i];
    if (problem->line > 0)
      fprintf(out, "%s:%d:%d: %s\n", path, problem->line, problem->column, problem->text);
    else
      fprintf(out, "%s: %s\n", path, problem->text);
  }
}

void config_problems_free(struct config_problems *problems) {
  free(problems->items);
  arena_free(problems->arena);
  *problems = (struct config_problems){0};
}
