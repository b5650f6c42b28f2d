// SPDX-License-Identifier: Apache-2.0
// From a record in whatever form to the message it should be.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "io/codec.h"

// The message in the arena; it borrows nothing. CloudEvents are taken where the type is
// TriggerEvent, and refused elsewhere.
int codec_form_unpack(const ProtobufCMessageDescriptor *type, const struct record *record,
                      const struct codec_bounds *bounds, struct arena *arena, ProtobufCMessage **ret_message,
                      struct refusal *ret_refusal) WF_MUST_CHECK;
