// SPDX-License-Identifier: Apache-2.0
// Workflows that start by themselves (engine/schedule.h). Each has one row in
// `workflow.schedule` that says at which home its runs are made, and up to which instant
// its slots are decided; the owner of that home decides the next ones, in its batches,
// under its fence. Every slot that was decided is a row of `workflow.schedule_slot`: started,
// or skipped with the reason. So none is started twice, and none is lost in silence.
//
// A slot is never early: the batch is refused when the database's clock is before it. One
// that comes late, because nobody was there, is started when it is within the catch-up
// window: the latest only, or all of them, one a batch. A workflow's schedule is that of its
// newest active version; when that changes, slots begin anew from then on.
//
// `after` goes on when its run has ended, whatever with; a run that it waits for is in the
// row, so a take-over looks at the run itself.
#pragma once

#include <stdbool.h>

#include "job/lane.h"
#include "job/work.h"

struct slots;

struct slots *slots_new(void);
void slots_free(struct slots *slots); // takes NULL
void slots_clear(struct slots *slots);

// Whether the rows must be read: never yet, or the definitions have changed since, or
// somebody else has written them.
bool slots_are_stale(const struct lane *lane);
void slots_read_again(struct lane *lane);
// Asks for them if so; false when nothing is asked.
bool slots_ask(struct lane *lane);
void slots_read(struct lane *lane, const struct store_reply *reply);

// Items for the schedules that have something due, up to `most` in all that is taken.
void slots_take(struct lane *lane, size_t most);
// Boottime at which the next is due, or USEC_NEVER.
usec_t slots_next(const struct lane *lane);

// What an item comes to now, as work.
void slots_decode(struct lane *lane, struct work *work);
void slots_decide(struct lane *lane, struct work *work);
// The batch is in: what it wrote holds. Call before any run_ended() of the same batch.
void slots_moved(struct lane *lane);
void slots_run_ended(struct lane *lane, const struct wf_run *run);
