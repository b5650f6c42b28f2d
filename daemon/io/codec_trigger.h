// SPDX-License-Identifier: Apache-2.0
// Trigger events (proto/workflow/v1/trigger_event.proto), taken as protobuf, JSON or
// CloudEvent. Rehearsals and settings are refused as "not_supported".
#pragma once

#include "io/codec.h"

int codec_decode_trigger(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         struct trigger_event *ret_event, struct refusal *ret_refusal) WF_MUST_CHECK;

// For producers: appends the event as protobuf. `scratch` is used and not reset.
void codec_encode_trigger(const struct trigger_event *event, struct arena *scratch, struct buf *out);
