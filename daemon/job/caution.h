// SPDX-License-Identifier: Apache-2.0
// The guard against a crash loop: an input that kills the process would come again after
// every start, for ever. Who takes homes over learns how many owners before it ended soon
// after they had taken them, without giving them back. After two of these in a row the
// first inputs are taken one by one, and each is announced in a transaction of its own
// before anything of it is looked at; an announcement without its batch is a death. What
// two instances died of is not tried again: it is set aside as `crash_loop`, as what
// PostgreSQL refuses is (a record to quarantine, a run suspended, a command with the
// reason); and when even suspending the run kills, its timer is passed over.
//
// One end alone makes nobody careful, so that a restart after kill -9 is as fast as it can
// be. How many inputs are taken one by one doubles with each further end, so that one that
// kills is reached wherever it stands in the order. After `settle_after` an owner counts as
// well; a clean stop, or a partition given to another instance, is no unclean end.
#pragma once

#include "job/lane.h"

// What the take-over said.
void caution_taken(struct lane *lane, const struct store_takeover_reply *reply);
// Only one careful lane of an instance tries an input at a time, else a death would be laid
// at the door of another lane's as well. What waits goes on when any lane's reply has come.
bool caution_waits(const struct lane *lane);
// Whether a batch may begin; when careful, of one input.
bool caution_may_begin(struct lane *lane);
// Asks for the announcement of the batch's only input. False: there is nothing to announce.
bool caution_announce(struct lane *lane);
void caution_announced(struct lane *lane, const struct store_reply *reply);
// The batch under way is committed.
void caution_committed(struct lane *lane);

// Says, once it is time, that this owner is well. False: it is not time.
bool caution_settle(struct lane *lane);
// Boottime at which caution_settle() has something to do, or USEC_NEVER.
usec_t caution_next(const struct lane *lane);
// Gives the lane's homes back before it lets go of them. False: nothing to give back (any more).
bool caution_give_back(struct lane *lane);
// Whether the homes have been given back, or there are none.
bool caution_is_given_back(const struct lane *lane);
void caution_settled(struct lane *lane, const struct store_reply *reply);
// Nothing of the homes stays.
void caution_reset(struct lane *lane);
