// SPDX-License-Identifier: Apache-2.0
// Runs that runs start (`run: workflow`). To its parent a child is an action: asked for,
// answered, recalled. A child lives at its parent's home for ever, so all three happen in
// the transaction of the decision that asks for them, and nothing has to be sent:
//
//   asked for   the child is created, and goes on by a timer that is due at once, so that
//               what it does is not part of its parent's transaction
//   answered    the decision that ends the child is followed by the parent's, which gets
//               the child's output, or its error
//   recalled    the child is cancelled, and so are its own
//
// A parent or child that is needed for that and is not in memory is loaded, and the batch
// decided again. What cannot be decided since a definition does not load here is looked at
// again by a timer. A child that is not awaited is on its own.
#pragma once

#include "job/lane.h"

struct children;

struct children *children_new(void);
void children_free(struct children *children); // takes NULL
// The inputs of the batch are others now: what they needed is forgotten.
void child_reset(struct lane *lane);

// Before a decision: where the ids of the children begin that it starts.
void child_prepare(const struct lane *lane, const struct home *home, struct wf_input *input);
// After it: notes what follows from its effects, and from its end.
void child_note(struct lane *lane, struct home *home, struct wf_run *run, const struct wf_decision *decision);
// Decides all that was noted, and what follows from that.
void child_follow(struct lane *lane);
// Whether the batch has started so many that what is left of its inputs should wait.
bool child_is_enough(const struct lane *lane);

// Whether runs are needed that are not in memory: then the batch must be decided again,
// once child_load() has asked for them with its next load.
bool child_lacks(const struct lane *lane);
void child_load(struct lane *lane);
// A run that was asked for does not exist, or cannot be had.
void child_missing(struct lane *lane, const struct uuid *run_id);

// The number of the timer by which a run is looked at again as a child.
enum { CHILD_TIMER_NO = INT32_MAX };
void child_look(struct lane *lane, struct home *home, struct wf_run *run);
