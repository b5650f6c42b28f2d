// SPDX-License-Identifier: Apache-2.0
// Events that name no workflow: they start every active one whose `schedule.on` matches
// (dsl-reference.md, "Schedule" and "Event filter").
#pragma once

#include "job/lane.h"
#include "job/work.h"

// Fills in the work's starts, and gives its event the data that such a run is given:
// an array of the one event, as a CloudEvent in JSON.
void start_event_match(struct lane *lane, struct work *work);
// The event as a CloudEvent; owned.
jv start_event_whole(const struct trigger_event *event);
// An inbox row of kind "start": all events are there that a workflow starts on. Makes a trigger of it.
void start_event_gathered(struct lane *lane, struct work *work);
// That array, in the batch's arena.
struct text start_event_input(struct lane *lane, const struct trigger_event *event);
