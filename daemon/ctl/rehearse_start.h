// SPDX-License-Identifier: Apache-2.0
// A rehearsal of a workflow that events start (`schedule.on`): which of the events given
// start it, in the order in which they come.
#pragma once

#include "ctl/rehearse_events.h"
#include "engine/expression.h"

struct rehearse_start {
  jv input;  // the array of the events; owned
  usec_t at; // when the last of them came, or the virtual clock's first instant
};

// Takes them out of `events` (they are not heard again) and returns true; false when there is
// no strategy, or what it asks for does not come.
bool rehearse_start_find(const struct wf_definition *definition, const struct wf_evaluator *evaluator,
                         struct rehearse_events *events, usec_t start, struct rehearse_start *ret_start);

// When none starts it: the events that no filter wants, and why, as rehearse_why_say() has
// each; a list, owned. The definition must have a strategy.
jv rehearse_start_rejected(const struct wf_definition *definition, const struct wf_evaluator *evaluator,
                           const struct rehearse_events *events, usec_t start);
