// SPDX-License-Identifier: Apache-2.0
// The requests of one committed batch as they stand in `workflow.batch.requests`
// (proto/workflow/internal/v1/outbox.proto), to be sent again after a crash.
#pragma once

#include "io/codec.h"
#include "job/outbox.h"

enum { CODEC_OUTBOX_HEADERS_MAX = 16 };

// Appends one request; a batch is any number of them one behind the other. More
// headers than CODEC_OUTBOX_HEADERS_MAX are a bug.
void codec_outbox_append(const struct outbox_request *request, struct buf *out);

// The requests in their order, in the arena. -WF_EINVAL: not what was packed, which
// means that the table was damaged.
int codec_outbox_unpack(struct text packed, struct arena *arena, struct outbox_request **ret_requests,
                        size_t *ret_count) WF_MUST_CHECK;
