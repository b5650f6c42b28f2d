// SPDX-License-Identifier: Apache-2.0
// Protobuf bytes to a message of the contract. Walks the bytes first, because the
// library that unpacks them checks no UTF-8, cuts strings at a NUL, and allocates for
// every field that is sent: what it is given is clean text, with each singular field
// once, within the bounds.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "io/codec.h"

// The message in the arena. Stricter than protobuf where the meaning would be a guess:
// a singular field given twice and two members of one oneof are refused.
int codec_wire_unpack(const ProtobufCMessageDescriptor *type, struct text wire, const struct codec_bounds *bounds,
                      struct arena *arena, ProtobufCMessage **ret_message, struct refusal *ret_refusal) WF_MUST_CHECK;

// Appends the message.
void codec_wire_pack(const ProtobufCMessage *message, struct buf *out);

// For filling messages in: a text as the message's string, and JSON as its bytes.
static inline char *codec_wire_string(struct arena *scratch, struct text text) {
  return text.size ? arena_strndup(scratch, text.data, text.size) : (char *)(uintptr_t)protobuf_c_empty_string;
}
static inline ProtobufCBinaryData codec_wire_bytes(struct text text) {
  return (ProtobufCBinaryData){.len = text.size, .data = (uint8_t *)(uintptr_t)text.data};
}
