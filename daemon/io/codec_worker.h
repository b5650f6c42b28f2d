// SPDX-License-Identifier: Apache-2.0
// What workflowd and workers say to each other (proto/workflow/v1/worker.proto). Taken
// as protobuf or JSON, written as protobuf.
#pragma once

#include "io/codec.h"

int codec_decode_reply(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                       struct worker_reply *ret_reply, struct refusal *ret_refusal) WF_MUST_CHECK;
// For workers.
int codec_decode_request(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         struct worker_request *ret_request, struct refusal *ret_refusal) WF_MUST_CHECK;

// Append the message as protobuf, in its WorkerRequest.
void codec_encode_request(const struct action_request *request, struct buf *out);
void codec_encode_cancel(const struct action_cancel *cancel, struct buf *out);

// For workers: append the message in its WorkerReply. `scratch` is used and not reset.
void codec_encode_result(const struct action_result *result, struct arena *scratch, struct buf *out);
void codec_encode_heartbeat(const struct action_heartbeat *heartbeat, struct buf *out);
