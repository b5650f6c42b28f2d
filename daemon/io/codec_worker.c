// SPDX-License-Identifier: Apache-2.0
#include "io/codec_worker.h"

#include "io/codec_check.h"
#include "io/codec_form.h"
#include "io/codec_wire.h"
#include "workflow/v1/worker.pb-c.h"

// A retry asked for later than this is a slip of unit, not a wish.
#define RETRY_AFTER_MAX (366 * USEC_PER_DAY)

// ---- decoding -------------------------------------------------------------------

static struct action_id decode_action_id(struct codec_check *check, const char *text) {
  struct action_id id = {0};
  if (action_id_parse(text, strlen(text), &id) < 0)
    codec_check_fail(check, *text ? "wrong_type" : "missing_field",
                     "action_id: %s, expected \"<run id>:<number>\" as in the request",
                     codec_quote(check->arena, text_of(text)));
  else
    check->refusal->id = text_of(text);
  return id;
}

static void decode_failed(struct codec_check *check, const Workflow__V1__ActionFailed *failed,
                          struct action_result *result) {
  result->error_type = codec_check_id(check, "failed.type", failed->type);
  result->error_title = codec_cut(failed->title, MESSAGE_SUMMARY_MAX);
  result->error_detail = codec_cut(failed->detail, MESSAGE_DETAIL_MAX);
  result->error_status = failed->status;
  if (failed->status != 0 && (failed->status < 100 || failed->status > 599))
    codec_check_fail(check, "wrong_type", "failed.status: %d, expected 100 to 599, or 0 for none", failed->status);
  result->retryable = !failed->non_retryable;
  result->retry_after = codec_check_usec(check, "failed.retry_after_us", failed->retry_after_us);
  if (result->retry_after > RETRY_AFTER_MAX)
    codec_check_fail(check, "too_large", "failed.retry_after_us: more than 366 days");
}

static struct action_result decode_result(struct codec_check *check, const Workflow__V1__ActionResult *message) {
  struct action_result result = {.retryable = true};
  result.action = decode_action_id(check, message->action_id);
  result.attempt = codec_check_positive(check, "attempt", message->attempt);
  result.outcome = codec_check_id(check, "outcome", message->outcome);
  result.external_reference = codec_check_id(check, "external_reference", message->external_reference);
  result.summary = codec_cut(message->summary, MESSAGE_SUMMARY_MAX);
  result.detail_internal = codec_cut(message->detail_internal, MESSAGE_DETAIL_MAX);
  switch (message->result_case) {
  case WORKFLOW__V1__ACTION_RESULT__RESULT_COMPLETED:
    result.completed = true;
    result.output = codec_check_json(check, "completed.output", message->completed->output.data,
                                     message->completed->output.len, false);
    break;
  case WORKFLOW__V1__ACTION_RESULT__RESULT_FAILED: decode_failed(check, message->failed, &result); break;
  default: codec_check_fail(check, "missing_field", "result: missing, expected completed or failed");
  }
  return result;
}

static struct action_heartbeat decode_heartbeat(struct codec_check *check,
                                                const Workflow__V1__ActionHeartbeat *message) {
  struct action_heartbeat heartbeat = {0};
  heartbeat.action = decode_action_id(check, message->action_id);
  heartbeat.attempt = codec_check_positive(check, "attempt", message->attempt);
  heartbeat.progress = codec_check_json(check, "progress", message->progress.data, message->progress.len, false);
  return heartbeat;
}

int codec_decode_reply(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                       struct worker_reply *ret_reply, struct refusal *ret_refusal) {
  ProtobufCMessage *base;
  int status = codec_form_unpack(&workflow__v1__worker_reply__descriptor, record, bounds, arena, &base, ret_refusal);
  if (status < 0) return status;
  const Workflow__V1__WorkerReply *message = (const Workflow__V1__WorkerReply *)base;
  struct worker_reply reply = {0};
  struct codec_check check = {arena, ret_refusal, 0};
  switch (message->message_case) {
  case WORKFLOW__V1__WORKER_REPLY__MESSAGE_RESULT: reply.result = decode_result(&check, message->result); break;
  case WORKFLOW__V1__WORKER_REPLY__MESSAGE_HEARTBEAT:
    reply.is_heartbeat = true;
    reply.heartbeat = decode_heartbeat(&check, message->heartbeat);
    break;
  default: codec_check_fail(&check, "missing_field", "message: empty, expected result or heartbeat");
  }
  if (check.status < 0) return check.status;
  *ret_reply = reply;
  return 0;
}

static const char *present(const char *text) { return text && *text ? text : NULL; }

static struct action_request decode_request(struct codec_check *check, const Workflow__V1__ActionRequest *message) {
  struct action_request request = {0};
  request.action = decode_action_id(check, message->action_id);
  request.attempt = codec_check_positive(check, "attempt", message->attempt);
  request.reference = message->step;
  request.workflow = message->workflow;
  request.workflow_version = message->workflow_version;
  request.function = codec_check_required(check, "function", message->function).data;
  request.tenant = present(message->tenant);
  if (message->recipient) {
    request.recipient_collection = present(message->recipient->collection);
    request.recipient_id = present(message->recipient->id);
  }
  request.arguments = codec_check_json(check, "arguments", message->arguments.data, message->arguments.len, false);
  request.deadline = codec_check_usec(check, "deadline_us", message->deadline_us);
  request.heartbeat_timeout = codec_check_usec(check, "heartbeat_timeout_us", message->heartbeat_timeout_us);
  if (message->reply_to) {
    request.answer_topic = present(message->reply_to->topic);
    request.answer_partition = message->reply_to->partition;
  }
  request.traceparent = present(message->traceparent);
  return request;
}

static struct action_cancel decode_cancel(struct codec_check *check, const Workflow__V1__ActionCancel *message) {
  struct action_cancel cancel = {0};
  cancel.action = decode_action_id(check, message->action_id);
  cancel.attempt = codec_check_positive(check, "attempt", message->attempt);
  cancel.reason = present(message->reason);
  return cancel;
}

int codec_decode_request(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         struct worker_request *ret_request, struct refusal *ret_refusal) {
  ProtobufCMessage *base;
  int status = codec_form_unpack(&workflow__v1__worker_request__descriptor, record, bounds, arena, &base, ret_refusal);
  if (status < 0) return status;
  const Workflow__V1__WorkerRequest *message = (const Workflow__V1__WorkerRequest *)base;
  struct worker_request request = {0};
  struct codec_check check = {arena, ret_refusal, 0};
  switch (message->message_case) {
  case WORKFLOW__V1__WORKER_REQUEST__MESSAGE_REQUEST: request.request = decode_request(&check, message->request); break;
  case WORKFLOW__V1__WORKER_REQUEST__MESSAGE_CANCEL:
    request.is_cancel = true;
    request.cancel = decode_cancel(&check, message->cancel);
    break;
  default: codec_check_fail(&check, "missing_field", "message: empty, expected request or cancel");
  }
  if (check.status < 0) return check.status;
  *ret_request = request;
  return 0;
}

// ---- encoding -------------------------------------------------------------------

static char *string_of(const char *text) { return text ? (char *)text : (char *)protobuf_c_empty_string; }

void codec_encode_request(const struct action_request *request, struct buf *out) {
  Workflow__V1__WorkerRequest envelope = WORKFLOW__V1__WORKER_REQUEST__INIT;
  Workflow__V1__ActionRequest message = WORKFLOW__V1__ACTION_REQUEST__INIT;
  Workflow__V1__RecipientRef recipient = WORKFLOW__V1__RECIPIENT_REF__INIT;
  Workflow__V1__ReplyTo reply_to = WORKFLOW__V1__REPLY_TO__INIT;
  char action_id[ACTION_ID_TEXT_SIZE], run_id[UUID_TEXT_SIZE];
  envelope.message_case = WORKFLOW__V1__WORKER_REQUEST__MESSAGE_REQUEST;
  envelope.request = &message;
  message.action_id = action_id_format(&request->action, action_id);
  message.attempt = request->attempt;
  message.run_id = uuid_format(&request->action.run_id, run_id);
  message.step = string_of(request->reference);
  message.workflow = string_of(request->workflow);
  message.workflow_version = string_of(request->workflow_version);
  message.function = string_of(request->function);
  message.tenant = string_of(request->tenant);
  if (request->recipient_id) {
    recipient.collection = string_of(request->recipient_collection);
    recipient.id = string_of(request->recipient_id);
    message.recipient = &recipient;
  }
  message.arguments = codec_wire_bytes(request->arguments);
  message.deadline_us = request->deadline;
  message.heartbeat_timeout_us = request->heartbeat_timeout;
  if (request->answer_topic) {
    reply_to.topic = string_of(request->answer_topic);
    reply_to.partition = request->answer_partition;
    message.reply_to = &reply_to;
  }
  message.traceparent = string_of(request->traceparent);
  codec_wire_pack(&envelope.base, out);
}

void codec_encode_cancel(const struct action_cancel *cancel, struct buf *out) {
  Workflow__V1__WorkerRequest envelope = WORKFLOW__V1__WORKER_REQUEST__INIT;
  Workflow__V1__ActionCancel message = WORKFLOW__V1__ACTION_CANCEL__INIT;
  char action_id[ACTION_ID_TEXT_SIZE], run_id[UUID_TEXT_SIZE];
  envelope.message_case = WORKFLOW__V1__WORKER_REQUEST__MESSAGE_CANCEL;
  envelope.cancel = &message;
  message.action_id = action_id_format(&cancel->action, action_id);
  message.attempt = cancel->attempt;
  message.run_id = uuid_format(&cancel->action.run_id, run_id);
  message.reason = string_of(cancel->reason);
  codec_wire_pack(&envelope.base, out);
}

void codec_encode_result(const struct action_result *result, struct arena *scratch, struct buf *out) {
  Workflow__V1__WorkerReply envelope = WORKFLOW__V1__WORKER_REPLY__INIT;
  Workflow__V1__ActionResult message = WORKFLOW__V1__ACTION_RESULT__INIT;
  Workflow__V1__ActionCompleted completed = WORKFLOW__V1__ACTION_COMPLETED__INIT;
  Workflow__V1__ActionFailed failed = WORKFLOW__V1__ACTION_FAILED__INIT;
  char action_id[ACTION_ID_TEXT_SIZE];
  envelope.message_case = WORKFLOW__V1__WORKER_REPLY__MESSAGE_RESULT;
  envelope.result = &message;
  message.action_id = action_id_format(&result->action, action_id);
  message.attempt = result->attempt;
  message.outcome = codec_wire_string(scratch, result->outcome);
  message.external_reference = codec_wire_string(scratch, result->external_reference);
  message.summary = codec_wire_string(scratch, result->summary);
  message.detail_internal = codec_wire_string(scratch, result->detail_internal);
  if (result->completed) {
    message.result_case = WORKFLOW__V1__ACTION_RESULT__RESULT_COMPLETED;
    message.completed = &completed;
    completed.output = codec_wire_bytes(result->output);
  } else {
    message.result_case = WORKFLOW__V1__ACTION_RESULT__RESULT_FAILED;
    message.failed = &failed;
    failed.type = codec_wire_string(scratch, result->error_type);
    failed.status = result->error_status;
    failed.title = codec_wire_string(scratch, result->error_title);
    failed.detail = codec_wire_string(scratch, result->error_detail);
    failed.non_retryable = !result->retryable;
    failed.retry_after_us = result->retry_after;
  }
  codec_wire_pack(&envelope.base, out);
}

void codec_encode_heartbeat(const struct action_heartbeat *heartbeat, struct buf *out) {
  Workflow__V1__WorkerReply envelope = WORKFLOW__V1__WORKER_REPLY__INIT;
  Workflow__V1__ActionHeartbeat message = WORKFLOW__V1__ACTION_HEARTBEAT__INIT;
  char action_id[ACTION_ID_TEXT_SIZE];
  envelope.message_case = WORKFLOW__V1__WORKER_REPLY__MESSAGE_HEARTBEAT;
  envelope.heartbeat = &message;
  message.action_id = action_id_format(&heartbeat->action, action_id);
  message.attempt = heartbeat->attempt;
  message.progress = codec_wire_bytes(heartbeat->progress);
  codec_wire_pack(&envelope.base, out);
}
