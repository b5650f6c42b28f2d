// SPDX-License-Identifier: Apache-2.0
// A run's state as bytes, so that a run of many events need not be folded from the first
// one: what wf_run_written() would keep, as one JSON object. It is a shortcut and never
// the truth: whatever cannot be read is refused, and the events are folded whole.
//
// {"format": 1, "run": {…}, "steps": […], "actions": […], "scopes": […], "visits": […],
// "values": […]}: fields by the names of engine/run.h, those that are 0 or absent left
// out, instants as RFC 3339 text, JSON values as places in `values`, where what several
// fields share stands once. Not in it: struct wf_identity, which has rows of its own.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/run.h"

enum {
  WF_SNAPSHOT_FORMAT = 1, // raised whenever what is written changes its meaning
  WF_SNAPSHOT_EVERY = 64, // events; a run of fewer never writes one
};

// Whether the commit that brings an open run from `previous_seq` (0 = a new run) to where
// it is now writes one: at every 64th event, whatever else the commit holds, if the events
// since the last one take as much room. So all of a run's together take no more than its
// events, however long it is and however much it holds.
bool wf_snapshot_due(const struct wf_run *run, int32_t previous_seq);

// Appends the state to `out`.
void wf_snapshot_encode(const struct wf_run *run, struct buf *out);
// The state was written, in `size` bytes.
void wf_snapshot_taken(struct wf_run *run, size_t size);

// The run as wf_run_written() would have left it. Borrows the identity and makes copies.
// Returns 0, or -WF_EINVAL when it is not a state of this format.
int wf_snapshot_decode(const char *data, size_t size, const struct wf_identity *identity,
                       struct wf_run **ret_run) WF_MUST_CHECK;
