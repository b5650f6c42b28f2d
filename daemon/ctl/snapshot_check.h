// SPDX-License-Identifier: Apache-2.0
// Whether the snapshot of a run is what its events up to that one fold to.
#pragma once

#include "ctl/history.h"

// Appends to `differences` (taken; the result is owned by the caller), in the form of
// ctl/difference.h, a row of the table "snapshot" whose column "state" differs, as text of
// engine/dump.h; or that is there although there are fewer events. A snapshot that the daemon
// would pass over, and one of a run whose events are no history, is not compared.
jv snapshot_check(jv differences, const struct history *history);
// The same for a run that stands at the snapshot's event, as a commit leaves it.
jv snapshot_compare(jv differences, const char *run_id, const char *snapshot, const struct wf_run *folded);
