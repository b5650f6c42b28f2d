// SPDX-License-Identifier: Apache-2.0
#include "io/codec_outbox.h"

#include "io/codec_wire.h"
#include "workflow/internal/v1/outbox.pb-c.h"

static ProtobufCBinaryData bytes_of(const void *data, size_t size) {
  return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)data};
}

void codec_outbox_append(const struct outbox_request *request, struct buf *out) {
  const struct world_message *in = &request->message;
  Workflow__Internal__V1__OutboxBatch batch = WORKFLOW__INTERNAL__V1__OUTBOX_BATCH__INIT;
  Workflow__Internal__V1__OutboxMessage message = WORKFLOW__INTERNAL__V1__OUTBOX_MESSAGE__INIT;
  Workflow__Internal__V1__OutboxMessage *messages[] = {&message};
  Workflow__Internal__V1__OutboxHeader headers[CODEC_OUTBOX_HEADERS_MAX], *header_list[CODEC_OUTBOX_HEADERS_MAX];
  WF_ASSERT(in->header_count <= CODEC_OUTBOX_HEADERS_MAX);
  for (size_t i = 0; i < in->header_count; i++) {
    workflow__internal__v1__outbox_header__init(&headers[i]);
    headers[i].name = (char *)in->headers[i].name;
    headers[i].value = bytes_of(in->headers[i].value, in->headers[i].size);
    header_list[i] = &headers[i];
  }
  message.topic = (char *)in->topic;
  message.partition = in->partition;
  message.key = bytes_of(in->key, in->key_size);
  message.value = bytes_of(in->value, in->value_size);
  message.n_headers = in->header_count;
  message.headers = header_list;
  message.run_id = bytes_of(request->run_id.bytes, sizeof request->run_id.bytes);
  message.seq = request->seq;
  message.action_no = request->action_no;
  message.attempt = request->attempt;
  message.timer_no = request->timer_no;
  message.deadline_us = request->deadline;
  message.heartbeat_us = request->heartbeat;
  message.native = request->native;
  batch.n_messages = 1;
  batch.messages = messages;
  codec_wire_pack(&batch.base, out);
}

static int read_message(const Workflow__Internal__V1__OutboxMessage *message, struct arena *arena,
                        struct outbox_request *out) {
  if (message->run_id.len != sizeof out->run_id.bytes) return -WF_EINVAL;
  if (!*message->topic && !message->deadline_us) return -WF_EINVAL;
  struct message_header *headers = arena_alloc(arena, (message->n_headers + 1) * sizeof *headers);
  for (size_t i = 0; i < message->n_headers; i++) {
    const Workflow__Internal__V1__OutboxHeader *header = message->headers[i];
    headers[i] = (struct message_header){header->name, header->value.data, header->value.len};
  }
  *out = (struct outbox_request){
      .seq = message->seq,
      .action_no = message->action_no,
      .attempt = message->attempt,
      .timer_no = message->timer_no,
      .deadline = message->deadline_us,
      .heartbeat = message->heartbeat_us,
      .native = message->native,
      .message = {.topic = message->topic,
                  .partition = message->partition,
                  .key = message->key.data,
                  .value = message->value.data,
                  .key_size = message->key.len,
                  .value_size = message->value.len,
                  .headers = headers,
                  .header_count = message->n_headers},
  };
  memcpy(out->run_id.bytes, message->run_id.data, sizeof out->run_id.bytes);
  return 0;
}

int codec_outbox_unpack(struct text packed, struct arena *arena, struct outbox_request **ret_requests,
                        size_t *ret_count) {
  struct codec_bounds bounds = {.payload_bytes = SIZE_MAX, .recipients = SIZE_MAX}; // ours: bounded when it was packed
  struct refusal refusal = {0};
  ProtobufCMessage *base;
  int status =
      codec_wire_unpack(&workflow__internal__v1__outbox_batch__descriptor, packed, &bounds, arena, &base, &refusal);
  if (status < 0) return -WF_EINVAL;
  const Workflow__Internal__V1__OutboxBatch *batch = (const Workflow__Internal__V1__OutboxBatch *)base;
  struct outbox_request *requests = arena_alloc(arena, (batch->n_messages + 1) * sizeof *requests);
  for (size_t i = 0; i < batch->n_messages; i++)
    if (read_message(batch->messages[i], arena, &requests[i]) < 0) return -WF_EINVAL;
  *ret_requests = requests;
  *ret_count = batch->n_messages;
  return 0;
}
