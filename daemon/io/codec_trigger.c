// SPDX-License-Identifier: Apache-2.0
#include "io/codec_trigger.h"

#include <stdio.h>

#include "io/codec_check.h"
#include "io/codec_form.h"
#include "io/codec_wire.h"
#include "workflow/v1/trigger_event.pb-c.h"

// ---- decoding -------------------------------------------------------------------

static enum source_kind source_kind_of(struct codec_check *check, Workflow__V1__TriggerSourceKind kind) {
  switch (kind) {
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_UNSPECIFIED:
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_API: return SOURCE_API;
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_AUDIENCE: return SOURCE_AUDIENCE;
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_SCHEDULE: return SOURCE_SCHEDULE;
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_BROADCAST: return SOURCE_BROADCAST;
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_WORKFLOW_STEP: return SOURCE_WORKFLOW_STEP;
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_INTEGRATION: return SOURCE_INTEGRATION;
  case WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_REHEARSAL: return SOURCE_REHEARSAL;
  default:
    codec_check_fail(check, "wrong_type", "source.kind: %d is none of the numbers of TriggerSourceKind", (int)kind);
    return SOURCE_API;
  }
}

static void decode_source(struct codec_check *check, const Workflow__V1__TriggerSource *source,
                          struct trigger_event *event) {
  if (!source) return;
  event->source_kind = source_kind_of(check, source->kind);
  event->source_name = codec_check_id(check, "source.name", source->name);
  event->audience_key = codec_check_id(check, "source.audience_key", source->audience_key);
  event->schedule_id = codec_check_id(check, "source.schedule_id", source->schedule_id);
}

// Results that no action would give are a slip that would ask workers for real.
static void decode_settings(struct codec_check *check, const Workflow__V1__TriggerSettings *settings,
                            struct trigger_event *event) {
  if (!settings) return;
  event->settings.sandbox = settings->sandbox;
  event->settings.skip_delays = settings->skip_delays;
  event->settings.results =
      codec_check_json(check, "settings.results", settings->results.data, settings->results.len, true);
  if (event->settings.results.data && !settings->sandbox && event->source_kind != SOURCE_REHEARSAL)
    codec_check_fail(check, "not_supported",
                     "settings.results: given for a trigger that asks workers, expected a rehearsal or settings.sandbox");
}

static void decode_recipient(struct codec_check *check, size_t i, const Workflow__V1__Recipient *in,
                             struct trigger_recipient *out) {
  char field[64]; // made for every recipient: not worth arena memory when all is well
  snprintf(field, sizeof field, "recipients[%zu].id", i);
  out->ref.id = codec_check_required(check, field, in->id);
  snprintf(field, sizeof field, "recipients[%zu].collection", i);
  out->ref.collection = codec_check_id(check, field, in->collection);
  if (in->data.len == 0) return;
  snprintf(field, sizeof field, "recipients[%zu].data", i);
  out->data = codec_check_json(check, field, in->data.data, in->data.len, true);
}

// Returns whether any recipient has data of its own.
static bool decode_recipients(struct codec_check *check, const Workflow__V1__TriggerEvent *message,
                              struct trigger_event *event) {
  bool any_data = false;
  event->recipient_count = message->n_recipients;
  event->recipients = arena_alloc0(check->arena, (message->n_recipients + 1) * sizeof *event->recipients);
  for (size_t i = 0; i < message->n_recipients && check->status == 0; i++) {
    decode_recipient(check, i, message->recipients[i], &event->recipients[i]);
    any_data = any_data || event->recipients[i].data.data;
  }
  return any_data;
}

static void decode_fields(struct codec_check *check, const Workflow__V1__TriggerEvent *message,
                          struct trigger_event *event) {
  event->id = codec_check_required(check, "id", message->id);
  event->tenant = codec_check_id(check, "tenant", message->tenant);
  if (check->status == 0) { // what is known for the record of a refusal
    check->refusal->id = event->id;
    check->refusal->tenant = event->tenant;
  }
  event->workflow = codec_check_id(check, "workflow", message->workflow);
  event->workflow_version = codec_check_id(check, "workflow_version", message->workflow_version);
  if (event->workflow_version.data && !event->workflow.data)
    codec_check_fail(check, "missing_field", "workflow: missing, expected the name of which workflow_version is the version");
  event->type = event->workflow.data ? codec_check_id(check, "type", message->type)
                                     : codec_check_required(check, "type (or workflow)", message->type);
  event->subject = codec_check_id(check, "subject", message->subject);
  event->cancellation_key = codec_check_id(check, "cancellation_key", message->cancellation_key);
  event->correlation_id = codec_check_id(check, "correlation_id", message->correlation_id);
  event->traceparent = codec_check_id(check, "traceparent", message->traceparent);
  event->time = codec_check_instant(check, "time_us", message->time_us);
  decode_source(check, message->source, event);
  if (message->actor) {
    event->actor.id = codec_check_required(check, "actor.id", message->actor->id);
    event->actor.collection = codec_check_id(check, "actor.collection", message->actor->collection);
  }
  decode_settings(check, message->settings, event);
  event->attributes = codec_check_json(check, "attributes", message->attributes.data, message->attributes.len, true);
  bool is_merged = decode_recipients(check, message, event);
  event->data = codec_check_json(check, "data", message->data.data, message->data.len, is_merged);
}

int codec_decode_trigger(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         struct trigger_event *ret_event, struct refusal *ret_refusal) {
  ProtobufCMessage *message;
  int status =
      codec_form_unpack(&workflow__v1__trigger_event__descriptor, record, bounds, arena, &message, ret_refusal);
  if (status < 0) return status;
  struct trigger_event event = {.source_kind = SOURCE_API};
  struct codec_check check = {arena, ret_refusal, 0};
  decode_fields(&check, (const Workflow__V1__TriggerEvent *)message, &event);
  if (check.status < 0) return check.status;
  *ret_event = event;
  return 0;
}

// ---- encoding -------------------------------------------------------------------

static void encode_source(const struct trigger_event *event, struct arena *scratch, Workflow__V1__TriggerSource *out) {
  workflow__v1__trigger_source__init(out);
  // The contract counts from 1: 0 is "not said".
  out->kind = (Workflow__V1__TriggerSourceKind)(event->source_kind + 1);
  out->name = codec_wire_string(scratch, event->source_name);
  out->audience_key = codec_wire_string(scratch, event->audience_key);
  out->schedule_id = codec_wire_string(scratch, event->schedule_id);
}

static void encode_recipients(const struct trigger_event *event, struct arena *scratch,
                              Workflow__V1__TriggerEvent *message) {
  size_t count = event->recipient_count;
  Workflow__V1__Recipient *recipients = arena_alloc(scratch, (count + 1) * sizeof *recipients);
  message->recipients = arena_alloc(scratch, (count + 1) * sizeof *message->recipients);
  message->n_recipients = count;
  for (size_t i = 0; i < count; i++) {
    const struct trigger_recipient *recipient = &event->recipients[i];
    workflow__v1__recipient__init(&recipients[i]);
    recipients[i].collection = codec_wire_string(scratch, recipient->ref.collection);
    recipients[i].id = codec_wire_string(scratch, recipient->ref.id);
    recipients[i].data = codec_wire_bytes(recipient->data);
    message->recipients[i] = &recipients[i];
  }
}

void codec_encode_trigger(const struct trigger_event *event, struct arena *scratch, struct buf *out) {
  Workflow__V1__TriggerEvent message = WORKFLOW__V1__TRIGGER_EVENT__INIT;
  Workflow__V1__TriggerSource source;
  Workflow__V1__RecipientRef actor = WORKFLOW__V1__RECIPIENT_REF__INIT;
  Workflow__V1__TriggerSettings settings = WORKFLOW__V1__TRIGGER_SETTINGS__INIT;
  encode_source(event, scratch, &source);
  message.source = &source;
  if (event->actor.id.data) {
    actor.id = codec_wire_string(scratch, event->actor.id);
    actor.collection = codec_wire_string(scratch, event->actor.collection);
    message.actor = &actor;
  }
  if (event->settings.sandbox || event->settings.skip_delays || event->settings.results.data) {
    settings.sandbox = event->settings.sandbox;
    settings.skip_delays = event->settings.skip_delays;
    settings.results = codec_wire_bytes(event->settings.results);
    message.settings = &settings;
  }
  message.id = codec_wire_string(scratch, event->id);
  message.type = codec_wire_string(scratch, event->type);
  message.tenant = codec_wire_string(scratch, event->tenant);
  message.workflow = codec_wire_string(scratch, event->workflow);
  message.workflow_version = codec_wire_string(scratch, event->workflow_version);
  message.subject = codec_wire_string(scratch, event->subject);
  message.cancellation_key = codec_wire_string(scratch, event->cancellation_key);
  message.correlation_id = codec_wire_string(scratch, event->correlation_id);
  message.traceparent = codec_wire_string(scratch, event->traceparent);
  message.time_us = event->time;
  message.data = codec_wire_bytes(event->data);
  message.attributes = codec_wire_bytes(event->attributes);
  encode_recipients(event, scratch, &message);
  codec_wire_pack(&message.base, out);
}
