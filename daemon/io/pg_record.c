// SPDX-License-Identifier: Apache-2.0
#include "io/pg_record.h"

#include "io/pg_decode.h"
#include "io/pg_encode.h"

// ---- headers ----------------------------------------------------------------

static jv hexadecimal(const uint8_t *bytes, size_t size, struct buf *space) {
  static const char digits[] = "0123456789abcdef";
  buf_reset(space);
  for (size_t i = 0; i < size; i++) {
    buf_put_u8(space, (uint8_t)digits[bytes[i] >> 4]);
    buf_put_u8(space, (uint8_t)digits[bytes[i] & 15]);
  }
  return jv_string_sized(space->size ? space->data : "", (int)space->size);
}

void pg_record_put_headers(struct buf *to, const struct record *record) {
  jv headers = jv_array();
  struct buf space = {0};
  for (size_t i = 0; i < record->header_count; i++) {
    const struct message_header *header = &record->headers[i];
    jv object = jv_object_set(jv_object(), jv_string("name"), jv_string(header->name));
    jv value = header->value ? hexadecimal(header->value, header->size, &space) : jv_null();
    headers = jv_array_append(headers, jv_object_set(object, jv_string("value"), value));
  }
  buf_free(&space);
  pg_put_jsonb(to, headers);
  jv_free(headers);
}

static uint8_t nibble(char digit) { return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

static void get_value(jv text, struct arena *arena, struct message_header *header) {
  if (jv_get_kind(text) != JV_KIND_STRING) return;
  const char *digits = jv_string_value(text);
  header->size = (size_t)jv_string_length_bytes(jv_copy(text)) / 2;
  uint8_t *bytes = arena_alloc(arena, header->size + 1);
  for (size_t i = 0; i < header->size; i++) bytes[i] = (uint8_t)(nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]));
  header->value = bytes;
}

static const struct message_header *get_headers(const PGresult *result, int row, int column, struct arena *arena, size_t *ret_count) {
  jv array = pg_get_json(result, row, column);
  *ret_count = 0;
  if (jv_get_kind(array) != JV_KIND_ARRAY) {
    jv_free(array);
    return NULL;
  }
  int count = jv_array_length(jv_copy(array));
  struct message_header *headers = arena_alloc0(arena, ((size_t)count + 1) * sizeof *headers);
  for (int i = 0; i < count; i++) {
    jv object = jv_array_get(jv_copy(array), i);
    jv name = jv_object_get(jv_copy(object), jv_string("name"));
    jv value = jv_object_get(object, jv_string("value"));
    headers[i].name = arena_strdup(arena, jv_get_kind(name) == JV_KIND_STRING ? jv_string_value(name) : "");
    get_value(value, arena, &headers[i]);
    jv_free(name);
    jv_free(value);
  }
  jv_free(array);
  *ret_count = (size_t)count;
  return headers;
}

struct record pg_record_get(const PGresult *result, int row, int column, struct arena *arena) {
  struct record record = {.topic = pg_get_string(result, row, column, arena),
                          .partition = pg_get_int4(result, row, column + 1),
                          .offset = pg_get_int8(result, row, column + 2),
                          .timestamp = pg_get_timestamp(result, row, column + 3)};
  struct text key = pg_get_bytes(result, row, column + 4, arena), value = pg_get_bytes(result, row, column + 5, arena);
  record.key = key.data;
  record.key_size = key.size;
  record.value = value.data;
  record.value_size = value.size;
  record.headers = get_headers(result, row, column + 6, arena, &record.header_count);
  return record;
}

// ---- recipients -------------------------------------------------------------

jv pg_record_reference(const struct recipient_ref *ref) {
  if (!ref->id.data) return jv_invalid();
  jv id = jv_string_sized(ref->id.data, (int)ref->id.size);
  if (!ref->collection.data) return id;
  jv object = jv_object_set(jv_object(), jv_string("collection"), jv_string_sized(ref->collection.data, (int)ref->collection.size));
  return jv_object_set(object, jv_string("id"), id);
}

void pg_record_put_references(struct buf *to, const struct recipient_ref *refs, size_t count) {
  jv array = count ? jv_array() : jv_invalid();
  for (size_t i = 0; i < count; i++) array = jv_array_append(array, pg_record_reference(&refs[i]));
  pg_put_jsonb(to, array);
  jv_free(array);
}

static struct text get_text(jv string, struct arena *arena) {
  if (jv_get_kind(string) != JV_KIND_STRING) return (struct text){0};
  size_t size = (size_t)jv_string_length_bytes(jv_copy(string));
  return (struct text){arena_strndup(arena, jv_string_value(string), size), size};
}

static struct recipient_ref get_reference(jv value, struct arena *arena) {
  if (jv_get_kind(value) != JV_KIND_OBJECT) return (struct recipient_ref){.id = get_text(value, arena)};
  jv collection = jv_object_get(jv_copy(value), jv_string("collection"));
  jv id = jv_object_get(jv_copy(value), jv_string("id"));
  struct recipient_ref ref = {get_text(collection, arena), get_text(id, arena)};
  jv_free(collection);
  jv_free(id);
  return ref;
}

const struct recipient_ref *pg_record_get_references(const PGresult *result, int row, int column, struct arena *arena,
                                                     size_t *ret_count) {
  jv array = pg_get_json(result, row, column);
  int count = jv_get_kind(array) == JV_KIND_ARRAY ? jv_array_length(jv_copy(array)) : 0;
  struct recipient_ref *refs = count ? arena_alloc0(arena, (size_t)count * sizeof *refs) : NULL;
  for (int i = 0; i < count; i++) {
    jv value = jv_array_get(jv_copy(array), i);
    refs[i] = get_reference(value, arena);
    jv_free(value);
  }
  jv_free(array);
  *ret_count = (size_t)count;
  return refs;
}
