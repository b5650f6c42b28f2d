// SPDX-License-Identifier: Apache-2.0
// What a run remembers of events that its listeners took: who begins to listen is handed what
// came within the look-back, and must not take what an earlier listener of the run has taken.
//
// A JSON object, kept by the fold in two generations. When the newer one began longer ago than
// the look-back reaches, whatever is in the older one is handed to nobody any more: the newer
// becomes the older one, and a new one begins. So nothing is forgotten too early, and the run
// holds the events of at most twice the look-back. Beyond WF_HEARD_MAX it takes no event until
// there is room.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum { WF_HEARD_MAX = 10000 };

// Adds an event that listener `subscription_no` took: `seq` is that of the match, `at` its
// instant; `renews` as wf_heard_renews() said. Takes `heard`, invalid = nothing yet; owned.
jv wf_heard_add(jv heard, const char *source, const char *id, int32_t seq, int32_t subscription_no, usec_t at, bool renews);
// Whether the listener may not take the event: it had it, or a listener took it before this one
// began (its number is the seq at which it did). Events are for all that listen at the time.
bool wf_heard_already(jv heard, const char *source, const char *id, int32_t subscription_no);
// Whether a generation begins with an event taken at `now`.
bool wf_heard_renews(jv heard, usec_t now, usec_t lookback);
// Whether there is no room, `renews` being what holds now.
bool wf_heard_is_full(jv heard, bool renews);
