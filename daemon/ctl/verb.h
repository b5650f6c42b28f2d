// SPDX-License-Identifier: Apache-2.0
// The table of workflowctl's verbs. A verb parses its own arguments (argv[0] is its
// name) and returns the process's exit code.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Exit codes, the same for every verb; workflowctl(1) lists them.
enum {
  EXIT_OK = 0,        // done
  EXIT_FAILED = 1,    // could not be done: said on standard error
  EXIT_USAGE = 2,     // wrong arguments
  EXIT_NOT_FOUND = 3, // what was named is not there
  EXIT_BAD_NEWS = 4,  // done, and the answer is bad: stuck runs, a run that failed, damaged tables
  EXIT_TIMED_OUT = 5, // --wait ended before what it waited for happened
};

struct verb {
  const char *name;
  const char *arguments; // for the usage line
  const char *summary;   // one line; NULL hides the verb: only other programs call it
  int (*run)(int argc, char **argv);
};

extern const struct verb verb_table[];
extern const size_t verb_count;

// NULL when there is none of this name.
const struct verb *verb_find(const char *name);
