// SPDX-License-Identifier: Apache-2.0
// What a lane takes into its next batch, who comes first, and what waits for another one.
// Back-pressure: while the outbox is full, or what the daemon does itself, only orders (rows of `workflow.command`) are
// taken, and while it is overfull not even those. What was delivered is recorded all the
// same, so that it drains.
#pragma once

#include "job/lane.h"

// Fills the empty `taken`, as far as there is something and bounds allow; while the job drains,
// with nothing but answers of calls.
void taking_inputs(struct lane *lane);
// Whether calls are under way, or answers of theirs wait to be taken.
bool taking_has_calls(const struct lane *lane);
// All inputs taken but the first `kept` go back where they came from, in their order.
void taking_put_off(struct lane *lane, size_t kept);
// Whether there are records or orders that may be taken now.
bool taking_may_begin(const struct lane *lane);
// Boottime at which the next timer or piece of a fan-out may be taken, or USEC_NEVER.
usec_t taking_next(const struct lane *lane);
// Notes since when the outbox has been full; says once, after a few seconds, that the lane
// is held by it (lane.is_held), and that it is no longer.
void taking_watch(struct lane *lane);
