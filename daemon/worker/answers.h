// SPDX-License-Identifier: Apache-2.0
// What this worker has answered already. workflowd may ask twice (after a crash, say):
// the work is done once, by action id and attempt, and the same bytes go out again.
//
// Bounded, the oldest goes first; in memory only. A worker that must not repeat its
// work after a crash of its own keeps this where the work leaves its trace.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "job/message.h"

struct answers;

struct answers *answers_new(size_t limit); // limit >= 1
void answers_free(struct answers *answers); // takes NULL

// The bytes answered, or absent. Valid until the next answers_put().
struct text answers_find(const struct answers *answers, const struct action_id *action, int32_t attempt);

// Copies both. Putting one that is there changes nothing.
void answers_put(struct answers *answers, const struct action_id *action, int32_t attempt, struct text bytes);

size_t answers_count(const struct answers *answers);
