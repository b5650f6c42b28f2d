// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_decode.h"
#include "io/pg_encode.h"

// A result of one row and one column, as libpq would give it.
static PGresult *result_of(Oid type, const char *bytes, int size) {
  PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  char name[] = "column";
  PGresAttDesc column = {.name = name, .typid = type, .format = 1, .typlen = -1, .atttypmod = -1};
  assert_true(PQsetResultAttrs(result, 1, &column));
  assert_true(PQsetvalue(result, 0, 0, (char *)(uintptr_t)bytes, size));
  return result;
}
#define RESULT(type, literal) result_of(type, literal, (int)sizeof(literal) - 1)
#define NULL_RESULT(type) result_of(type, NULL, -1)

static void numbers(void **state) {
  (void)state;
  PGresult *result = RESULT(PG_INT4, "\377\377\377\376");
  assert_int_equal(pg_get_int4(result, 0, 0), -2);
  PQclear(result);
  result = RESULT(PG_INT8, "\1\2\3\4\5\6\7\10");
  assert_true(pg_get_int8(result, 0, 0) == INT64_C(0x0102030405060708));
  PQclear(result);
  result = RESULT(PG_INT2, "\377\376");
  assert_int_equal(pg_get_int2(result, 0, 0), -2);
  PQclear(result);
  result = RESULT(PG_BOOL, "\1");
  assert_true(pg_get_bool(result, 0, 0));
  PQclear(result);
}

static void nulls(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  PGresult *result = NULL_RESULT(PG_INT8);
  assert_int_equal(pg_get_int4(result, 0, 0), 0);
  assert_int_equal(pg_get_timestamp(result, 0, 0), 0);
  assert_null(pg_get_string(result, 0, 0, arena));
  assert_null(pg_get_owned(result, 0, 0));
  assert_null(pg_get_bytes(result, 0, 0, arena).data);
  assert_false(jv_is_valid(pg_get_json(result, 0, 0)));
  size_t count = 9;
  assert_null(pg_get_int8s(result, 0, 0, arena, &count));
  assert_int_equal(count, 0);
  PQclear(result);
  arena_free(arena);
}

static void instants(void **state) {
  (void)state;
  PGresult *result = RESULT(PG_TIMESTAMPTZ, "\0\0\0\0\0\0\0\1");
  assert_true(pg_get_timestamp(result, 0, 0) == PG_EPOCH + 1);
  PQclear(result);
}

static void ids(void **state) {
  (void)state;
  PGresult *result = RESULT(PG_UUID, "0123456789abcdef");
  struct uuid id = pg_get_uuid(result, 0, 0);
  assert_memory_equal(id.bytes, "0123456789abcdef", 16);
  PQclear(result);
}

static void texts_and_bytes(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  PGresult *result = RESULT(PG_BYTEA, "a\0b");
  struct text bytes = pg_get_bytes(result, 0, 0, arena);
  assert_int_equal(bytes.size, 3);
  assert_memory_equal(bytes.data, "a\0b", 3);
  PQclear(result);
  result = RESULT(PG_TEXT, "lead");
  assert_string_equal(pg_get_string(result, 0, 0, arena), "lead");
  char *owned = pg_get_owned(result, 0, 0);
  PQclear(result);
  assert_string_equal(owned, "lead");
  free(owned);
  arena_free(arena);
}

static void json_and_jsonb(void **state) {
  (void)state;
  PGresult *result = RESULT(PG_JSONB, "\1{\"a\":[1]}");
  jv expected = jv_parse("{\"a\":[1]}");
  assert_true(jv_equal(pg_get_json(result, 0, 0), jv_copy(expected)));
  PQclear(result);
  result = RESULT(PG_JSON, "{ \"a\": [1] }");
  assert_true(jv_equal(pg_get_json(result, 0, 0), expected));
  PQclear(result);
}

static void arrays(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  PGresult *result = RESULT(1016, "\0\0\0\1\0\0\0\0\0\0\0\24\0\0\0\2\0\0\0\1\0\0\0\10\0\0\0\0\0\0\0\7\0\0\0\10\377\377\377\377\377\377\377\377");
  size_t count;
  const int64_t *values = pg_get_int8s(result, 0, 0, arena, &count);
  assert_int_equal(count, 2);
  assert_int_equal(values[0], 7);
  assert_int_equal(values[1], -1);
  PQclear(result);
  result = RESULT(1016, "\0\0\0\0\0\0\0\0\0\0\0\24");
  assert_null(pg_get_int8s(result, 0, 0, arena, &count));
  assert_int_equal(count, 0);
  PQclear(result);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers),         cmocka_unit_test(nulls),          cmocka_unit_test(instants), cmocka_unit_test(ids),
      cmocka_unit_test(texts_and_bytes), cmocka_unit_test(json_and_jsonb), cmocka_unit_test(arrays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
