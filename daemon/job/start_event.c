// SPDX-License-Identifier: Apache-2.0
#include "job/start_event.h"

#include <stdlib.h>
#include <string.h>

#include "job/job_internal.h"

static jv text_value(struct text text) { return jv_string_sized(text.data, (int)text.size); }

static jv with_text(jv object, const char *name, struct text text) {
  return text.data ? jv_object_set(object, jv_string(name), text_value(text)) : object;
}

// The attributes are CloudEvents' (specification 1.0, "Context Attributes").
static jv cloud_event(const struct trigger_event *event) {
  jv object = jv_object_set(jv_object(), jv_string("specversion"), jv_string("1.0"));
  object = with_text(object, "id", event->id);
  object = with_text(object, "source", event->source_name);
  object = with_text(object, "type", event->type);
  object = with_text(object, "subject", event->subject);
  if (event->time) {
    char time[CLOCK_TEXT_SIZE];
    object = jv_object_set(object, jv_string("time"), jv_string(clock_format(event->time, time)));
  }
  jv data = event->data.data ? jv_parse_sized(event->data.data, (int)event->data.size) : jv_object();
  return jv_object_set(object, jv_string("data"), data);
}

struct text start_event_input(struct lane *lane, const struct trigger_event *event) {
  jv array = jv_dump_string(jv_array_append(jv_array(), cloud_event(event)), 0);
  size_t size = (size_t)jv_string_length_bytes(jv_copy(array));
  struct text text = {arena_strndup(lane->batch.arena, jv_string_value(array), size), size};
  jv_free(array);
  return text;
}

static bool matches_text(const char *wanted, struct text actual) { return !wanted || text_equal(text_of(wanted), actual); }

// A condition that fails is one that does not hold: it must not stop the others.
static bool matches_data(const struct lane *lane, const struct wf_definition *definition, const struct wf_expr *condition, const struct trigger_event *event) {
  if (!condition) return true;
  jv value, data = event->data.data ? jv_parse_sized(event->data.data, (int)event->data.size) : jv_object();
  jv variables = jv_object_set(jv_object(), jv_string("now"), jv_number((double)job_clock(lane->job) / (double)USEC_PER_SEC));
  char *error;
  if (wf_expr_evaluate(definition, condition, lane->job->evaluator, data, variables, &value, &error) < 0) {
    free(error);
    return false;
  }
  bool holds = jv_get_kind(value) == JV_KIND_TRUE;
  jv_free(value);
  return holds;
}

static bool matches(const struct lane *lane, const struct registry_entry *entry, const struct trigger_event *event) {
  if (!entry->active || !entry->definition) return false;
  const struct wf_event_filter *filter = wf_definition_trigger(entry->definition);
  return filter && matches_text(filter->type, event->type) && matches_text(filter->source, event->source_name) &&
         matches_text(filter->subject, event->subject) && matches_data(lane, entry->definition, filter->data, event);
}

void start_event_match(struct lane *lane, struct work *work) {
  const struct registry_entry **entries;
  size_t count = registry_newest(lane->job->registry, lane->batch.arena, &entries);
  work->starts = arena_alloc0(lane->batch.arena, (count + 1) * sizeof *work->starts);
  for (size_t i = 0; i < count && work->start_count < UUID_ORDINAL_MAX; i++)
    if (matches(lane, entries[i], &work->trigger)) work->starts[work->start_count++].entry = entries[i];
  if (work->start_count) work->trigger.data = start_event_input(lane, &work->trigger);
}
