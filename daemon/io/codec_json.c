// SPDX-License-Identifier: Apache-2.0
#include "io/codec_json.h"

#include <ctype.h>
#include <strings.h>

#include "base/clock.h"
#include "io/codec_check.h"

// Where in the message the reader is, for texts: a chain outwards.
struct place {
  const struct place *outer;
  const char *name;
  size_t index;
  bool is_element;
};

struct reader {
  const struct codec_bounds *bounds;
  struct arena *arena;
  struct refusal *refusal;
};

static const char *place_text(struct reader *reader, const struct place *place) {
  if (!place) return "message";
  const char *name =
      place->is_element ? arena_printf(reader->arena, "%s[%zu]", place->name, place->index) : place->name;
  return place->outer ? arena_printf(reader->arena, "%s.%s", place_text(reader, place->outer), name) : name;
}

static int refuse_type(struct reader *reader, const struct place *place, struct json_scan_value value,
                       const char *expected) {
  return codec_refuse(reader->arena, reader->refusal, "wrong_type", "%s: %s, expected %s", place_text(reader, place),
                      json_scan_kind_name(value.kind), expected);
}

static int refuse_at(struct reader *reader, const struct place *place, const char *code, const char *what) {
  return codec_refuse(reader->arena, reader->refusal, code, "%s: %s", place_text(reader, place), what);
}

static void *member(ProtobufCMessage *message, unsigned offset) { return (char *)message + offset; }

// Whether `given` is the field's name in snake_case or lowerCamelCase.
static bool is_name(struct text given, const char *name) {
  if (text_equal(given, text_of(name))) return true;
  size_t i = 0;
  for (; *name && i < given.size; name++, i++) {
    char expected = *name;
    if (expected == '_') {
      expected = *++name;
      if (expected >= 'a' && expected <= 'z') expected = (char)(expected - 'a' + 'A');
    }
    if (given.data[i] != expected) return false;
  }
  return *name == '\0' && i == given.size;
}

// The name of `time_us` when it is given as an instant, not as a number.
static const char instant[] = "time";

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type, struct text name) {
  if (text_equal(name, text_of(instant))) return protobuf_c_message_descriptor_get_field_by_name(type, "time_us");
  for (unsigned i = 0; i < type->n_fields; i++)
    if (is_name(name, type->fields[i].name)) return &type->fields[i];
  return NULL;
}

enum { FIELDS_MAX = 64 };

// As protobuf's own JSON does: a slip in a name must not look like a value that was not given.
static int refuse_name(struct reader *reader, const ProtobufCMessageDescriptor *type, const struct place *outer,
                       struct text name) {
  const char *names[FIELDS_MAX];
  const char *list = "";
  for (unsigned i = 0; i < type->n_fields; i++) {
    names[i] = type->fields[i].name;
    list = arena_printf(reader->arena, "%s%s%s", list, i ? ", " : "", names[i]);
  }
  const char *near = text_near_miss(name.data, names, type->n_fields);
  return codec_refuse(reader->arena, reader->refusal, "undecodable", "%s: unknown name %s, expected %s%s",
                      place_text(reader, outer), codec_quote(reader->arena, name), near ? "perhaps " : "one of ",
                      near ? near : list);
}

// All names have the prefix of the first, which is "…_UNSPECIFIED".
static size_t enum_prefix(const ProtobufCEnumDescriptor *type) {
  return strlen(protobuf_c_enum_descriptor_get_value(type, 0)->name) - strlen("UNSPECIFIED");
}

const char *codec_json_enum_names(const ProtobufCEnumDescriptor *type, struct arena *arena) {
  const char *list = "";
  for (unsigned i = 0; i < type->n_values; i++) {
    if (type->values[i].value == 0) continue;
    char *name = arena_strdup(arena, type->values[i].name + enum_prefix(type));
    for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
    list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", name);
  }
  return list;
}

// By its whole name, or by what stands behind the common prefix, in any case: "api".
static int read_enum(struct reader *reader, const ProtobufCEnumDescriptor *type, struct json_scan_value value,
                     const struct place *place, int *ret_number) {
  int64_t number;
  if (value.kind == JSON_SCAN_NUMBER && json_scan_integer(value, &number) && number >= 0 && number <= INT32_MAX) {
    *ret_number = (int)number; // whether it is known is for the decoder, as with protobuf
    return 0;
  }
  if (value.kind != JSON_SCAN_STRING) return refuse_type(reader, place, value, "a name");
  struct text name = json_scan_string(value, reader->arena);
  size_t prefix = enum_prefix(type);
  for (unsigned i = 0; i < type->n_values; i++) {
    const char *whole = type->values[i].name;
    if (strcasecmp(name.data, whole) == 0 || strcasecmp(name.data, whole + prefix) == 0) {
      *ret_number = type->values[i].value;
      return 0;
    }
  }
  return codec_refuse(reader->arena, reader->refusal, "wrong_type", "%s: %s, expected one of %s",
                      place_text(reader, place), codec_quote(reader->arena, name), codec_json_enum_names(type, reader->arena));
}

static int read_instant(struct reader *reader, struct json_scan_value value, const struct place *place, int64_t *out) {
  if (value.kind != JSON_SCAN_STRING) return refuse_type(reader, place, value, "an instant by RFC 3339");
  struct text text = json_scan_string(value, reader->arena);
  if (clock_parse(text.data, text.size, out) == 0) return 0;
  return codec_refuse(reader->arena, reader->refusal, "wrong_type", "%s: %s, expected an instant by RFC 3339",
                      place_text(reader, place), codec_quote(reader->arena, text));
}

static int read_integer(struct reader *reader, ProtobufCType type, struct json_scan_value value,
                        const struct place *place, void *out) {
  int64_t integer;
  if (!json_scan_integer(value, &integer)) return refuse_type(reader, place, value, "a whole number of 64 bits");
  if (type == PROTOBUF_C_TYPE_INT64) {
    memcpy(out, &integer, sizeof integer);
    return 0;
  }
  if (integer < INT32_MIN || integer > INT32_MAX) return refuse_at(reader, place, "wrong_type", "more than 32 bits");
  int32_t small = (int32_t)integer;
  memcpy(out, &small, sizeof small);
  return 0;
}

static int read_message(struct reader *reader, const ProtobufCMessageDescriptor *type, struct json_scan_value value,
                        const struct place *place, ProtobufCMessage **ret_message);

static int read_value(struct reader *reader, const ProtobufCFieldDescriptor *field, struct json_scan_value value,
                      const struct place *place, void *out) {
  switch (field->type) {
  case PROTOBUF_C_TYPE_STRING:
    if (value.kind != JSON_SCAN_STRING) return refuse_type(reader, place, value, "a string");
    *(char **)out = (char *)json_scan_string(value, reader->arena).data;
    return 0;
  case PROTOBUF_C_TYPE_BYTES: // JSON within the message: the slice as received
    *(ProtobufCBinaryData *)out = (ProtobufCBinaryData){
        .len = value.text.size, .data = arena_memdup(reader->arena, value.text.data, value.text.size)};
    return 0;
  case PROTOBUF_C_TYPE_BOOL:
    if (value.kind != JSON_SCAN_TRUE && value.kind != JSON_SCAN_FALSE)
      return refuse_type(reader, place, value, "true or false");
    *(protobuf_c_boolean *)out = value.kind == JSON_SCAN_TRUE;
    return 0;
  case PROTOBUF_C_TYPE_ENUM: return read_enum(reader, field->descriptor, value, place, out);
  case PROTOBUF_C_TYPE_INT32:
  case PROTOBUF_C_TYPE_INT64: return read_integer(reader, field->type, value, place, out);
  case PROTOBUF_C_TYPE_MESSAGE: return read_message(reader, field->descriptor, value, place, out);
  default: break;
  }
  WF_ASSERT(false && "field type that the contract does not use");
}

// Repeated fields of the contract are messages.
static int read_repeated(struct reader *reader, const ProtobufCFieldDescriptor *field, struct json_scan_value value,
                         const struct place *place, ProtobufCMessage *message) {
  WF_ASSERT(field->type == PROTOBUF_C_TYPE_MESSAGE);
  if (value.kind != JSON_SCAN_ARRAY) return refuse_type(reader, place, value, "an array");
  struct json_scan_value element;
  size_t count = 0;
  for (struct json_scan_cursor c = json_scan_open(value); json_scan_element(&c, &element);)
    if (++count > reader->bounds->recipients)
      return codec_refuse(reader->arena, reader->refusal, "too_large",
                          "%s: more than %zu, the most that one message may have", place_text(reader, place),
                          reader->bounds->recipients);
  ProtobufCMessage **elements = arena_alloc(reader->arena, (count + 1) * sizeof(ProtobufCMessage *));
  size_t i = 0;
  for (struct json_scan_cursor c = json_scan_open(value); json_scan_element(&c, &element); i++) {
    struct place inner = {place->outer, place->name, i, true};
    int status = read_message(reader, field->descriptor, element, &inner, &elements[i]);
    if (status < 0) return status;
  }
  *(size_t *)member(message, field->quantifier_offset) = count;
  *(ProtobufCMessage ***)member(message, field->offset) = elements;
  return 0;
}

// One member of an object that is a field of the message.
static int read_field(struct reader *reader, const ProtobufCFieldDescriptor *field, struct json_scan_value value,
                      const struct place *place, ProtobufCMessage *message) {
  if (field->label == PROTOBUF_C_LABEL_REPEATED) return read_repeated(reader, field, value, place, message);
  if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
    uint32_t *chosen = member(message, field->quantifier_offset);
    if (*chosen) {
      const char *other = protobuf_c_message_descriptor_get_field(message->descriptor, *chosen)->name;
      return codec_refuse(reader->arena, reader->refusal, "undecodable",
                          "%s: given together with %s, expected one of them", place_text(reader, place), other);
    }
    *chosen = field->id;
  }
  if (place->name == instant) return read_instant(reader, value, place, member(message, field->offset));
  return read_value(reader, field, value, place, member(message, field->offset));
}

static ProtobufCMessage *new_message(struct reader *reader, const ProtobufCMessageDescriptor *type) {
  ProtobufCMessage *message = arena_alloc0(reader->arena, type->sizeof_message);
  type->message_init(message);
  return message;
}

// Whether it names somebody: then an id alone will do.
static bool is_reference(const ProtobufCMessageDescriptor *type) {
  return protobuf_c_message_descriptor_get_field_by_name(type, "id") &&
         protobuf_c_message_descriptor_get_field_by_name(type, "collection");
}

// "lead-1" for {"id": "lead-1"}, where a recipient is meant.
static bool read_plain_id(struct reader *reader, const ProtobufCMessageDescriptor *type, struct json_scan_value value,
                          ProtobufCMessage **ret_message) {
  const ProtobufCFieldDescriptor *id = protobuf_c_message_descriptor_get_field_by_name(type, "id");
  if (value.kind != JSON_SCAN_STRING || !is_reference(type)) return false;
  *ret_message = new_message(reader, type);
  *(char **)member(*ret_message, id->offset) = (char *)json_scan_string(value, reader->arena).data;
  return true;
}

static int read_message(struct reader *reader, const ProtobufCMessageDescriptor *type, struct json_scan_value value,
                        const struct place *outer, ProtobufCMessage **ret_message) {
  if (read_plain_id(reader, type, value, ret_message)) return 0;
  if (value.kind != JSON_SCAN_OBJECT)
    return refuse_type(reader, outer, value, is_reference(type) ? "an object or an id" : "an object");
  ProtobufCMessage *message = new_message(reader, type);
  struct json_scan_cursor cursor = json_scan_open(value);
  struct json_scan_value name, member_value;
  uint64_t seen = 0;
  WF_ASSERT(type->n_fields <= FIELDS_MAX);
  while (json_scan_member(&cursor, &name, &member_value)) {
    struct text given = json_scan_string(name, reader->arena);
    const ProtobufCFieldDescriptor *field = find_field(type, given);
    if (!field) return refuse_name(reader, type, outer, given);
    struct place place = {outer, text_equal(given, text_of(instant)) ? instant : field->name, 0, false};
    uint64_t bit = UINT64_C(1) << (field - type->fields);
    if (seen & bit) return refuse_at(reader, &place, "undecodable", "given twice");
    seen |= bit;
    if (member_value.kind == JSON_SCAN_NULL) continue;
    int status = read_field(reader, field, member_value, &place, message);
    if (status < 0) return status;
  }
  *ret_message = message;
  return 0;
}

int codec_json_read(const ProtobufCMessageDescriptor *type, struct json_scan_value value,
                    const struct codec_bounds *bounds, struct arena *arena, ProtobufCMessage **ret_message,
                    struct refusal *ret_refusal) {
  struct reader reader = {bounds, arena, ret_refusal};
  return read_message(&reader, type, value, NULL, ret_message);
}
