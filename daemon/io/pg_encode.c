// SPDX-License-Identifier: Apache-2.0
#include "io/pg_encode.h"

#include "base/error.h"

void pg_parameters_free(struct pg_parameters *parameters) {
  for (size_t i = 0; i < PG_PARAMETERS_MAX; i++) buf_free(&parameters->values[i]);
}

void pg_parameters_reset(struct pg_parameters *parameters) {
  for (size_t i = 0; i < parameters->count; i++) buf_reset(&parameters->values[i]);
  parameters->count = 0;
}

static struct buf *next(struct pg_parameters *parameters, bool null) {
  WF_ASSERT(parameters->count < PG_PARAMETERS_MAX);
  parameters->nulls[parameters->count] = null;
  return &parameters->values[parameters->count++];
}

struct buf *pg_array(struct pg_parameters *parameters, enum pg_type type, size_t count) {
  struct buf *to = next(parameters, false);
  buf_put_u32(to, count ? 1 : 0); // dimensions; an array of none has none
  buf_put_u32(to, 1);             // may hold nulls
  buf_put_u32(to, (uint32_t)type);
  if (!count) return to;
  buf_put_u32(to, (uint32_t)count);
  buf_put_u32(to, 1); // lower bound
  return to;
}

void pg_arrays(struct pg_parameters *parameters, const enum pg_type *types, size_t type_count, size_t count) {
  for (size_t i = 0; i < type_count; i++) pg_array(parameters, types[i], count);
}

void pg_parameter_int2(struct pg_parameters *parameters, int16_t value) {
  buf_put_u16(next(parameters, false), (uint16_t)value);
}

void pg_parameter_int4(struct pg_parameters *parameters, int32_t value) {
  buf_put_u32(next(parameters, false), (uint32_t)value);
}

void pg_parameter_int8(struct pg_parameters *parameters, int64_t value) {
  buf_put_u64(next(parameters, false), (uint64_t)value);
}

void pg_parameter_text(struct pg_parameters *parameters, struct text value) {
  buf_put(next(parameters, !value.data), value.data, value.size);
}

void pg_parameter_uuid(struct pg_parameters *parameters, const struct uuid *value) {
  buf_put(next(parameters, false), value->bytes, sizeof value->bytes);
}

void pg_parameter_timestamp(struct pg_parameters *parameters, usec_t instant) {
  struct buf *to = next(parameters, !instant);
  if (instant) buf_put_u64(to, (uint64_t)(instant - PG_EPOCH));
}

enum { JSONB_VERSION = 1 };

void pg_put_jsonb_text(struct buf *to, struct text json) {
  if (!json.data) {
    pg_put_null(to);
    return;
  }
  buf_put_u32(to, (uint32_t)json.size + 1);
  buf_put_u8(to, JSONB_VERSION);
  buf_put(to, json.data, json.size);
}

void pg_put_jsonb(struct buf *to, jv value) {
  if (!jv_is_valid(value)) {
    pg_put_null(to);
    return;
  }
  jv text = jv_dump_string(jv_copy(value), 0);
  pg_put_jsonb_text(to, (struct text){jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text))});
  jv_free(text);
}

void pg_put_jsonb_object(struct buf *to, jv value) {
  bool empty = jv_get_kind(value) == JV_KIND_OBJECT && jv_object_length(jv_copy(value)) == 0;
  if (empty) pg_put_null(to);
  else pg_put_jsonb(to, value);
}
