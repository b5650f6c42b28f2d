// SPDX-License-Identifier: Apache-2.0
// Values of a result row in PostgreSQL's binary format, as the columns of our statements
// have them. A value of another size than its type is a wrong schema, which the version
// check excludes: an assertion.
#pragma once

#include <jv.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

bool pg_get_bool(const PGresult *result, int row, int column);
int16_t pg_get_int2(const PGresult *result, int row, int column);
int32_t pg_get_int4(const PGresult *result, int row, int column); // null = 0
int64_t pg_get_int8(const PGresult *result, int row, int column); // null = 0
usec_t pg_get_timestamp(const PGresult *result, int row, int column); // null = 0
struct uuid pg_get_uuid(const PGresult *result, int row, int column);
// Copied into the arena, NUL-terminated; null = NULL.
char *pg_get_string(const PGresult *result, int row, int column, struct arena *arena);
// Owned by the caller; null = NULL.
char *pg_get_owned(const PGresult *result, int row, int column);
// Bytes copied into the arena; null = absent.
struct text pg_get_bytes(const PGresult *result, int row, int column, struct arena *arena);
// json or jsonb, owned by the caller; null, or what cannot be parsed, = invalid.
jv pg_get_json(const PGresult *result, int row, int column);
// bigint[] without nulls, in the arena.
const int64_t *pg_get_int8s(const PGresult *result, int row, int column, struct arena *arena, size_t *ret_count);
