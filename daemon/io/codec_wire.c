// SPDX-License-Identifier: Apache-2.0
#include "io/codec_wire.h"

#include "io/codec_check.h"

enum { FIELDS_MAX = 32, UNKNOWN_MAX = 1024 };

// Where in the message the walk is, for texts: a chain outwards.
struct place {
  const struct place *outer;
  const char *field;
  size_t index; // of a repeated field's element
  bool is_repeated;
};

struct walk {
  const struct codec_bounds *bounds;
  struct arena *arena;
  struct refusal *refusal;
};

static const char *place_text(struct walk *walk, const struct place *place) {
  if (!place) return "message";
  const char *outer = place->outer ? place_text(walk, place->outer) : NULL;
  const char *name =
      place->is_repeated ? arena_printf(walk->arena, "%s[%zu]", place->field, place->index) : place->field;
  return outer ? arena_printf(walk->arena, "%s.%s", outer, name) : name;
}

static int refuse_at(struct walk *walk, const struct place *place, const char *code, const char *what) {
  return codec_refuse(walk->arena, walk->refusal, code, "%s: %s", place_text(walk, place), what);
}

static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret_value) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70 && *at < end; shift += 7) {
    uint8_t byte = *(*at)++;
    if (shift < 64) value |= (uint64_t)(byte & 0x7F) << shift;
    if (!(byte & 0x80)) {
      *ret_value = value;
      return true;
    }
  }
  return false;
}

// One field as it stands on the wire; `bytes` is used for the length-delimited kind.
struct wire_field {
  uint32_t number;
  ProtobufCWireType kind;
  const uint8_t *bytes;
  size_t size;
};

static bool take_field(const uint8_t **at, const uint8_t *end, struct wire_field *ret_field) {
  uint64_t tag, value;
  if (!take_varint(at, end, &tag) || tag >> 3 == 0 || tag >> 3 > (1u << 29) - 1) return false;
  struct wire_field field = {.number = (uint32_t)(tag >> 3), .kind = (ProtobufCWireType)(tag & 7)};
  size_t left;
  switch (field.kind) {
  case PROTOBUF_C_WIRE_TYPE_VARINT: *ret_field = field; return take_varint(at, end, &value);
  case PROTOBUF_C_WIRE_TYPE_64BIT: field.size = 8; break;
  case PROTOBUF_C_WIRE_TYPE_32BIT: field.size = 4; break;
  case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
    if (!take_varint(at, end, &value) || value > SIZE_MAX / 2) return false;
    field.size = (size_t)value;
    break;
  default: return false; // groups are not part of proto3
  }
  left = (size_t)(end - *at);
  if (field.size > left) return false;
  field.bytes = *at;
  *at += field.size;
  *ret_field = field;
  return true;
}

static ProtobufCWireType expected_kind(ProtobufCType type) {
  switch (type) {
  case PROTOBUF_C_TYPE_STRING:
  case PROTOBUF_C_TYPE_BYTES:
  case PROTOBUF_C_TYPE_MESSAGE: return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
  case PROTOBUF_C_TYPE_INT32:
  case PROTOBUF_C_TYPE_SINT32:
  case PROTOBUF_C_TYPE_INT64:
  case PROTOBUF_C_TYPE_BOOL:
  case PROTOBUF_C_TYPE_ENUM: return PROTOBUF_C_WIRE_TYPE_VARINT;
  default: break;
  }
  WF_ASSERT(false && "field type that the contract does not use");
}

static int check_message(struct walk *walk, const ProtobufCMessageDescriptor *type, struct text wire,
                         const struct place *outer);

static int check_string(struct walk *walk, const struct place *place, const struct wire_field *field) {
  if (memchr(field->bytes, 0, field->size)) return refuse_at(walk, place, "nul_in_text", "holds a NUL byte");
  if (!text_is_clean_utf8((const char *)field->bytes, field->size))
    return refuse_at(walk, place, "bad_utf8", "not UTF-8");
  return 0;
}

static int check_field(struct walk *walk, const ProtobufCFieldDescriptor *known, const struct wire_field *field,
                       const struct place *place) {
  if (field->kind != expected_kind(known->type))
    return refuse_at(walk, place, "wrong_type", "sent as another type than the contract's (expected protobuf, or JSON that begins with \"{\")");
  if (known->type == PROTOBUF_C_TYPE_STRING) return check_string(walk, place, field);
  if (known->type == PROTOBUF_C_TYPE_MESSAGE)
    return check_message(walk, known->descriptor, (struct text){(const char *)field->bytes, field->size}, place);
  return 0;
}

// How often fields were met in one message.
struct tally {
  size_t counts[FIELDS_MAX];
  size_t unknown;
};

// Counts an appearance; refuses one too many.
static int count_field(struct walk *walk, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *known,
                       struct tally *tally, const struct place *place) {
  size_t *count = &tally->counts[known - type->fields];
  ++*count;
  if (known->label == PROTOBUF_C_LABEL_REPEATED) {
    if (*count <= walk->bounds->recipients) return 0;
    return codec_refuse(walk->arena, walk->refusal, "too_large",
                        "%s: more than %zu, the most that one message may have", known->name, walk->bounds->recipients);
  }
  if (*count > 1) return refuse_at(walk, place, "undecodable", "given twice");
  if (!(known->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) return 0;
  for (unsigned i = 0; i < type->n_fields; i++) {
    const ProtobufCFieldDescriptor *other = &type->fields[i];
    bool same_oneof =
        (other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && other->quantifier_offset == known->quantifier_offset;
    if (other != known && same_oneof && tally->counts[i])
      return codec_refuse(walk->arena, walk->refusal, "undecodable", "%s: given together with %s, expected one of them",
                          place_text(walk, place), other->name);
  }
  return 0;
}

static int check_message(struct walk *walk, const ProtobufCMessageDescriptor *type, struct text wire,
                         const struct place *outer) {
  WF_ASSERT(type->n_fields <= FIELDS_MAX);
  struct tally tally = {0};
  const uint8_t *at = (const uint8_t *)wire.data, *end = at + wire.size;
  while (at < end) {
    struct wire_field field;
    if (!take_field(&at, end, &field))
      return refuse_at(walk, outer, "undecodable", "not protobuf (expected protobuf, or JSON that begins with \"{\")");
    const ProtobufCFieldDescriptor *known = protobuf_c_message_descriptor_get_field(type, field.number);
    if (!known) {
      if (++tally.unknown > UNKNOWN_MAX) return refuse_at(walk, outer, "too_large", "more than 1024 unknown fields");
      continue;
    }
    bool is_repeated = known->label == PROTOBUF_C_LABEL_REPEATED;
    struct place place = {outer, known->name, tally.counts[known - type->fields], is_repeated};
    int status = count_field(walk, type, known, &tally, &place);
    if (status == 0) status = check_field(walk, known, &field, &place);
    if (status < 0) return status;
  }
  return 0;
}

static void *allocate(void *arena, size_t size) { return arena_alloc(arena, size); }
static void release(void *arena, void *memory) { (void)arena, (void)memory; }

int codec_wire_unpack(const ProtobufCMessageDescriptor *type, struct text wire, const struct codec_bounds *bounds,
                      struct arena *arena, ProtobufCMessage **ret_message, struct refusal *ret_refusal) {
  struct walk walk = {bounds, arena, ret_refusal};
  if (wire.size == 0) wire.data = ""; // no bytes at all are a message without fields
  int status = check_message(&walk, type, wire, NULL);
  if (status < 0) return status;
  ProtobufCAllocator allocator = {allocate, release, arena};
  ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, wire.size, (const uint8_t *)wire.data);
  if (!message) return codec_refuse(arena, ret_refusal, "undecodable", "message: not protobuf of type %s", type->name);
  *ret_message = message;
  return 0;
}

void codec_wire_pack(const ProtobufCMessage *message, struct buf *out) {
  size_t size = protobuf_c_message_get_packed_size(message);
  protobuf_c_message_pack(message, (uint8_t *)buf_extend(out, size));
}
