// SPDX-License-Identifier: Apache-2.0
// The table of workflowctl's verbs. A verb parses its own arguments (argv[0] is its
// name) and returns the process's exit code.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// Exit codes, the same for every verb.
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

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
