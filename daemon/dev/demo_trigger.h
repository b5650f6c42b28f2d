// SPDX-License-Identifier: Apache-2.0
// The demonstration's trigger events: one new lead each.
#pragma once

#include "base/arena.h"
#include "base/buf.h"

// Appends lead number `number` (from 1) as a protobuf TriggerEvent; `mark` becomes its
// correlation id and part of its id, so that a later demonstration's leads are new.
void demo_trigger_encode(int number, const char *mark, struct arena *scratch, struct buf *out);

// The recipient's id of that lead, "lead-0042"; in `scratch`.
const char *demo_trigger_lead(int number, struct arena *scratch);
