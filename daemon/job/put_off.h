// SPDX-License-Identifier: Apache-2.0
// Inputs that cannot be used now and are no record that could be set aside: an event for
// a run, a start by all its events, or the judging of such events, whose definition does not load on this instance (another
// release or configuration may have it) or whose history somebody changed; the answer of a call
// for such a run. They come again: after 30 s, 2 min, 8 min, then every 32 min; at once when the
// definitions are read anew, and when another owner takes the home over.
//
// An event that its run has no room for comes again too: each half minute, and as soon as the run
// is through with those it holds.
//
// A row of an inbox is acknowledged and written again, in the same transaction, as from a source
// of its own for each of these pauses. An answer stands in no table: it waits in memory, up to a
// bound, and the next owner makes the call again.
#pragma once

#include "job/lane.h"
#include "job/work.h"

enum { PUT_OFF_ANSWERS_MAX = 1000 }; // of one lane

// Takes the work's input out of this batch; it comes again. False when it cannot: an answer, at
// the bound.
bool put_off_input(struct lane *lane, const struct work *work);
// The same for an event of a run that holds too many.
void put_off_crowded(struct lane *lane, const struct work *work);
// Events put off for a run of this batch that waits for the next one are tried again.
void put_off_run(struct lane *lane, const struct wf_run *run);
// An inbox row has arrived: into the queue, or it waits first.
void put_off_arrived(struct lane *lane, const struct home *home, struct item *item);
// An answer whose batch is in waits.
void put_off_answer(struct lane *lane, struct item *item);
// What waits on any lane is tried again.
void put_off_over(struct job *job);
