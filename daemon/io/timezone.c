// SPDX-License-Identifier: Apache-2.0
#include "io/timezone.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/xalloc.h"

struct timezone_entry {
  struct wf_zone face; // first: the callback is given its address
  GTimeZone *zone;
  UT_hash_handle hh;
  char name[WF_ZONE_NAME_MAX + 1];
};

struct timezones {
  struct timezone_entry *entries;
};

// Some 3,000 years: further no clock of the database changes.
enum { FURTHEST_DAYS = 1100000, DAY = 86400 };

static int index_at(GTimeZone *zone, int64_t instant) {
  return g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, instant);
}

// The first instant in (low, high] that is in an interval past `index`, given that `high` is.
static int64_t boundary(GTimeZone *zone, int index, int64_t low, int64_t high) {
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (index_at(zone, middle) > index) high = middle;
    else low = middle;
  }
  return high;
}

// GLib tells in which interval an instant lies, not where that begins; intervals are
// numbered in the order of time, so their bounds are found by halving.
static struct wf_zone_stretch stretch_of(const struct wf_zone *face, int64_t instant) {
  GTimeZone *zone = ((const struct timezone_entry *)face)->zone;
  const int64_t furthest = (int64_t)FURTHEST_DAYS * DAY;
  int64_t at = instant > furthest ? furthest : instant < -furthest ? -furthest : instant;
  int index = index_at(zone, at);
  struct wf_zone_stretch stretch = {INT64_MIN, INT64_MAX, g_time_zone_get_offset(zone, index)};
  if (index_at(zone, -furthest) < index) stretch.from = boundary(zone, index - 1, -furthest, at);
  for (int64_t step = DAY, low = at; low < furthest; low += step, step *= 2) {
    int64_t high = furthest - low < step ? furthest : low + step;
    if (index_at(zone, high) <= index) continue;
    stretch.until = boundary(zone, index, low, high);
    break;
  }
  return stretch;
}

struct timezones *timezones_new(void) { return xcalloc(1, sizeof(struct timezones)); }

void timezones_free(struct timezones *zones) {
  if (!zones) return;
  struct timezone_entry *entry, *next;
  HASH_ITER(hh, zones->entries, entry, next) {
    HASH_DEL(zones->entries, entry);
    g_time_zone_unref(entry->zone);
    free(entry);
  }
  free(zones);
}

const struct wf_zone *timezones_find(struct timezones *zones, const char *name) {
  struct timezone_entry *entry;
  HASH_FIND_STR(zones->entries, name, entry);
  if (entry) return &entry->face;
  if (strlen(name) > WF_ZONE_NAME_MAX || HASH_COUNT(zones->entries) >= TIMEZONES_MAX) return NULL;
  // What begins otherwise is an offset or a path to GLib, and UTC needs no database.
  bool named = g_ascii_isalpha(name[0]) && !strstr(name, "..");
  GTimeZone *zone = strcmp(name, "UTC") == 0 ? g_time_zone_new_utc() : named ? g_time_zone_new_identifier(name) : NULL;
  if (!zone) return NULL;
  entry = xcalloc(1, sizeof *entry);
  entry->face.stretch = stretch_of;
  entry->zone = zone;
  memcpy(entry->name, name, strlen(name));
  HASH_ADD_STR(zones->entries, name, entry);
  return &entry->face;
}

static const struct wf_zone *find(void *owner, const char *name) { return timezones_find(owner, name); }

struct wf_zones timezones_face(struct timezones *zones) { return (struct wf_zones){find, zones}; }
