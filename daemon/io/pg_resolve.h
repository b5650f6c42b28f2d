// SPDX-License-Identifier: Apache-2.0
// Looks host names up without blocking the loop, since libpq's own look-up does block.
#pragma once

#include <event2/event.h>
#include <stddef.h>

struct pg_resolve;

// `addresses` has one numeric address per host asked, the first that the resolver gave;
// NULL with a `reason` when one could not be found. For the call only.
typedef void pg_resolved(void *context, char *const *addresses, size_t count, const char *reason);

// Begins to look up; calls back once, from the loop, and is then to be freed.
struct pg_resolve *pg_resolve_new(struct event_base *base, const char *const *hosts, size_t count, pg_resolved *done,
                                  void *context);
// Also while it is under way: then it does not call back. Takes NULL.
void pg_resolve_free(struct pg_resolve *resolve);
