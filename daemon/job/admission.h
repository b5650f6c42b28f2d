// SPDX-License-Identifier: Apache-2.0
// Trigger events become triggers and runs: one trigger per workflow started, one run per
// recipient; a repeated id starts nothing; more recipients than one transaction may
// carry come in pieces; what was cancelled before it came is born cancelled.
#pragma once

#include "job/lane.h"
#include "job/work.h"

// Which workflows the event starts: the one it names, or all whose `schedule.on`
// matches. Refuses (in `work`) a name that does not exist.
void admission_match(struct lane *lane, struct work *work);
void admission_trigger(struct lane *lane, struct work *work);
// A trigger that no record brought: `work->trigger` makes one run of this definition, at
// this home. The caller has seen that its key is not taken; a child, of `parent`, has none.
void admission_start(struct lane *lane, struct work *work, struct home *home, const struct registry_entry *entry, struct uuid trigger_id,
                     const struct store_parent *parent);
// The next piece of a fan-out.
void admission_fanout(struct lane *lane, struct work *work);
