// SPDX-License-Identifier: Apache-2.0
// Parameters of a statement in PostgreSQL's binary format: arrays, one per column, which
// unnest() makes into rows again; and single values. The buffers are used again by the
// next statement, so that a busy lane allocates nothing.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

enum { PG_PARAMETERS_MAX = 40 };

enum pg_type { PG_BOOL = 16, PG_BYTEA = 17, PG_INT8 = 20, PG_INT2 = 21, PG_INT4 = 23, PG_TEXT = 25, PG_JSON = 114, PG_TIMESTAMPTZ = 1184, PG_UUID = 2950, PG_JSONB = 3802 };

struct pg_parameters {
  struct buf values[PG_PARAMETERS_MAX];
  bool nulls[PG_PARAMETERS_MAX];
  size_t count;
};

void pg_parameters_free(struct pg_parameters *parameters);
// Empties it, keeping the memory.
void pg_parameters_reset(struct pg_parameters *parameters);

// Begins the next parameter as an array of `count` elements, which are then put into the
// buffer returned, each by one of the pg_put_…() below.
struct buf *pg_array(struct pg_parameters *parameters, enum pg_type type, size_t count);
// Begins the next `types` parameters as arrays of `count` elements each; the buffers are
// parameters->values[0…] when it was empty.
void pg_arrays(struct pg_parameters *parameters, const enum pg_type *types, size_t type_count, size_t count);

// A single value as the next parameter.
void pg_parameter_int2(struct pg_parameters *parameters, int16_t value);
void pg_parameter_int4(struct pg_parameters *parameters, int32_t value);
void pg_parameter_int8(struct pg_parameters *parameters, int64_t value);
void pg_parameter_text(struct pg_parameters *parameters, struct text value); // text or bytea; absent = null
void pg_parameter_uuid(struct pg_parameters *parameters, const struct uuid *value);
void pg_parameter_timestamp(struct pg_parameters *parameters, usec_t instant); // 0 = null

// Elements of arrays.
static inline void pg_put_null(struct buf *to) { buf_put_u32(to, UINT32_MAX); }

static inline void pg_put_bool(struct buf *to, bool value) {
  buf_put_u32(to, 1);
  buf_put_u8(to, value);
}

static inline void pg_put_int2(struct buf *to, int value) {
  buf_put_u32(to, 2);
  buf_put_u16(to, (uint16_t)value);
}

static inline void pg_put_int4(struct buf *to, int32_t value) {
  buf_put_u32(to, 4);
  buf_put_u32(to, (uint32_t)value);
}

// 0 = null: numbers of steps, actions, attempts and limits count from 1.
static inline void pg_put_number(struct buf *to, int32_t value) {
  if (value) pg_put_int4(to, value);
  else pg_put_null(to);
}

static inline void pg_put_int8(struct buf *to, int64_t value) {
  buf_put_u32(to, 8);
  buf_put_u64(to, (uint64_t)value);
}

static inline void pg_put_bytes(struct buf *to, const void *data, size_t size) {
  buf_put_u32(to, (uint32_t)size);
  buf_put(to, data, size);
}

// Text or bytea; data NULL = null.
static inline void pg_put_text(struct buf *to, struct text text) {
  if (text.data) pg_put_bytes(to, text.data, text.size);
  else pg_put_null(to);
}

static inline void pg_put_string(struct buf *to, const char *string) { pg_put_text(to, text_of(string)); }

static inline void pg_put_uuid(struct buf *to, const struct uuid *id) { pg_put_bytes(to, id->bytes, sizeof id->bytes); }

#define PG_EPOCH INT64_C(946684800000000) // 2000-01-01, in microseconds since 1970

// 0 = null.
static inline void pg_put_timestamp(struct buf *to, usec_t instant) {
  if (instant) pg_put_int8(to, instant - PG_EPOCH);
  else pg_put_null(to);
}

// jsonb from JSON text; data NULL = null.
void pg_put_jsonb_text(struct buf *to, struct text json);
// jsonb from a value, which is borrowed; invalid = null.
void pg_put_jsonb(struct buf *to, jv value);
// The same, but an empty object is null too.
void pg_put_jsonb_object(struct buf *to, jv value);
