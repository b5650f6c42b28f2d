// SPDX-License-Identifier: Apache-2.0
// By type of event: whether somebody may listen for it, and which workflows may start on it. So
// that an event costs what concerns it, however many definitions there are. What has no exact
// type is for all.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

struct audience;
struct registry_entry;

struct audience *audience_new(void);
void audience_free(struct audience *audience); // takes NULL

// Runs may listen for that type; NULL = any. Texts are copied.
void audience_hears(struct audience *audience, const char *type);
// The workflow may start on events of that type; NULL = any. In the order of ids; more than
// once is once.
void audience_starts(struct audience *audience, const char *type, const struct registry_entry *entry);
// Nothing starts any more.
void audience_forget_starts(struct audience *audience);

bool audience_may_hear(const struct audience *audience, struct text type);
// In the order in which they were added; the array is the arena's.
size_t audience_started(const struct audience *audience, struct text type, struct arena *arena, const struct registry_entry ***ret_entries);
