// SPDX-License-Identifier: Apache-2.0
// One-dimensional arrays in PostgreSQL's binary format: a column of a batch, as a
// parameter for unnest().
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"

enum pg_type { PG_INT2 = 21, PG_INT4 = 23, PG_TEXT = 25, PG_TIMESTAMPTZ = 1184, PG_UUID = 2950, PG_JSONB = 3802 };

struct pg_array {
  struct buf bytes;
  int32_t count;
  bool has_null;
};

void pg_array_begin(struct pg_array *array, enum pg_type element);
void pg_array_end(struct pg_array *array); // after the last value

void pg_array_null(struct pg_array *array);
void pg_array_int2(struct pg_array *array, int16_t value);
void pg_array_int4(struct pg_array *array, int32_t value);
void pg_array_time(struct pg_array *array, usec_t instant);
void pg_array_uuid(struct pg_array *array, const struct uuid *value);
void pg_array_text(struct pg_array *array, const char *value);
void pg_array_jsonb(struct pg_array *array, const char *value);
