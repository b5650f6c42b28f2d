// SPDX-License-Identifier: Apache-2.0
// What comes for runs that exist: workers' results and signs of life, and timers. A
// result counts once; a late or unknown one changes nothing.
#pragma once

#include "job/lane.h"
#include "job/work.h"

// Of an action that the daemon did itself: PostgreSQL refuses what came of it, so that it
// has failed.
void answer_cannot_be_stored(struct lane *lane, struct work *work);
// Even that is refused: an error is logged, and the action's deadline answers it.
void answer_passed_over(const struct work *work);
void answer_result(struct lane *lane, struct work *work);
void answer_heartbeat(struct lane *lane, const struct work *work);
void answer_timer(struct lane *lane, const struct work *work);
// A timer whose run kills whoever looks at it: the run stays as it is, and an error is logged.
void answer_timer_passed_over(struct lane *lane, const struct work *work);
