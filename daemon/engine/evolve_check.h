// SPDX-License-Identifier: Apache-2.0
// Whether an event can follow on what a run has come to. Events of a decision always do;
// those of a table do unless somebody changed it. Costs a few look-ups, and knows no
// definition: what only a definition can tell, follow.h does.
#pragma once

#include "engine/facts.h"
#include "engine/run.h"

// NULL when the event fits: folding it then meets nothing unexpected. Else what does not,
// in static memory.
const char *wf_evolve_check(const struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts);
