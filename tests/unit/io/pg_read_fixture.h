// SPDX-License-Identifier: Apache-2.0
// What the tests of readers share: an arena and a reply, fresh for each case, and results that
// no server has made.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_encode.h"
#include "io/pg_read.h"

static struct arena *arena;
static struct store_reply reply;

static inline int setup(void **state) {
  (void)state;
  arena = arena_new();
  reply = (struct store_reply){0};
  return 0;
}

static inline int teardown(void **state) {
  (void)state;
  arena_free(arena);
  return 0;
}

// A result whose columns have these types; a value that is not set is null.
static inline PGresult *result_of(const Oid *types, int count) {
  enum { COLUMNS_MAX = 18 };
  static char name[] = "column";
  PGresAttDesc columns[COLUMNS_MAX] = {0};
  PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_true(count <= COLUMNS_MAX);
  for (int i = 0; i < count; i++) columns[i] = (PGresAttDesc){.name = name, .typid = types[i], .format = 1, .typlen = -1, .atttypmod = -1};
  assert_true(PQsetResultAttrs(result, count, columns));
  return result;
}

// Of this size; below 0 it is null.
static inline void set(PGresult *result, int row, int column, const char *bytes, int size) {
  assert_true(PQsetvalue(result, row, column, (char *)(uintptr_t)bytes, size));
}
#define SET(result, row, column, literal) set(result, row, column, literal, (int)sizeof(literal) - 1)
