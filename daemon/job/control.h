// SPDX-License-Identifier: Apache-2.0
// Commands: cancel, suspend, resume, retry, wake. By run id they are carried out at once
// by the run's owner; a cancel by key is carried out home by home, in pieces when many
// runs match, and stays behind as a tombstone for triggers that come later but happened
// before.
#pragma once

#include "job/lane.h"
#include "job/work.h"

enum { CONTROL_PIECE = 500 }; // runs that one transaction cancels by key

// A command that came by Kafka.
void control_command(struct lane *lane, struct work *work);
// A row of `workflow.command`.
void control_order(struct lane *lane, struct work *work);
