// SPDX-License-Identifier: Apache-2.0
// Events that many listen for, and listeners that many events came before, are handed over in
// pieces (table `handover`): each batch of a home that has such carries the next one, under
// its fence, so that no transaction grows with the number of listeners. PostgreSQL keeps how
// far it is; a home knows only whether there is more.
#pragma once

#include "job/lane.h"

// Whether some home of the lane has more to hand over, and is to be worked for: a drain leaves
// it to whoever owns the home next.
bool handover_is_due(const struct lane *lane);
// Into the batch under way: lane->handing.
void handover_begin(struct lane *lane);
// The batch is in. `reply`: what it said; NULL = nobody heard it, a take-over tells.
void handover_moved(struct lane *lane, const struct store_commit_reply *reply);
