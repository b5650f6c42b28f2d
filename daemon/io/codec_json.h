// SPDX-License-Identifier: Apache-2.0
// JSON to a message of the contract, by the rules stated at TriggerEvent in
// proto/workflow/v1/trigger_event.proto.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "io/codec.h"
#include "io/json_scan.h"

// The names of an enum as they may be written: "cancel, suspend, …".
const char *codec_json_enum_names(const ProtobufCEnumDescriptor *type, struct arena *arena);

// The value must be an object and come from json_scan_check(). The message is in the
// arena and borrows nothing.
int codec_json_read(const ProtobufCMessageDescriptor *type, struct json_scan_value value,
                    const struct codec_bounds *bounds, struct arena *arena, ProtobufCMessage **ret_message,
                    struct refusal *ret_refusal) WF_MUST_CHECK;
