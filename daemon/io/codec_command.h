// SPDX-License-Identifier: Apache-2.0
// Commands to runs (proto/workflow/v1/run_command.proto), taken as protobuf or JSON.
#pragma once

#include "io/codec.h"

int codec_decode_command(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                         struct run_command *ret_command, struct refusal *ret_refusal) WF_MUST_CHECK;

// For senders: appends the command as protobuf. `scratch` is used and not reset.
void codec_encode_command(const struct run_command *command, struct arena *scratch, struct buf *out);
