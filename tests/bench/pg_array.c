// SPDX-License-Identifier: Apache-2.0
#include "pg_array.h"

static const usec_t POSTGRES_EPOCH = INT64_C(946684800) * USEC_PER_SEC; // 2000-01-01

enum { HAS_NULL_AT = 4, COUNT_AT = 12 };

void pg_array_begin(struct pg_array *array, enum pg_type element) {
  buf_reset(&array->bytes);
  array->count = 0;
  array->has_null = false;
  buf_put_u32(&array->bytes, 1); // dimensions
  buf_put_u32(&array->bytes, 0); // filled in at the end
  buf_put_u32(&array->bytes, (uint32_t)element);
  buf_put_u32(&array->bytes, 0); // filled in at the end
  buf_put_u32(&array->bytes, 1); // lower bound
}

void pg_array_end(struct pg_array *array) {
  uint32_t has_null = __builtin_bswap32(array->has_null), count = __builtin_bswap32((uint32_t)array->count);
  memcpy(array->bytes.data + HAS_NULL_AT, &has_null, sizeof has_null);
  memcpy(array->bytes.data + COUNT_AT, &count, sizeof count);
}

static void put_size(struct pg_array *array, size_t size) {
  array->count++;
  buf_put_u32(&array->bytes, (uint32_t)size);
}

void pg_array_null(struct pg_array *array) {
  array->has_null = true;
  array->count++;
  buf_put_u32(&array->bytes, UINT32_MAX);
}

void pg_array_int2(struct pg_array *array, int16_t value) {
  put_size(array, sizeof value);
  buf_put_u16(&array->bytes, (uint16_t)value);
}

void pg_array_int4(struct pg_array *array, int32_t value) {
  put_size(array, sizeof value);
  buf_put_u32(&array->bytes, (uint32_t)value);
}

void pg_array_time(struct pg_array *array, usec_t instant) {
  put_size(array, sizeof instant);
  buf_put_u64(&array->bytes, (uint64_t)(instant - POSTGRES_EPOCH));
}

void pg_array_uuid(struct pg_array *array, const struct uuid *value) {
  put_size(array, sizeof value->bytes);
  buf_put(&array->bytes, value->bytes, sizeof value->bytes);
}

void pg_array_text(struct pg_array *array, const char *value) {
  size_t size = strlen(value);
  put_size(array, size);
  buf_put(&array->bytes, value, size);
}

void pg_array_jsonb(struct pg_array *array, const char *value) {
  size_t size = strlen(value);
  put_size(array, size + 1);
  buf_put_u8(&array->bytes, 1); // version of the binary format
  buf_put(&array->bytes, value, size);
}
