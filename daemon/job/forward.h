// SPDX-License-Identifier: Apache-2.0
// Messages for runs whose home is another lane's or another instance's go through the
// table `inbox`, written in the receiver's transaction and taken in the owner's.
#pragma once

#include "job/lane.h"
#include "job/work.h"

// Hands the work's record on to the home of the run.
void forward_record(struct lane *lane, const struct work *work, const char *kind, const struct uuid *run_id);
// An inbox row is taken in by this batch.
void forward_taken(struct lane *lane, const struct item *item);
// Others have something to take since the batch that is in: lanes of this process hear of it
// at once, others by the next notice. `reply`: what the commit said; NULL = nobody heard it.
void forward_wake(struct lane *lane, const struct store_commit_reply *reply);
// Rows that the commit's reply brought: those not seen yet are queued.
void forward_arrived(struct lane *lane, const struct store_commit_reply *reply);
