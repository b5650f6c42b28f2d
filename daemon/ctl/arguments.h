// SPDX-License-Identifier: Apache-2.0
// The arguments of a verb: words and long options, in any order. What every verb takes
// (--help, --json, --database, -c FILE) is read here; a verb adds rows of its own.
// Whatever is wrong is said in one line on standard error.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

// What an option that may be given again was given, in order.
struct argument_list {
  const char **items;
  size_t count;
};

// One option of a verb, named without its dashes. Exactly one of the three is set.
struct argument_row {
  const char *name;
  const char **value;         // takes a value; the last one given counts
  struct argument_list *list; // takes a value, may be given again
  bool *flag;                 // takes none
};

struct arguments {
  const char *verb;
  const char *database, *config; // NULL = not given
  bool json;
  const char *const *words; // what is no option
  size_t word_count;
};

enum arguments_next { ARGUMENTS_GO_ON, ARGUMENTS_STOP };

// ARGUMENTS_STOP: the verb ends with *ret_code, and all is said. What was read lives as
// long as argv; lists are ended by argument_list_free(), also after ARGUMENTS_STOP.
enum arguments_next arguments_read(int argc, char **argv, const struct argument_row *rows, size_t row_count,
                                   struct arguments *ret_arguments, int *ret_code) WF_MUST_CHECK;
void argument_list_free(struct argument_list *list);

// Says what is wrong: "workflowctl VERB: …; workflowctl VERB --help says more". Returns
// EXIT_USAGE.
int arguments_wrong(const struct arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Whether there are so many words; else says which are expected.
bool arguments_words(const struct arguments *arguments, size_t min, size_t max, const char *expected);
// A whole number within bounds; `text` NULL leaves *ret_number as it is. False: said.
bool arguments_number(const struct arguments *arguments, const char *option, const char *text, long min, long max,
                      long *ret_number);
// A duration such as 500ms, 30s, 5m; `text` NULL leaves *ret_span as it is. False: said.
bool arguments_duration(const struct arguments *arguments, const char *option, const char *text, usec_t *ret_span);
// A UUID in canonical text; `text` NULL is fine. False: said.
bool arguments_uuid(const struct arguments *arguments, const char *what, const char *text);
