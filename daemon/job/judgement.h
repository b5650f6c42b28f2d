// SPDX-License-Identifier: Apache-2.0
// Workflows that start on any events until a condition holds (`schedule.on.until` as an
// expression, dsl-reference.md "Event Consumption Strategy"). The events gather in PostgreSQL,
// from all instances, but a condition is evaluated here: so it is asked afterwards, by one home
// at a time, in the order in which the events came. Gathering tells a home by an inbox row of
// kind "judge" (workflow.gather, workflow.ask_judge); nobody else is told until its verdict is
// in (workflow.judge). Row and verdict leave in one transaction, so each event is judged once,
// whoever dies or takes over meanwhile, and no commit conflicts with another's.
//
// What comes: {gathering, definition, lock, judged, first, events}, the oldest events that no
// run has started with, of which the condition did not hold with the first `judged`. It is asked
// with each longer set in turn, and where it holds the set ends: a run starts with it, and the
// next event begins another set. So does one of JUDGEMENT_SET_MAX events, and one with which the
// next would be more than a run's input may be (bounds.value).
#pragma once

#include "job/lane.h"
#include "job/work.h"

enum {
  JUDGEMENT_SET_MAX = 1000,       // events that start a run whatever the condition says
  // One verdict ends beyond these, and what is left is for the next: shown to the condition in
  // all, and time.
  JUDGEMENT_BYTES_MAX = 32 << 20,
  JUDGEMENT_TIME_MAX = USEC_PER_SEC / 4,
};

// Gives the verdict with this batch; of a definition that does not load here, the row comes again.
void judgement_give(struct lane *lane, const struct work *work);
