// SPDX-License-Identifier: Apache-2.0
#include "io/codec_command.h"

#include <stdio.h>

#include "io/codec_check.h"
#include "io/codec_form.h"
#include "io/codec_wire.h"
#include "workflow/v1/run_command.pb-c.h"

// ---- decoding -------------------------------------------------------------------

static enum run_command_kind kind_of(struct codec_check *check, Workflow__V1__RunCommandKind kind) {
  switch (kind) {
  case WORKFLOW__V1__RUN_COMMAND_KIND__RUN_COMMAND_KIND_CANCEL: return COMMAND_CANCEL;
  case WORKFLOW__V1__RUN_COMMAND_KIND__RUN_COMMAND_KIND_SUSPEND: return COMMAND_SUSPEND;
  case WORKFLOW__V1__RUN_COMMAND_KIND__RUN_COMMAND_KIND_RESUME: return COMMAND_RESUME;
  case WORKFLOW__V1__RUN_COMMAND_KIND__RUN_COMMAND_KIND_RETRY: return COMMAND_RETRY;
  case WORKFLOW__V1__RUN_COMMAND_KIND__RUN_COMMAND_KIND_UNSPECIFIED:
    codec_check_fail(check, "missing_field", "kind: missing, expected CANCEL, SUSPEND, RESUME or RETRY");
    return COMMAND_CANCEL;
  default:
    codec_check_fail(check, "wrong_type", "kind: %d is none of the numbers of RunCommandKind", (int)kind);
    return COMMAND_CANCEL;
  }
}

static void decode_recipients(struct codec_check *check, const Workflow__V1__CancellationTarget *target,
                              struct run_command *command) {
  size_t count = target->n_recipients;
  command->recipient_count = count;
  command->recipients = arena_alloc0(check->arena, (count + 1) * sizeof *command->recipients);
  for (size_t i = 0; i < count && check->status == 0; i++) {
    char field[64];
    snprintf(field, sizeof field, "cancellation.recipients[%zu]", i);
    command->recipients[i].id = codec_check_required(check, field, target->recipients[i]->id);
    command->recipients[i].collection = codec_check_id(check, field, target->recipients[i]->collection);
  }
}

static void decode_cancellation(struct codec_check *check, const Workflow__V1__CancellationTarget *target,
                                struct run_command *command) {
  command->tenant = codec_check_id(check, "cancellation.tenant", target->tenant);
  check->refusal->tenant = command->tenant;
  command->workflow = codec_check_id(check, "cancellation.workflow", target->workflow);
  command->cancellation_key = codec_check_required(check, "cancellation.cancellation_key", target->cancellation_key);
  if (command->kind != COMMAND_CANCEL)
    codec_check_fail(check, "not_supported", "cancellation: only CANCEL goes by key, expected run_id");
  decode_recipients(check, target, command);
}

static void decode_target(struct codec_check *check, const Workflow__V1__RunCommand *message,
                          struct run_command *command) {
  switch (message->target_case) {
  case WORKFLOW__V1__RUN_COMMAND__TARGET_RUN_ID:
    command->has_run_id = true;
    if (uuid_parse(message->run_id, strlen(message->run_id), &command->run_id) < 0)
      codec_check_fail(check, "wrong_type", "run_id: %s, expected a UUID",
                       codec_quote(check->arena, text_of(message->run_id)));
    break;
  case WORKFLOW__V1__RUN_COMMAND__TARGET_CANCELLATION:
    decode_cancellation(check, message->cancellation, command);
    break;
  default: codec_check_fail(check, "missing_field", "target: missing, expected run_id or cancellation");
  }
}

int codec_decode_command(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         struct run_command *ret_command, struct refusal *ret_refusal) {
  ProtobufCMessage *base;
  int status = codec_form_unpack(&workflow__v1__run_command__descriptor, record, bounds, arena, &base, ret_refusal);
  if (status < 0) return status;
  const Workflow__V1__RunCommand *message = (const Workflow__V1__RunCommand *)base;
  struct run_command command = {0};
  struct codec_check check = {arena, ret_refusal, 0};
  command.id = codec_check_id(&check, "id", message->id);
  if (check.status == 0) ret_refusal->id = command.id;
  command.kind = kind_of(&check, message->kind);
  decode_target(&check, message, &command);
  command.actor = codec_check_id(&check, "actor", message->actor);
  command.reason = codec_cut(message->reason, MESSAGE_SUMMARY_MAX);
  command.time = codec_check_instant(&check, "time_us", message->time_us);
  if (command.time == 0) command.time = record->timestamp;
  if (check.status < 0) return check.status;
  *ret_command = command;
  return 0;
}

// ---- encoding -------------------------------------------------------------------

static Workflow__V1__CancellationTarget *encode_cancellation(const struct run_command *command, struct arena *scratch) {
  size_t count = command->recipient_count;
  Workflow__V1__CancellationTarget *target = arena_alloc(scratch, sizeof *target);
  Workflow__V1__RecipientRef *recipients = arena_alloc(scratch, (count + 1) * sizeof *recipients);
  workflow__v1__cancellation_target__init(target);
  target->tenant = codec_wire_string(scratch, command->tenant);
  target->workflow = codec_wire_string(scratch, command->workflow);
  target->cancellation_key = codec_wire_string(scratch, command->cancellation_key);
  target->n_recipients = count;
  target->recipients = arena_alloc(scratch, (count + 1) * sizeof *target->recipients);
  for (size_t i = 0; i < count; i++) {
    workflow__v1__recipient_ref__init(&recipients[i]);
    recipients[i].collection = codec_wire_string(scratch, command->recipients[i].collection);
    recipients[i].id = codec_wire_string(scratch, command->recipients[i].id);
    target->recipients[i] = &recipients[i];
  }
  return target;
}

void codec_encode_command(const struct run_command *command, struct arena *scratch, struct buf *out) {
  Workflow__V1__RunCommand message = WORKFLOW__V1__RUN_COMMAND__INIT;
  char run_id[UUID_TEXT_SIZE];
  message.id = codec_wire_string(scratch, command->id);
  message.kind = (Workflow__V1__RunCommandKind)(command->kind + 1); // 0 is "not said"
  message.actor = codec_wire_string(scratch, command->actor);
  message.reason = codec_wire_string(scratch, command->reason);
  message.time_us = command->time;
  if (command->has_run_id) {
    message.target_case = WORKFLOW__V1__RUN_COMMAND__TARGET_RUN_ID;
    message.run_id = uuid_format(&command->run_id, run_id);
  } else {
    message.target_case = WORKFLOW__V1__RUN_COMMAND__TARGET_CANCELLATION;
    message.cancellation = encode_cancellation(command, scratch);
  }
  codec_wire_pack(&message.base, out);
}
