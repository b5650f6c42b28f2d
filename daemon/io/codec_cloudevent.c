// SPDX-License-Identifier: Apache-2.0
#include "io/codec_cloudevent.h"

#include <jv.h>
#include <strings.h>

#include "io/codec_check.h"
#include "io/codec_json.h"
#include "workflow/v1/trigger_event.pb-c.h"

// An event while its attributes come in.
struct intake {
  const struct codec_bounds *bounds;
  struct arena *arena;
  struct refusal *refusal;
  Workflow__V1__TriggerEvent *event;
  struct text specversion, time, recipients, recipient_collection, source_kind, content_type, actor;
  uint32_t seen; // attributes, by their place in the two tables
  struct other { struct text name, value; } *others; // those without a place
  size_t other_count;
  bool is_structured;
};

struct attribute {
  const char *name;
  size_t offset; // of a string in TriggerEvent, or in its source
  bool in_source;
};

static const struct attribute attributes[] = {
    {"id", offsetof(Workflow__V1__TriggerEvent, id), false},
    {"type", offsetof(Workflow__V1__TriggerEvent, type), false},
    {"subject", offsetof(Workflow__V1__TriggerEvent, subject), false},
    {"tenant", offsetof(Workflow__V1__TriggerEvent, tenant), false},
    {"workflow", offsetof(Workflow__V1__TriggerEvent, workflow), false},
    {"workflowversion", offsetof(Workflow__V1__TriggerEvent, workflow_version), false},
    {"cancellationkey", offsetof(Workflow__V1__TriggerEvent, cancellation_key), false},
    {"correlationid", offsetof(Workflow__V1__TriggerEvent, correlation_id), false},
    {"traceparent", offsetof(Workflow__V1__TriggerEvent, traceparent), false},
    {"source", offsetof(Workflow__V1__TriggerSource, name), true},
    {"audiencekey", offsetof(Workflow__V1__TriggerSource, audience_key), true},
    {"scheduleid", offsetof(Workflow__V1__TriggerSource, schedule_id), true},
};

// What is looked at once all are in.
static const struct {
  const char *name;
  size_t offset; // of a text in struct intake
} kept[] = {
    {"specversion", offsetof(struct intake, specversion)},
    {"time", offsetof(struct intake, time)},
    {"recipients", offsetof(struct intake, recipients)},
    {"recipientcollection", offsetof(struct intake, recipient_collection)},
    {"sourcekind", offsetof(struct intake, source_kind)},
    {"actor", offsetof(struct intake, actor)},
};

enum { OTHERS_MAX = 64 };
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes, KEPT = sizeof kept / sizeof *kept };

static bool is(struct text name, const char *expected) { return text_equal(name, text_of(expected)); }

static int note(struct intake *intake, unsigned place, const char *name) {
  uint32_t bit = UINT32_C(1) << place;
  if (intake->seen & bit) return codec_refuse(intake->arena, intake->refusal, "undecodable", "%s: given twice", name);
  intake->seen |= bit;
  return 0;
}

// `value` is clean and terminated, in the arena. Refuses one that is there already.
static int take_attribute(struct intake *intake, struct text name, struct text value) {
  for (unsigned i = 0; i < ATTRIBUTES; i++) {
    if (!is(name, attributes[i].name)) continue;
    char *base = attributes[i].in_source ? (char *)intake->event->source : (char *)intake->event;
    *(char **)(base + attributes[i].offset) = (char *)value.data;
    return note(intake, i, attributes[i].name);
  }
  for (unsigned i = 0; i < KEPT; i++) {
    if (!is(name, kept[i].name)) continue;
    *(struct text *)((char *)intake + kept[i].offset) = value;
    return note(intake, ATTRIBUTES + i, kept[i].name);
  }
  if (is(name, "datacontenttype")) intake->content_type = value; // in binary mode it is a header of Kafka's too
  if (intake->other_count == OTHERS_MAX)
    return codec_refuse(intake->arena, intake->refusal, "too_large", "more than %d attributes without a field", (int)OTHERS_MAX);
  if (!intake->others) intake->others = arena_alloc(intake->arena, OTHERS_MAX * sizeof *intake->others);
  intake->others[intake->other_count++] = (struct other){name, value};
  return 0;
}

static void take_actor(struct intake *intake) {
  if (!intake->actor.data) return;
  intake->event->actor = arena_alloc(intake->arena, sizeof *intake->event->actor);
  workflow__v1__recipient_ref__init(intake->event->actor);
  intake->event->actor->id = (char *)intake->actor.data;
}

static struct intake intake_begin(const struct codec_bounds *bounds, struct arena *arena, struct refusal *refusal) {
  struct intake intake = {.bounds = bounds, .arena = arena, .refusal = refusal};
  intake.event = arena_alloc(arena, sizeof *intake.event);
  workflow__v1__trigger_event__init(intake.event);
  intake.event->source = arena_alloc(arena, sizeof *intake.event->source);
  workflow__v1__trigger_source__init(intake.event->source);
  return intake;
}

static int take_source_kind(struct intake *intake) {
  if (intake->source_kind.size == 0) return 0;
  const ProtobufCEnumDescriptor *kinds = &workflow__v1__trigger_source_kind__descriptor;
  size_t prefix = strlen("TRIGGER_SOURCE_KIND_");
  for (unsigned i = 0; i < kinds->n_values; i++) {
    if (strcasecmp(intake->source_kind.data, kinds->values[i].name + prefix) != 0) continue;
    intake->event->source->kind = (Workflow__V1__TriggerSourceKind)kinds->values[i].value;
    return 0;
  }
  return codec_refuse(intake->arena, intake->refusal, "wrong_type",
                      "sourcekind: %s, expected one of %s", codec_quote(intake->arena, intake->source_kind),
                      codec_json_enum_names(kinds, intake->arena));
}

static struct text trim(struct text text) {
  while (text.size && *text.data == ' ') text.data++, text.size--;
  while (text.size && text.data[text.size - 1] == ' ') text.size--;
  return text;
}

static void put_recipient(struct intake *intake, struct text id) {
  Workflow__V1__Recipient *recipient = arena_alloc(intake->arena, sizeof *recipient);
  workflow__v1__recipient__init(recipient);
  recipient->id = arena_strndup(intake->arena, id.data, id.size);
  if (intake->recipient_collection.size) recipient->collection = (char *)intake->recipient_collection.data;
  intake->event->recipients[intake->event->n_recipients++] = recipient;
}

// Recipients are the ids in `recipients`, else the subject.
static int take_recipients(struct intake *intake) {
  struct text list = intake->recipients;
  size_t count = list.size > 0;
  for (size_t i = 0; i < list.size; i++) count += list.data[i] == ',';
  if (count > intake->bounds->recipients)
    return codec_refuse(intake->arena, intake->refusal, "too_large",
                        "recipients: more than %zu, the most that one message may have", intake->bounds->recipients);
  intake->event->recipients = arena_alloc(intake->arena, (count + 1) * sizeof *intake->event->recipients);
  while (list.size) {
    const char *comma = memchr(list.data, ',', list.size);
    size_t size = comma ? (size_t)(comma - list.data) : list.size;
    struct text id = trim((struct text){list.data, size});
    if (id.size == 0)
      return codec_refuse(intake->arena, intake->refusal, "missing_field",
                          "recipients: an empty id, expected ids separated by commas");
    put_recipient(intake, id);
    list = comma ? (struct text){comma + 1, list.size - size - 1} : (struct text){0};
    if (comma && list.size == 0) // a comma at the end
      return codec_refuse(intake->arena, intake->refusal, "missing_field",
                          "recipients: an empty id, expected ids separated by commas");
  }
  struct text subject = text_of(intake->event->subject);
  if (count == 0 && subject.size) put_recipient(intake, subject);
  return 0;
}

// As a JSON object.
static void take_others(struct intake *intake) {
  if (!intake->other_count) return;
  jv object = jv_object();
  for (size_t i = 0; i < intake->other_count; i++) {
    const struct other *other = &intake->others[i];
    object = jv_object_set(object, jv_string_sized(other->name.data, (int)other->name.size),
                           jv_string_sized(other->value.data, (int)other->value.size));
  }
  jv text = jv_dump_string(object, 0);
  size_t size = (size_t)jv_string_length_bytes(jv_copy(text));
  intake->event->attributes.data = arena_memdup(intake->arena, jv_string_value(text), size);
  intake->event->attributes.len = size;
  jv_free(text);
}

static int intake_end(struct intake *intake, ProtobufCMessage **ret_message) {
  struct arena *arena = intake->arena;
  if (!is(intake->specversion, "1.0"))
    return codec_refuse(arena, intake->refusal, "not_supported", "specversion: %s, expected \"1.0\"",
                        codec_quote(arena, intake->specversion));
  if (!*intake->event->source->name)
    return codec_refuse(arena, intake->refusal, "missing_field", "source: missing or empty, expected a text");
  if (!*intake->event->type)
    return codec_refuse(arena, intake->refusal, "missing_field", "type: missing or empty, expected a text");
  struct text content_type = codec_media_type(intake->content_type);
  if (!intake->is_structured && content_type.size && intake->event->data.len && !codec_media_type_is_json(content_type))
    return codec_refuse(arena, intake->refusal, "wrong_type", "data: of type %s, expected JSON",
                        codec_quote(arena, content_type));
  if (intake->time.size && clock_parse(intake->time.data, intake->time.size, &intake->event->time_us) < 0)
    return codec_refuse(arena, intake->refusal, "wrong_type", "time: %s, expected an instant by RFC 3339",
                        codec_quote(arena, intake->time));
  take_actor(intake);
  take_others(intake);
  int status = take_source_kind(intake);
  if (status == 0) status = take_recipients(intake);
  if (status == 0) *ret_message = &intake->event->base;
  return status;
}

bool codec_cloudevent_fits(const ProtobufCMessageDescriptor *type) {
  return type == &workflow__v1__trigger_event__descriptor;
}

int codec_cloudevent_binary(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                            ProtobufCMessage **ret_message, struct refusal *ret_refusal) {
  struct intake intake = intake_begin(bounds, arena, ret_refusal);
  for (size_t i = 0; i < record->header_count; i++) {
    const struct message_header *header = &record->headers[i];
    bool is_type = strcasecmp(header->name, "content-type") == 0;
    if (!is_type && strncasecmp(header->name, "ce_", 3) != 0) continue;
    if (header->size && memchr(header->value, 0, header->size))
      return codec_refuse(arena, ret_refusal, "nul_in_text", "header %s: holds a NUL byte",
                          codec_quote(arena, text_of(header->name)));
    if (!text_is_clean_utf8(header->value, header->size))
      return codec_refuse(arena, ret_refusal, "bad_utf8", "header %s: not UTF-8",
                          codec_quote(arena, text_of(header->name)));
    struct text name = is_type ? TEXT("datacontenttype") : text_of(header->name + 3);
    char *value = arena_strndup(arena, header->size ? header->value : "", header->size);
    int status = take_attribute(&intake, name, (struct text){value, header->size});
    if (status < 0) return status;
  }
  if (record->value_size) {
    intake.event->data.data = arena_memdup(arena, record->value, record->value_size);
    intake.event->data.len = record->value_size;
  }
  return intake_end(&intake, ret_message);
}

// Attributes are strings; a number or truth value of an extension counts as its text.
static int take_member(struct intake *intake, struct text name, struct json_scan_value value) {
  if (is(name, "data_base64"))
    return codec_refuse(intake->arena, intake->refusal, "not_supported",
                        "data_base64: binary data, expected `data` with JSON");
  if (is(name, "data")) {
    if (intake->event->data.data)
      return codec_refuse(intake->arena, intake->refusal, "undecodable", "data: given twice");
    intake->event->data.data = arena_memdup(intake->arena, value.text.data, value.text.size);
    intake->event->data.len = value.text.size;
    return 0;
  }
  struct text text;
  switch (value.kind) {
  case JSON_SCAN_STRING: text = json_scan_string(value, intake->arena); break;
  case JSON_SCAN_NUMBER:
  case JSON_SCAN_TRUE:
  case JSON_SCAN_FALSE:
    text = (struct text){arena_strndup(intake->arena, value.text.data, value.text.size), value.text.size};
    break;
  default:
    return codec_refuse(intake->arena, intake->refusal, "wrong_type", "%s: %s, expected a string",
                        codec_quote(intake->arena, name), json_scan_kind_name(value.kind));
  }
  return take_attribute(intake, name, text);
}

int codec_cloudevent_structured(struct json_scan_value object, const struct codec_bounds *bounds, struct arena *arena,
                                ProtobufCMessage **ret_message, struct refusal *ret_refusal) {
  struct intake intake = intake_begin(bounds, arena, ret_refusal);
  intake.is_structured = true;
  struct json_scan_cursor cursor = json_scan_open(object);
  struct json_scan_value name, value;
  while (json_scan_member(&cursor, &name, &value)) {
    if (value.kind == JSON_SCAN_NULL) continue;
    int status = take_member(&intake, json_scan_string(name, arena), value);
    if (status < 0) return status;
  }
  return intake_end(&intake, ret_message);
}
