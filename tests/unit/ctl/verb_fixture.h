// SPDX-License-Identifier: Apache-2.0
// What the tests of verbs share: a verb that is run with words.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/verb.h"

// The exit code. The first word is the verb's name, behind the last is NULL; a verb puts them
// into another order, and writes in none.
static inline int run_verb(int (*verb)(int argc, char **argv), const char **words) {
  int argc = 0;
  while (words[argc]) argc++;
  return verb(argc, (char **)(uintptr_t)words);
}
#define RUN_VERB(verb, ...) run_verb(verb, (const char *[]){__VA_ARGS__, NULL})
