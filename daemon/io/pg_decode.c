// SPDX-License-Identifier: Apache-2.0
#include "io/pg_decode.h"

#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/pg_encode.h"

static size_t size_of(const PGresult *result, int row, int column) {
  return (size_t)PQgetlength(result, row, column);
}

static uint64_t big_endian(const char *data, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value = value << 8 | (uint8_t)data[i];
  return value;
}

static uint64_t integer(const PGresult *result, int row, int column, size_t size) {
  if (PQgetisnull(result, row, column)) return 0;
  WF_ASSERT(size_of(result, row, column) == size);
  return big_endian(PQgetvalue(result, row, column), size);
}

bool pg_get_bool(const PGresult *result, int row, int column) { return integer(result, row, column, 1) != 0; }

int16_t pg_get_int2(const PGresult *result, int row, int column) { return (int16_t)integer(result, row, column, 2); }

int32_t pg_get_int4(const PGresult *result, int row, int column) { return (int32_t)integer(result, row, column, 4); }

int64_t pg_get_int8(const PGresult *result, int row, int column) { return (int64_t)integer(result, row, column, 8); }

usec_t pg_get_timestamp(const PGresult *result, int row, int column) {
  if (PQgetisnull(result, row, column)) return 0;
  return pg_get_int8(result, row, column) + PG_EPOCH;
}

struct uuid pg_get_uuid(const PGresult *result, int row, int column) {
  struct uuid id;
  WF_ASSERT(size_of(result, row, column) == sizeof id.bytes);
  memcpy(id.bytes, PQgetvalue(result, row, column), sizeof id.bytes);
  return id;
}

char *pg_get_string(const PGresult *result, int row, int column, struct arena *arena) {
  if (PQgetisnull(result, row, column)) return NULL;
  return arena_strndup(arena, PQgetvalue(result, row, column), size_of(result, row, column));
}

char *pg_get_owned(const PGresult *result, int row, int column) {
  if (PQgetisnull(result, row, column)) return NULL;
  return xstrndup(PQgetvalue(result, row, column), size_of(result, row, column));
}

struct text pg_get_bytes(const PGresult *result, int row, int column, struct arena *arena) {
  if (PQgetisnull(result, row, column)) return (struct text){0};
  size_t size = size_of(result, row, column);
  return (struct text){arena_memdup(arena, PQgetvalue(result, row, column), size), size};
}

jv pg_get_json(const PGresult *result, int row, int column) {
  if (PQgetisnull(result, row, column)) return jv_invalid();
  const char *data = PQgetvalue(result, row, column);
  size_t size = size_of(result, row, column);
  if (PQftype(result, column) == PG_JSONB) { // a byte with the version of the format comes first
    WF_ASSERT(size > 0);
    data++;
    size--;
  }
  return jv_parse_sized(data, (int)size);
}

const int64_t *pg_get_int8s(const PGresult *result, int row, int column, struct arena *arena, size_t *ret_count) {
  enum { HEADER = 12, DIMENSION = 8, ELEMENT = 12 };
  const char *data = PQgetvalue(result, row, column);
  size_t size = size_of(result, row, column);
  if (PQgetisnull(result, row, column) || big_endian(data, 4) == 0) {
    *ret_count = 0;
    return NULL;
  }
  WF_ASSERT(size >= HEADER + DIMENSION && big_endian(data, 4) == 1 && big_endian(data + 8, 4) == PG_INT8);
  size_t count = (size_t)big_endian(data + HEADER, 4);
  WF_ASSERT(size == HEADER + DIMENSION + count * ELEMENT);
  int64_t *values = arena_alloc(arena, count * sizeof *values);
  for (size_t i = 0; i < count; i++) {
    values[i] = (int64_t)big_endian(data + HEADER + DIMENSION + i * ELEMENT + 4, 8);
  }
  *ret_count = count;
  return values;
}
