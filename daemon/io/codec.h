// SPDX-License-Identifier: Apache-2.0
// What all decoders and encoders of records share. The contract itself (fields, forms,
// bounds) is proto/workflow/v1/; names made from it are used in codec_*.c alone.
//
// Decoders never trust a byte: a record that is not a message of its kind is refused
// with a reason, and nothing of it is used. They return 0, or -WF_EINVAL, -WF_ETOOBIG
// or -WF_EUNSUPPORTED with the refusal filled in; a result or a refusal lives in the
// arena given, not in the record. Optional texts that are empty come out as absent;
// texts other than JSON also end with a NUL behind their size.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "job/message.h"

struct codec_bounds {
  size_t payload_bytes; // of a record's value
  size_t recipients;    // of a trigger, or of a cancel's subset
};

// The form a record's value has. Told by header `ce_specversion`, else by header
// `content-type`, else by the first byte: JSON for "{".
enum codec_form { CODEC_PROTOBUF, CODEC_JSON, CODEC_CLOUDEVENT_BINARY, CODEC_CLOUDEVENT_STRUCTURED };

// Refuses a content type that is none of ours.
int codec_form_of(const struct record *record, struct arena *arena, enum codec_form *ret_form,
                  struct refusal *ret_refusal);

#define CODEC_CONTENT_TYPE "application/x-protobuf"
