// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration, all of it at once, in the order of the file.
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

// What is wrong, and what was expected. Line and column count from 1; line 0 means
// the whole file, or an override, which the text names.
struct config_problem {
  int line, column;
  const char *text;
};

struct config_problems {
  struct config_problem *items; // in the order of the file
  size_t count;
  struct arena *arena; // owns the items
};

// Adds one; for checks outside this module, such as Kafka refusing a property.
void config_problem_add(struct config_problems *problems, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// Each on a line of its own, `path:line:column: what, and what was expected`.
void config_problems_print(const struct config_problems *problems, const char *path, FILE *out);
void config_problems_free(struct config_problems *problems); // may be used again after it
