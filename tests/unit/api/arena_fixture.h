// SPDX-License-Identifier: Apache-2.0
// An arena for each case: setup() and teardown() are for cmocka.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"

static struct arena *arena;

static inline int setup(void **state) {
  (void)state;
  arena = arena_new();
  return 0;
}

static inline int teardown(void **state) {
  (void)state;
  arena_free(arena);
  return 0;
}
