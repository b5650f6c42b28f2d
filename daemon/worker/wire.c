// SPDX-License-Identifier: Apache-2.0
#include "worker/wire.h"

#include <string.h>
#include <workflow/v1/worker.pb-c.h>

static void *allocate(void *arena, size_t size) { return arena_alloc(arena, size); }
static void release(void *arena, void *piece) { (void)arena, (void)piece; }

static int read_request(const Workflow__V1__ActionRequest *from, struct wire_message *to) {
  if (!*from->action_id || !*from->function || from->attempt < 1 || !from->reply_to || !*from->reply_to->topic ||
      from->reply_to->partition < 0)
    return -WF_EINVAL;
  *to = (struct wire_message){.kind = WIRE_REQUEST,
                              .action_id = from->action_id,
                              .run_id = from->run_id,
                              .attempt = from->attempt,
                              .function = from->function,
                              .reply_topic = from->reply_to->topic,
                              .reply_partition = from->reply_to->partition,
                              .heartbeat_timeout = from->heartbeat_timeout_us,
                              .arguments = {(const char *)from->arguments.data, from->arguments.len}};
  return 0;
}

int wire_read(const void *value, size_t size, struct arena *arena, struct wire_message *ret_message) {
  ProtobufCAllocator allocator = {allocate, release, arena};
  const Workflow__V1__WorkerRequest *message = workflow__v1__worker_request__unpack(&allocator, size, value);
  if (!message) return -WF_EINVAL;
  if (message->message_case == WORKFLOW__V1__WORKER_REQUEST__MESSAGE_REQUEST)
    return read_request(message->request, ret_message);
  if (message->message_case != WORKFLOW__V1__WORKER_REQUEST__MESSAGE_CANCEL || !*message->cancel->action_id)
    return -WF_EINVAL;
  *ret_message = (struct wire_message){.kind = WIRE_CANCEL,
                                       .action_id = message->cancel->action_id,
                                       .run_id = message->cancel->run_id,
                                       .attempt = message->cancel->attempt};
  return 0;
}

// protobuf-c's strings are not const; it does not write to them.
static char *text(const char *string) { return (char *)(string ? string : ""); }

static struct text pack(const Workflow__V1__WorkerReply *reply, struct arena *arena) {
  size_t size = workflow__v1__worker_reply__get_packed_size(reply);
  uint8_t *bytes = arena_alloc(arena, size ? size : 1);
  workflow__v1__worker_reply__pack(reply, bytes);
  return (struct text){(const char *)bytes, size};
}

struct text wire_write_result(const char *action_id, int32_t attempt, const struct work_result *result,
                              struct arena *arena) {
  Workflow__V1__ActionCompleted completed = WORKFLOW__V1__ACTION_COMPLETED__INIT;
  Workflow__V1__ActionFailed failed = WORKFLOW__V1__ACTION_FAILED__INIT;
  Workflow__V1__ActionResult message = WORKFLOW__V1__ACTION_RESULT__INIT;
  message.action_id = text(action_id);
  message.attempt = attempt;
  message.outcome = text(result->outcome);
  message.external_reference = text(result->external_reference);
  message.summary = text(result->summary);
  message.detail_internal = text(result->detail_internal);
  if (result->completed) {
    completed.output = (ProtobufCBinaryData){strlen(text(result->output)), (uint8_t *)text(result->output)};
    message.result_case = WORKFLOW__V1__ACTION_RESULT__RESULT_COMPLETED;
    message.completed = &completed;
  } else {
    failed.type = text(result->error_type);
    failed.status = result->error_status;
    failed.title = text(result->error_title);
    failed.detail = text(result->error_detail);
    failed.non_retryable = result->non_retryable;
    message.result_case = WORKFLOW__V1__ACTION_RESULT__RESULT_FAILED;
    message.failed = &failed;
  }
  Workflow__V1__WorkerReply reply = WORKFLOW__V1__WORKER_REPLY__INIT;
  reply.message_case = WORKFLOW__V1__WORKER_REPLY__MESSAGE_RESULT;
  reply.result = &message;
  return pack(&reply, arena);
}

struct text wire_write_heartbeat(const char *action_id, int32_t attempt, struct arena *arena) {
  Workflow__V1__ActionHeartbeat message = WORKFLOW__V1__ACTION_HEARTBEAT__INIT;
  message.action_id = text(action_id);
  message.attempt = attempt;
  Workflow__V1__WorkerReply reply = WORKFLOW__V1__WORKER_REPLY__INIT;
  reply.message_case = WORKFLOW__V1__WORKER_REPLY__MESSAGE_HEARTBEAT;
  reply.heartbeat = &message;
  return pack(&reply, arena);
}
