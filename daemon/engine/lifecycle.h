// SPDX-License-Identifier: Apache-2.0
// The specification's lifecycle events (dsl-reference.md, "Lifecycle Events"), made from
// the facts of a run: nothing of them is stored as a fact of its own. Each is a whole
// CloudEvent, an effect of kind WF_EFFECT_TELL behind the fact it comes from. Its id is
// "<run>:<seq>" of that fact, ".1", ".2" … behind it when one fact makes several; so it is
// the same however often it is sent, and (run, seq) is its order.
//
// A run in a sandbox tells nothing.
#pragma once

#include "engine/turn.h"

// Called with each fact once it is folded. `before` is the run's status before it.
void wf_lifecycle_tell(struct wf_turn *turn, const struct wf_event *event, enum wf_status before);
