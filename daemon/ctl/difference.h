// SPDX-License-Identifier: Apache-2.0
// Where the read tables' rows of a run and the fold of its events (ctl/fold.h has their
// form) are not the same.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdio.h>

// Appends to `differences` (taken; the result is owned by the caller) one object for each:
// {"run", "table", "row", "column", "stored", "folded"}. row is the number of the step or
// action, as text, "" for the run; column is null when the whole row is there on one side
// alone, and stored and folded then say on which. A table that is missing has no rows. Borrows
// stored and folded.
jv difference_add_rows(jv differences, const char *run_id, jv stored, jv folded);
// Appends what fold_run() found wrong with the events; takes `problem`. Its sentence, if it has
// one, is added as "problem".
jv difference_add_problem(jv differences, const char *run_id, jv problem);

// Prints all: one line each; or with `is_json` as the elements of an array of which *said were
// printed before, and counts on. Borrows them.
void difference_print_all(jv differences, bool is_json, size_t *said, FILE *out);

// One line: RUN TABLE ROW COLUMN: stored JSON, folded JSON.
void difference_print(jv difference, FILE *out); // borrows it
