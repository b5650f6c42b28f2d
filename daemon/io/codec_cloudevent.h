// SPDX-License-Identifier: Apache-2.0
// CloudEvents 1.0 (Kafka protocol binding 1.0.2, binary and structured mode) as trigger
// events. Which attribute is which field, and where recipients come from, is stated at
// TriggerEvent in proto/workflow/v1/trigger_event.proto. What has no field
// there goes into `attributes`.
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "io/codec.h"
#include "io/json_scan.h"

// Whether messages of this type may come as CloudEvents: TriggerEvent alone.
bool codec_cloudevent_fits(const ProtobufCMessageDescriptor *type);

// Attributes from the headers `ce_…`, data is the value. Makes a TriggerEvent in the arena.
int codec_cloudevent_binary(const struct record *record, const struct codec_bounds *bounds, struct arena *arena,
                            ProtobufCMessage **ret_message, struct refusal *ret_refusal) WF_MUST_CHECK;
// Attributes and data from one object that json_scan_check() has accepted.
int codec_cloudevent_structured(struct json_scan_value object, const struct codec_bounds *bounds, struct arena *arena,
                                ProtobufCMessage **ret_message, struct refusal *ret_refusal) WF_MUST_CHECK;

// A media type without its parameters, and whether it is one of JSON.
struct text codec_media_type(struct text value);
bool codec_media_type_is_json(struct text type);
