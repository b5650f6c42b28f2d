// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_json.h"

#include "base/buf.h"
#include "engine/secret.h"

static jv with(jv object, const char *name, jv value) { return jv_object_set(object, jv_string(name), value); }

static jv with_text(jv object, const char *name, const char *text) {
  return with(object, name, text ? jv_string(text) : jv_null());
}

static jv with_instant(jv object, const char *name, usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  return with_text(object, name, instant ? clock_format(instant, text) : NULL);
}

static jv value_or_null(jv value) { return jv_is_valid(value) ? jv_copy(value) : jv_null(); }

static jv event_json(const struct rehearse_event *from) {
  const struct wf_event *event = &from->event;
  jv object = with(jv_object(), "seq", jv_number(event->seq));
  object = with_instant(object, "at", event->at);
  object = with_text(object, "type", wf_event_type_name(event->type));
  object = with_text(object, "level", event->level == WF_LEVEL_ERROR ? "error" : "ok");
  if (event->step_no) object = with(object, "step", jv_number(event->step_no));
  if (event->reference) object = with_text(object, "reference", event->reference);
  if (event->action_no) object = with(object, "action", jv_number(event->action_no));
  if (from->function) object = with_text(object, "function", from->function);
  if (event->attempt) object = with(object, "attempt", jv_number(event->attempt));
  if (event->reason_code) object = with_text(object, "reasonCode", event->reason_code);
  if (event->summary) object = with_text(object, "summary", event->summary);
  if (event->detail_internal) object = with_text(object, "detail", event->detail_internal);
  if (jv_is_valid(event->data)) object = with(object, "data", jv_copy(event->data));
  return object;
}

static jv task_json(const struct rehearse_step *step) {
  jv object = with_text(jv_object(), "reference", step->reference);
  object = with_text(object, "name", step->name);
  object = with_text(object, "kind", step->kind);
  object = with_text(object, "status", wf_status_name(step->status));
  object = with_instant(object, "startedAt", step->started_at);
  object = with_instant(object, "endedAt", step->ended_at);
  object = with(object, "visit", jv_number(step->visit));
  return with(object, "attempts", jv_number(step->attempt));
}

static jv want_json(const struct rehearse_want *want) {
  bool is_event = want->kind == REHEARSE_WANT_EVENT;
  jv object = with_text(jv_object(), "kind", is_event ? "event" : "action");
  object = with_text(object, "reference", want->reference);
  if (is_event) return with(object, "rejected", jv_copy(want->arguments));
  object = with_text(object, "function", want->function);
  object = with(object, "attempt", jv_number(want->attempt));
  return with(object, "arguments", jv_copy(want->arguments));
}

static const char *status_of(const struct rehearse_run *run, enum rehearse_end end) {
  if (wf_status_ended(run->run->status)) return wf_status_name(run->run->status);
  return end == REHEARSE_ENDLESS ? "running" : "waiting";
}

static jv run_json(const struct rehearse_run *run, enum rehearse_end end) {
  jv events = jv_array(), tasks = jv_array();
  vec_foreach(event, &run->events) events = jv_array_append(events, event_json(event));
  vec_foreach(step, &run->steps) tasks = jv_array_append(tasks, task_json(step));
  bool is_faulted = run->run->status == WF_FAULTED;
  jv object = with_text(jv_object(), "status", status_of(run, end));
  object = with(object, "output", value_or_null(run->run->output));
  object = with(object, "error", is_faulted ? value_or_null(run->run->error) : jv_null());
  object = with(object, "events", events);
  return with(object, "tasks", tasks);
}

static jv sent_json(const struct rehearse_sent *items, size_t count) {
  jv events = jv_array();
  for (size_t i = 0; i < count; i++) events = jv_array_append(events, jv_copy(items[i].event));
  return events;
}

jv rehearse_json(const struct rehearse_record *record, enum rehearse_end end) {
  jv object = run_json(record->runs.items[0], end), children = jv_array(), wants = jv_array();
  for (size_t i = 1; i < record->runs.count; i++) {
    const struct rehearse_run *run = record->runs.items[i];
    jv child = with_text(run_json(run, end), "workflow", run->run->identity.workflow);
    children = jv_array_append(children, child);
  }
  vec_foreach(want, &record->wants) wants = jv_array_append(wants, want_json(want));
  object = with(object, "children", children);
  object = with(object, "emitted", sent_json(record->emitted.items, record->emitted.count));
  object = with(object, "lifecycle", sent_json(record->lifecycle.items, record->lifecycle.count));
  return with(object, "waitingFor", wants);
}

jv rehearse_json_nothing(const char *status, jv documents) {
  jv object = with_text(jv_object(), "status", status);
  object = with(object, "output", jv_null());
  object = with(object, "error", jv_null());
  object = with(object, "events", jv_array());
  object = with(object, "tasks", jv_array());
  return with(object, "documents", documents);
}

void rehearse_json_print(jv value, int flags, FILE *out) {
  jv text = jv_dump_string(value, flags);
  struct buf said = {0};
  wf_secret_unmark(jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)), &said);
  fwrite(said.data, 1, said.size, out);
  buf_free(&said);
  jv_free(text);
}
