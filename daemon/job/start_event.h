// SPDX-License-Identifier: Apache-2.0
// Events that name no workflow: they start every active one whose `schedule.on` matches
// (dsl-reference.md, "Schedule" and "Event filter").
#pragma once

#include "job/lane.h"
#include "job/work.h"

// Fills in the work's starts, and gives its event the data that such a run is given:
// an array of the one event, as a CloudEvent in JSON.
void start_event_match(struct lane *lane, struct work *work);
// How the expressions of a `schedule.on` are evaluated (engine/strategy.h, struct wf_match): they
// know the time and no run. One that fails gives nothing, so that a condition does not hold: it
// must not stop the others.
struct start_event_judge {
  const struct lane *lane;
  const struct wf_definition *definition;
};
bool start_event_evaluate(void *judge, const struct wf_expr *expr, jv dot, jv *ret_value);
// The event as a CloudEvent; owned.
jv start_event_whole(const struct trigger_event *event);
// An inbox row of kind "start": all events are there that a workflow starts on. Makes a trigger of it.
void start_event_gathered(struct lane *lane, struct work *work);
// That array, in the batch's arena.
struct text start_event_input(struct lane *lane, const struct trigger_event *event);
