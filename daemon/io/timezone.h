// SPDX-License-Identifier: Apache-2.0
// Time zones by name, from the machine's tz database (package tzdata) by GLib. A zone is
// read once and kept: an update of the database counts from the next start on.
#pragma once

#include "engine/zone.h"

struct timezones;

// Owned by the caller; NULL is taken by timezones_free(), after which no zone of it may be
// used.
struct timezones *timezones_new(void);
void timezones_free(struct timezones *zones);

// The zone of a name such as "Europe/Berlin" or "UTC", or NULL when the database has none.
// At most TIMEZONES_MAX are kept, more than the database has: then NULL as well.
const struct wf_zone *timezones_find(struct timezones *zones, const char *name);

enum { TIMEZONES_MAX = 1000 };

// The same as the rules take it.
struct wf_zones timezones_face(struct timezones *zones);
