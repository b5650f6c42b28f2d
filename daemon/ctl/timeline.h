// SPDX-License-Identifier: Apache-2.0
// A run's history, drawn: one line an event, steps as a tree, time running down.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct pg_rows;

// The statement whose rows are drawn; $1 is the run. `%s` is the source of
// detail_internal: TIMELINE_PUBLIC or TIMELINE_INTERNAL.
#define TIMELINE_PUBLIC "NULL::text"
#define TIMELINE_INTERNAL "(SELECT i.detail_internal FROM workflow.event i WHERE i.run_id = e.run_id AND i.seq = e.seq)"
extern const char timeline_sql[];

// Where the rows come from: a query's, or a rehearsal's, which tells besides what an action or a
// task was given or gave (column `given`).
struct timeline_rows {
  size_t count;
  // The value of one of the columns that the statement names, NULL = null; live until the
  // drawing is done.
  const char *(*value)(const void *context, size_t row, const char *column);
  const void *context;
};
struct timeline_rows timeline_of_rows(const struct pg_rows *rows); // borrows

// Lines of ASCII, or with box-drawing characters in UTF-8. A type of event that is not
// known here is shown by its name.
void timeline_draw(const struct timeline_rows *rows, bool ascii, FILE *out);
// Whether the environment's terminal shows nothing but ASCII.
bool timeline_is_ascii(void);
