// SPDX-License-Identifier: Apache-2.0
// `schedule.every`, `schedule.cron` and `schedule.after`.
#include <string.h>

#include "engine/load.h"

static bool load_interval(struct wf_loader *loader, const struct wf_yaml *node, enum wf_schedule_kind kind,
                          struct wf_schedule *schedule) {
  const char *key = kind == WF_SCHEDULE_EVERY ? "`every`" : "`after`";
  size_t problems = loader->problems.count;
  struct wf_duration duration = wf_load_duration(loader, node, WF_PLACE_EVENT, key);
  if (loader->problems.count > problems) return false;
  if (duration.expr) {
    wf_problem_at(&loader->problems, node, "%s: expected a duration; there is no run yet that an expression could use", key);
    return false;
  }
  if (kind == WF_SCHEDULE_EVERY && wf_span_length(duration.constant, 0) < WF_SCHEDULE_INTERVAL_MIN) {
    wf_problem_at(&loader->problems, node, "%s: expected at least 100 milliseconds", key);
    return false;
  }
  schedule->kind = kind;
  schedule->interval = duration.constant;
  schedule->text = wf_schedule_interval_text(kind, duration.constant, loader->definition->arena);
  return true;
}

// The part of an expression behind the name of a zone.
static const char *without_zone(const char *text) {
  text += strspn(text, " \t");
  if (strncmp(text, "TZ=", 3) && strncmp(text, "CRON_TZ=", 8)) return text;
  text += strcspn(text, " \t");
  return text + strspn(text, " \t");
}

static const char *load_zone(struct wf_loader *loader, const struct wf_yaml *node, struct wf_schedule *schedule) {
  const char *name = *schedule->cron.zone ? schedule->cron.zone : loader->catalog->timezone;
  const struct wf_zones *zones = loader->catalog->zones;
  schedule->zone = &wf_zone_utc;
  if (!name || strcmp(name, "UTC") == 0) return "UTC";
  const struct wf_zone *zone = zones ? zones->find(zones->owner, name) : NULL;
  if (!zone)
    wf_problem_at(&loader->problems, node, "`cron`: there is no time zone `%s` here: expected a name such as Europe/Berlin", name);
  else
    schedule->zone = zone;
  return name;
}

static bool load_cron(struct wf_loader *loader, const struct wf_yaml *node, struct wf_schedule *schedule) {
  struct wf_cron_error error;
  const char *text = wf_load_text(loader, node, "`cron`");
  if (!text) return false;
  if (wf_cron_parse(text, strlen(text), &schedule->cron, &error) < 0) {
    wf_problem_at(&loader->problems, node, "`cron`: at character %zu: %s", error.column, error.text);
    return false;
  }
  const char *zone = load_zone(loader, node, schedule);
  schedule->kind = WF_SCHEDULE_CRON;
  schedule->text = arena_printf(loader->definition->arena, "cron CRON_TZ=%s %s", zone, without_zone(text));
  return true;
}

const struct wf_schedule *wf_load_timing(struct wf_loader *loader, const struct wf_yaml *node) {
  const struct wf_yaml *every = wf_yaml_get(node, "every"), *cron = wf_yaml_get(node, "cron"),
                       *after = wf_yaml_get(node, "after");
  if ((every != NULL) + (cron != NULL) + (after != NULL) > 1) {
    wf_problem_at(&loader->problems, node, "`schedule` has several of every, cron and after: expected one of them");
    return NULL;
  }
  struct wf_schedule *schedule = arena_alloc0(loader->definition->arena, sizeof *schedule);
  bool loaded = every  ? load_interval(loader, every, WF_SCHEDULE_EVERY, schedule)
                : after ? load_interval(loader, after, WF_SCHEDULE_AFTER, schedule)
                : cron  ? load_cron(loader, cron, schedule)
                        : false;
  return loaded ? schedule : NULL;
}
