// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_events.h"

#include <stdio.h>
#include <string.h>

#include "engine/jsonb.h"

static void put_missing(jv *event, const char *name, const char *text) {
  if (!jv_object_has(jv_copy(*event), jv_string(name))) *event = jv_object_set(*event, jv_string(name), jv_string(text));
}

static bool is_text(jv event, const char *name) {
  jv value = jv_object_get(jv_copy(event), jv_string(name));
  bool is = jv_get_kind(value) == JV_KIND_STRING && jv_string_length_bytes(jv_copy(value)) > 0;
  jv_free(value);
  return is;
}

// The CloudEvent of a node, whole; invalid after a problem.
static jv read_event(struct rehearse_events *events, struct rehearse_source *source, const struct wf_yaml *node) {
  static const char *const texts[] = {"type", "source", "id", "specversion"};
  if (node->kind != WF_YAML_MAPPING) {
    wf_problem_at(&source->problems, node, "an event is an object, but this is %s", wf_yaml_describe(node));
    return jv_invalid();
  }
  jv event = wf_yaml_to_json(node, &source->problems);
  char id[32];
  snprintf(id, sizeof id, "event-%zu", events->arrivals.count + 1);
  put_missing(&event, "id", id);
  put_missing(&event, "source", "rehearsal");
  put_missing(&event, "specversion", "1.0");
  const char *objection = wf_jsonb_objection(event);
  if (objection) wf_problem_at(&source->problems, node, "the event %s", objection);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (is_text(event, texts[i])) continue;
    wf_problem_at(&source->problems, node, "an event has a `%s`, which is a text that is not empty", texts[i]);
    objection = "";
  }
  if (!objection) return event;
  jv_free(event);
  return jv_invalid();
}

static bool read_time(struct rehearse_source *source, const struct wf_yaml *node, usec_t start, usec_t *ret_at) {
  if (node->kind == WF_YAML_SCALAR && clock_parse(node->text, strlen(node->text), ret_at) == 0) return true;
  usec_t span;
  if (!rehearse_source_duration(source, node, &span)) return false;
  *ret_at = start + span;
  return true;
}

static void read_arrival(struct rehearse_events *events, struct rehearse_source *source, const struct wf_yaml *node, usec_t start) {
  static const char *const names[] = {"at", "event"};
  const struct wf_yaml *inner = wf_yaml_get(node, "event"), *at = wf_yaml_get(node, "at");
  struct rehearse_arrival arrival = {.event = jv_invalid()};
  if (!inner || wf_yaml_get(node, "type")) {
    arrival.event = read_event(events, source, node);
  } else {
    rehearse_source_keys(source, node, "an event with a time", names, 2);
    if (at) arrival.is_timed = read_time(source, at, start, &arrival.at);
    arrival.event = read_event(events, source, inner);
  }
  if (jv_is_valid(arrival.event)) vec_push(&events->arrivals, arrival);
}

void rehearse_events_read(struct rehearse_events *events, struct rehearse_source *source, usec_t start) {
  const struct wf_yaml *root = source->root;
  if (root->kind != WF_YAML_SEQUENCE) {
    read_arrival(events, source, root, start);
    return;
  }
  for (size_t i = 0; i < root->count; i++) read_arrival(events, source, root->entries[i].value, start);
}

void rehearse_events_clear(struct rehearse_events *events) {
  vec_foreach(arrival, &events->arrivals) jv_free(arrival->event);
  vec_free(&events->arrivals);
}
