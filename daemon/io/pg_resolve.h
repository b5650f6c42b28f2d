// SPDX-License-Identifier: Apache-2.0
// Looks host names up without blocking the loop, since libpq's own look-up does block.
#pragma once

#include <event2/event.h>
#include <stddef.h>

struct pg_resolve;

struct pg_address {
  size_t host; // which of those asked
  char text[64]; // numeric
};

// All addresses of the hosts that have some, in order; NULL with a `reason`, the first
// host's, when none has. For the call only.
typedef void pg_resolved(void *context, const struct pg_address *addresses, size_t count, const char *reason);

// Begins to look up; calls back once, from the loop, and is then to be freed.
struct pg_resolve *pg_resolve_new(struct event_base *base, const char *const *hosts, size_t count, pg_resolved *done,
                                  void *context);
// Also while it is under way: then it does not call back. Takes NULL.
void pg_resolve_free(struct pg_resolve *resolve);
