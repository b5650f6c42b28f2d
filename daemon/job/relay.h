// SPDX-License-Identifier: Apache-2.0
// Which signs of life of workers for runs of other homes are handed on. Each costs a row of
// the inbox there, and one of several close together says no more than the first: those of
// one attempt that come within `interval` of one handed on are left out. The receiver does
// not know what that attempt was asked for, so the interval is a third of the shortest
// silence that any function here allows: a worker that answers twice in the time it has
// is never taken for silent. Each lane has its own; instants are boottime.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/definition.h"
#include "job/message.h"

enum { RELAY_MAX = 10000 }; // attempts remembered; beyond, the oldest is forgotten and may pass again

struct relay;

struct relay *relay_new(usec_t interval);
void relay_free(struct relay *relay); // takes NULL

// A third of the shortest heartbeat of these functions; 10 s when none of them expects any,
// since a request may be older than the configuration.
usec_t relay_interval(const struct wf_catalog *catalog);

// Whether this one is handed on. If so, it is noted with the batch under way.
bool relay_pass(struct relay *relay, const struct action_id *action, int32_t attempt, usec_t now);
// The batch is in; or nothing of it has happened, and the same may pass again.
void relay_committed(struct relay *relay);
void relay_redo(struct relay *relay);

size_t relay_count(const struct relay *relay);
