// SPDX-License-Identifier: Apache-2.0
// A run's state as canonical text: equal states give equal texts. For tests, and for
// whoever compares read tables with the fold of events. One line per thing, fields as
// name=value, absent ones left out, JSON with sorted keys.
#pragma once

#include "base/buf.h"
#include "engine/run.h"

// The run's row, the engine's own state and the open scopes, without steps and actions.
void wf_run_dump(const struct wf_run *run, struct buf *out);
// One line each. What is not a column (timers and the like) stands behind a `|`.
void wf_step_dump(const struct wf_step *step, struct buf *out);
void wf_action_dump(const struct wf_action *action, struct buf *out);

// All of it.
void wf_run_dump_whole(const struct wf_run *run, struct buf *out);

// Whether two runs are in the same state: the same texts, and the same rows in memory.
bool wf_run_equal(const struct wf_run *a, const struct wf_run *b);
