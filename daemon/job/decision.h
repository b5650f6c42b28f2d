// SPDX-License-Identifier: Apache-2.0
// One decision of the engine, put into the batch: its events, the messages it wants
// sent, the timers it arms, and the deadlines that no longer matter.
#pragma once

#include "job/lane.h"

// Fills in the input's time and chance. The run must belong to `home`, and be cached. False when
// the run has no room for an event, which is to come again.
bool decision_make(struct lane *lane, struct home *home, struct wf_run *run, const struct wf_definition *definition, struct wf_input *input);

// Reason code of what concerns a run whose events somebody changed, so that they are none.
#define DECISION_DAMAGED "damaged_run"

// The definition a run stays on, in which it stands somewhere; or NULL and the reason, in the
// batch's arena.
const struct wf_definition *decision_definition(struct lane *lane, struct wf_run *run, struct refusal *ret_refusal);

// Sets a record aside, with the reason. `work` says what could be read of it.
void decision_quarantine(struct lane *lane, const struct work *work, struct refusal refusal);

// NULL for an absent text; else terminated, in the batch's arena.
const char *decision_text(struct lane *lane, struct text text);
