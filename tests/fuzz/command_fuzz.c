// SPDX-License-Identifier: Apache-2.0
// Any record is a command that says whom it means, or is refused with a reason.
#include "fuzz_record.h"
#include "io/codec_command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct run_command *command) {
  WF_ASSERT(command->has_run_id != (command->cancellation_key.data != NULL));
  WF_ASSERT(command->has_run_id || command->kind == COMMAND_CANCEL);
  fuzz_check_text(command->id, MESSAGE_ID_MAX);
  fuzz_check_text(command->tenant, MESSAGE_ID_MAX);
  fuzz_check_text(command->workflow, MESSAGE_ID_MAX);
  fuzz_check_text(command->cancellation_key, MESSAGE_ID_MAX);
  fuzz_check_text(command->actor, MESSAGE_ID_MAX);
  fuzz_check_text(command->reason, MESSAGE_SUMMARY_MAX);
  WF_ASSERT(command->recipient_count <= fuzz_bounds.recipients);
  for (size_t i = 0; i < command->recipient_count; i++) WF_ASSERT(command->recipients[i].id.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  struct fuzz_record input;
  struct run_command command, back;
  struct refusal refusal;
  fuzz_record_read(&input, data, size, arena);
  if (codec_decode_command(&input.record, &fuzz_bounds, arena, &command, &refusal) == 0) {
    struct buf buf = {0};
    check(&command);
    codec_encode_command(&command, arena, &buf);
    struct record record = {.topic = "t", .value = buf.data, .value_size = buf.size};
    WF_ASSERT(codec_decode_command(&record, &fuzz_bounds, arena, &back, &refusal) == 0);
    WF_ASSERT(back.kind == command.kind && back.has_run_id == command.has_run_id);
    fuzz_check_same(back.cancellation_key, command.cancellation_key);
    fuzz_check_same(back.reason, command.reason);
    buf_free(&buf);
  } else {
    fuzz_check_refusal(&refusal);
  }
  arena_free(arena);
  return 0;
}
