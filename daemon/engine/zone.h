// SPDX-License-Identifier: Apache-2.0
// What the rules need to know of a time zone: the stretches of time in which its
// clocks keep one distance from UTC. Where the stretches come from is I/O
// (io/timezone.h); asked twice, a zone answers the same.
#pragma once

#include <stdint.h>

// Seconds since the Unix epoch: from <= instant < until. The first stretch of a zone
// begins at INT64_MIN, the last ends at INT64_MAX.
struct wf_zone_stretch {
  int64_t from, until;
  int32_t offset; // local clock minus UTC, in seconds, |offset| < 1 day
};

struct wf_zone {
  // The stretch that the instant lies in.
  struct wf_zone_stretch (*stretch)(const struct wf_zone *zone, int64_t instant);
};

extern const struct wf_zone wf_zone_utc;

enum { WF_ZONE_NAME_MAX = 63 };

// Zones by name, as they are in the tz database. A zone stays valid as long as what gave
// it, and is owned by that.
struct wf_zones {
  // NULL when there is no zone of this name. `name` is of letters, digits and "_+-/".
  const struct wf_zone *(*find)(void *owner, const char *name);
  void *owner;
};
