// SPDX-License-Identifier: Apache-2.0
#include "io/codec_form.h"

#include <strings.h>

#include "io/codec_check.h"
#include "io/codec_cloudevent.h"
#include "io/codec_json.h"
#include "io/codec_wire.h"

static const struct message_header *find_header(const struct record *record, const char *name) {
  for (size_t i = 0; i < record->header_count; i++)
    if (strcasecmp(record->headers[i].name, name) == 0) return &record->headers[i];
  return NULL;
}

static bool type_is(struct text given, const char *expected) {
  return given.size == strlen(expected) && strncasecmp(given.data, expected, given.size) == 0;
}

struct text codec_media_type(struct text value) {
  const char *parameters = value.size ? memchr(value.data, ';', value.size) : NULL;
  if (parameters) value.size = (size_t)(parameters - value.data);
  while (value.size && (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t')) value.size--;
  while (value.size && (*value.data == ' ' || *value.data == '\t')) value.data++, value.size--;
  return value;
}

bool codec_media_type_is_json(struct text type) {
  static const char suffix[] = "+json";
  size_t size = sizeof suffix - 1;
  if (type_is(type, "application/json") || type_is(type, "text/json")) return true;
  return type.size > size && strncasecmp(type.data + type.size - size, suffix, size) == 0;
}

static int form_of_type(struct text type, struct arena *arena, enum codec_form *ret_form, struct refusal *ret_refusal) {
  if (type_is(type, CODEC_CONTENT_TYPE) || type_is(type, "application/protobuf") ||
      type_is(type, "application/vnd.google.protobuf"))
    *ret_form = CODEC_PROTOBUF;
  else if (type_is(type, "application/cloudevents+json"))
    *ret_form = CODEC_CLOUDEVENT_STRUCTURED;
  else if (type_is(type, "application/json"))
    *ret_form = CODEC_JSON;
  else
    return codec_refuse(arena, ret_refusal, "wrong_type",
                        "header content-type: %s, expected application/x-protobuf, application/json or "
                        "application/cloudevents+json",
                        codec_quote(arena, type));
  return 0;
}

int codec_form_of(const struct record *record, struct arena *arena, enum codec_form *ret_form,
                  struct refusal *ret_refusal) {
  if (find_header(record, "ce_specversion")) {
    *ret_form = CODEC_CLOUDEVENT_BINARY;
    return 0;
  }
  const struct message_header *header = find_header(record, "content-type");
  if (header && header->size) {
    struct text type = codec_media_type((struct text){header->value, header->size});
    return form_of_type(type, arena, ret_form, ret_refusal);
  }
  bool is_json = record->value_size && *(const char *)record->value == '{';
  *ret_form = is_json ? CODEC_JSON : CODEC_PROTOBUF;
  return 0;
}

static bool has_member(struct json_scan_value object, const char *wanted, struct arena *arena) {
  struct json_scan_cursor cursor = json_scan_open(object);
  struct json_scan_value name, value;
  while (json_scan_member(&cursor, &name, &value))
    if (text_equal(json_scan_string(name, arena), text_of(wanted))) return true;
  return false;
}

// Whose a refused message is, as far as can be told: producers ask by these.
static void name_refused_json(struct json_scan_value object, struct arena *arena, struct refusal *refusal) {
  struct json_scan_cursor cursor = json_scan_open(object);
  struct json_scan_value name, value;
  while (json_scan_member(&cursor, &name, &value)) {
    struct text key = json_scan_string(name, arena);
    bool is_id = text_equal(key, text_of("id")), is_tenant = text_equal(key, text_of("tenant"));
    if ((!is_id && !is_tenant) || value.kind != JSON_SCAN_STRING) continue;
    struct text text = json_scan_string(value, arena);
    if (text.size > 0 && text.size <= MESSAGE_ID_MAX) *(is_id ? &refusal->id : &refusal->tenant) = text;
  }
}

static struct text header_text(const struct record *record, const char *name, struct arena *arena) {
  const struct message_header *header = find_header(record, name);
  if (!header || !header->size || header->size > MESSAGE_ID_MAX || !text_is_clean_utf8(header->value, header->size))
    return (struct text){0};
  return (struct text){arena_strndup(arena, header->value, header->size), header->size};
}

static int unpack_binary(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         ProtobufCMessage **ret_message, struct refusal *ret_refusal) {
  int status = codec_cloudevent_binary(record, bounds, arena, ret_message, ret_refusal);
  if (status == 0) return 0;
  ret_refusal->id = header_text(record, "ce_id", arena);
  ret_refusal->tenant = header_text(record, "ce_tenant", arena);
  return status;
}

static int unpack_json(const ProtobufCMessageDescriptor *type, struct text source, bool is_cloudevent,
                       const struct codec_bounds *bounds, struct arena *arena, ProtobufCMessage **ret_message,
                       struct refusal *ret_refusal) {
  struct json_scan_value value;
  struct json_scan_fault fault;
  if (json_scan_check(source, &value, &fault) < 0)
    return codec_refuse(arena, ret_refusal, fault.code, "message: not JSON that can be stored: %s at byte %zu",
                        fault.what, fault.offset);
  if (value.kind != JSON_SCAN_OBJECT)
    return codec_refuse(arena, ret_refusal, "wrong_type", "message: %s, expected an object",
                        json_scan_kind_name(value.kind));
  int status;
  if (codec_cloudevent_fits(type) && (is_cloudevent || has_member(value, "specversion", arena)))
    status = codec_cloudevent_structured(value, bounds, arena, ret_message, ret_refusal);
  else
    status = codec_json_read(type, value, bounds, arena, ret_message, ret_refusal);
  if (status < 0) name_refused_json(value, arena, ret_refusal);
  return status;
}

int codec_form_unpack(const ProtobufCMessageDescriptor *type, const struct record *record,
                      const struct codec_bounds *bounds, struct arena *arena, ProtobufCMessage **ret_message,
                      struct refusal *ret_refusal) {
  *ret_refusal = (struct refusal){0};
  if (record->value_size > bounds->payload_bytes)
    return codec_refuse(arena, ret_refusal, "too_large", "record value: %zu bytes, expected at most %zu",
                        record->value_size, bounds->payload_bytes);
  enum codec_form form;
  int status = codec_form_of(record, arena, &form, ret_refusal);
  if (status < 0) return status;
  bool is_cloudevent = form == CODEC_CLOUDEVENT_BINARY || form == CODEC_CLOUDEVENT_STRUCTURED;
  if (is_cloudevent && !codec_cloudevent_fits(type))
    return codec_refuse(arena, ret_refusal, "wrong_type", "record: a CloudEvent, expected %s as protobuf or JSON",
                        type->short_name);
  if (form == CODEC_CLOUDEVENT_BINARY) return unpack_binary(record, bounds, arena, ret_message, ret_refusal);
  if (record->value_size == 0)
    return codec_refuse(arena, ret_refusal, "undecodable", "record value: empty, expected %s", type->short_name);
  struct text value = {record->value, record->value_size};
  if (form == CODEC_PROTOBUF) return codec_wire_unpack(type, value, bounds, arena, ret_message, ret_refusal);
  return unpack_json(type, value, is_cloudevent, bounds, arena, ret_message, ret_refusal);
}
