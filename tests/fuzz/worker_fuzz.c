// SPDX-License-Identifier: Apache-2.0
// Any record is an answer of a worker, or is refused with a reason; the same for what a
// worker gets.
#include "fuzz_record.h"
#include "io/codec_worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reply(const struct worker_reply *reply) {
  if (reply->is_heartbeat) {
    WF_ASSERT(reply->heartbeat.action.action_no >= 1 && reply->heartbeat.attempt >= 1);
    fuzz_check_json(reply->heartbeat.progress);
    return;
  }
  const struct action_result *result = &reply->result;
  WF_ASSERT(result->action.action_no >= 1 && result->attempt >= 1);
  WF_ASSERT(result->retry_after >= 0);
  fuzz_check_json(result->output);
  fuzz_check_text(result->outcome, MESSAGE_ID_MAX);
  fuzz_check_text(result->external_reference, MESSAGE_ID_MAX);
  fuzz_check_text(result->error_type, MESSAGE_ID_MAX);
  fuzz_check_text(result->summary, MESSAGE_SUMMARY_MAX);
  fuzz_check_text(result->error_title, MESSAGE_SUMMARY_MAX);
  fuzz_check_text(result->error_detail, MESSAGE_DETAIL_MAX);
  fuzz_check_text(result->detail_internal, MESSAGE_DETAIL_MAX);
}

static void check_result_comes_back(const struct action_result *result, struct arena *arena) {
  struct buf buf = {0};
  struct worker_reply back;
  struct refusal refusal;
  codec_encode_result(result, arena, &buf);
  struct record record = {.topic = "t", .value = buf.data, .value_size = buf.size};
  WF_ASSERT(codec_decode_reply(&record, &fuzz_bounds, arena, &back, &refusal) == 0);
  WF_ASSERT(back.result.completed == result->completed && back.result.retryable == result->retryable);
  fuzz_check_same(back.result.output, result->output);
  fuzz_check_same(back.result.detail_internal, result->detail_internal);
  buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  struct fuzz_record input;
  struct worker_reply reply;
  struct worker_request request;
  struct refusal refusal;
  fuzz_record_read(&input, data, size, arena);
  if (codec_decode_reply(&input.record, &fuzz_bounds, arena, &reply, &refusal) == 0) {
    check_reply(&reply);
    if (!reply.is_heartbeat) check_result_comes_back(&reply.result, arena);
  } else {
    fuzz_check_refusal(&refusal);
  }
  if (codec_decode_request(&input.record, &fuzz_bounds, arena, &request, &refusal) == 0) {
    WF_ASSERT(request.is_cancel ? request.cancel.attempt >= 1
                                : request.request.function && request.request.attempt >= 1);
    if (!request.is_cancel) fuzz_check_json(request.request.arguments);
  } else {
    fuzz_check_refusal(&refusal);
  }
  arena_free(arena);
  return 0;
}
