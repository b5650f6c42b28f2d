// SPDX-License-Identifier: Apache-2.0
// Events and who listens for them. Where the two meet is PostgreSQL, in the transaction that
// takes the one in or makes the other (workflow.correlate, struct store_arrival): so neither
// misses the other, whatever instance each came to, and no home owns what others listen for.
// What is handed over comes to the run's home as an inbox row; the run judges it.
#pragma once

#include "job/lane.h"
#include "job/work.h"

// A trigger event that names no workflow. Whether some definition here listens for its type:
// then it is noted with the batch.
bool correlation_arrived(struct lane *lane, const struct work *work);
// Effects of a run.
void correlation_subscribe(struct lane *lane, const struct wf_run *run, const struct wf_effect *effect);
void correlation_unsubscribe(struct lane *lane, const struct wf_run *run, const struct wf_effect *effect);
// So many events were refused by a commit, since their workflow has as many sets that lack some
// as one may: a counter, and a line in the log now and then.
void correlation_refused(struct lane *lane, int64_t count);
// An event that was handed to a run. One that has gone, or that listens no more, is none.
void correlation_event(struct lane *lane, const struct work *work);
