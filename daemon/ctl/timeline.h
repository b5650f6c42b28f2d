// SPDX-License-Identifier: Apache-2.0
// A run's history, drawn: one line an event, steps as a tree, time running down.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "io/pg_admin.h"

// The statement whose rows timeline_draw() takes; $1 is the run. `%s` is the source of
// detail_internal: TIMELINE_PUBLIC or TIMELINE_INTERNAL.
#define TIMELINE_PUBLIC "NULL::text"
#define TIMELINE_INTERNAL "(SELECT i.detail_internal FROM workflow.event i WHERE i.run_id = e.run_id AND i.seq = e.seq)"
extern const char timeline_sql[];

// Lines of ASCII, or with box-drawing characters in UTF-8. A type of event that is not
// known here is shown by its name.
void timeline_draw(const struct pg_rows *rows, bool ascii, FILE *out);
