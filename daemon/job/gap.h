// SPDX-License-Identifier: Apache-2.0
// Records that are gone before they were read: by retention, or because the topic was
// deleted or made anew and others stand at their offsets. Nothing is skipped in silence:
// the gap is recorded (from, to) and counted, and the partition stops there or goes on,
// by the configured policy. What cannot be seen: a topic made anew whose records reach
// beyond the old offset and whose record at the last offset has the same bytes.
#pragma once

#include "job/lane.h"
#include "job/work.h"

// Where to begin to read: at the last record consumed when there is one, to compare it.
int64_t gap_start_offset(struct home *home);
// Whether the record is to be taken in. The first one read back is compared and dropped;
// when it is another one and the policy is to go on, the partition is read from its beginning.
bool gap_check_record(struct lane *lane, struct home *home, const struct record *record);
// The broker has `low` to `high` - 1 of this partition, and not what is wanted.
void gap_found(struct lane *lane, struct home *home, int64_t low, int64_t high);
// The gap goes into the batch.
void gap_record(struct lane *lane, const struct work *work);
