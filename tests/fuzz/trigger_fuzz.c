// SPDX-License-Identifier: Apache-2.0
// Any record is a trigger event that can be stored, or is refused with a reason; what is
// taken comes back the same after it was written as protobuf.
#include "fuzz_record.h"
#include "io/codec_trigger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct trigger_event *event) {
  const struct text ids[] = {event->id,
                             event->type,
                             event->source_name,
                             event->tenant,
                             event->subject,
                             event->audience_key,
                             event->schedule_id,
                             event->cancellation_key,
                             event->correlation_id,
                             event->traceparent,
                             event->actor.collection,
                             event->actor.id,
                             event->workflow,
                             event->workflow_version};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) fuzz_check_text(ids[i], MESSAGE_ID_MAX);
  WF_ASSERT(event->id.data && (event->type.data || event->workflow.data));
  WF_ASSERT(event->source_kind <= SOURCE_REHEARSAL && event->time >= 0);
  // Results never stand where workers are asked.
  WF_ASSERT(!event->settings.results.data || event->settings.sandbox || event->source_kind == SOURCE_REHEARSAL);
  fuzz_check_json(event->settings.results);
  WF_ASSERT(event->recipient_count <= fuzz_bounds.recipients);
  for (size_t i = 0; i < event->recipient_count; i++) {
    WF_ASSERT(event->recipients[i].ref.id.data);
    fuzz_check_text(event->recipients[i].ref.id, MESSAGE_ID_MAX);
    fuzz_check_text(event->recipients[i].ref.collection, MESSAGE_ID_MAX);
    fuzz_check_json(event->recipients[i].data);
  }
  fuzz_check_json(event->data);
}

static void check_round_trip(const struct trigger_event *event, struct arena *arena) {
  struct buf buf = {0};
  struct trigger_event back;
  struct refusal refusal;
  codec_encode_trigger(event, arena, &buf);
  struct record record = {.topic = "t", .value = buf.data, .value_size = buf.size};
  if (buf.size <= fuzz_bounds.payload_bytes) { // JSON can be shorter than protobuf
    WF_ASSERT(codec_decode_trigger(&record, &fuzz_bounds, arena, &back, &refusal) == 0);
    fuzz_check_same(event->id, back.id);
    fuzz_check_same(event->workflow, back.workflow);
    fuzz_check_same(event->actor.id, back.actor.id);
    fuzz_check_same(event->data, back.data);
    fuzz_check_same(event->settings.results, back.settings.results);
    WF_ASSERT(event->settings.sandbox == back.settings.sandbox && event->settings.skip_delays == back.settings.skip_delays);
    WF_ASSERT(event->source_kind == back.source_kind && event->time == back.time &&
              event->recipient_count == back.recipient_count);
    for (size_t i = 0; i < back.recipient_count; i++)
      fuzz_check_same(event->recipients[i].ref.id, back.recipients[i].ref.id);
  }
  buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  struct fuzz_record input;
  struct trigger_event event;
  struct refusal refusal;
  fuzz_record_read(&input, data, size, arena);
  if (codec_decode_trigger(&input.record, &fuzz_bounds, arena, &event, &refusal) == 0) {
    check(&event);
    check_round_trip(&event, arena);
  } else {
    fuzz_check_refusal(&refusal);
  }
  arena_free(arena);
  return 0;
}
