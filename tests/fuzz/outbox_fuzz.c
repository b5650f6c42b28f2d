// SPDX-License-Identifier: Apache-2.0
// Any bytes are packed requests, which pack again to the same requests, or are refused.
#include "base/arena.h"
#include "io/codec_outbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct outbox_request *a, const struct outbox_request *b) {
  WF_ASSERT(uuid_equal(&a->run_id, &b->run_id) && a->seq == b->seq && a->deadline == b->deadline);
  WF_ASSERT(strcmp(a->message.topic, b->message.topic) == 0 && a->message.partition == b->message.partition);
  WF_ASSERT(a->message.value_size == b->message.value_size && a->message.header_count == b->message.header_count);
  WF_ASSERT(a->message.value_size == 0 || memcmp(a->message.value, b->message.value, a->message.value_size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  struct outbox_request *requests, *back;
  size_t count, back_count;
  if (codec_outbox_unpack((struct text){(const char *)data, size}, arena, &requests, &count) == 0) {
    struct buf buf = {0};
    size_t packed = 0;
    for (; packed < count && requests[packed].message.header_count <= CODEC_OUTBOX_HEADERS_MAX; packed++)
      codec_outbox_append(&requests[packed], &buf);
    WF_ASSERT(codec_outbox_unpack((struct text){buf.data, buf.size}, arena, &back, &back_count) == 0);
    WF_ASSERT(back_count == packed);
    for (size_t i = 0; i < packed; i++) check_same(&requests[i], &back[i]);
    buf_free(&buf);
  }
  arena_free(arena);
  return 0;
}
