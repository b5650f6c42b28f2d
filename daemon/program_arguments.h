// SPDX-License-Identifier: Apache-2.0
// The arguments of a daemon: where its configuration is, what overrides it, and what is
// only to be checked or printed.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { PROGRAM_GO_ON = -1, PROGRAM_EXIT_USAGE = 2 };

struct program_arguments {
  const char *path;       // NULL = none was given: the defaults
  const char **overrides; // "section.key=value"
  size_t override_count;
  bool check, print;
};

// Returns PROGRAM_GO_ON, or the exit code when all is said (--version, --help, mistakes).
// `usage` is printed with them. program_arguments_free() ends it in any case.
int program_arguments_read(int argc, char **argv, const char *name, const char *usage, struct program_arguments *ret_arguments);
void program_arguments_free(struct program_arguments *arguments);
