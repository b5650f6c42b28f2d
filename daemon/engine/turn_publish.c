// SPDX-License-Identifier: Apache-2.0
// `emit`: the event is made here, whole, and recorded; it leaves after the commit.
#include <string.h>

#include "engine/turn.h"
#include "engine/uri_fill.h"

// What CloudEvents 1.0 asks of an attribute: a text, or of an extension also a number or a
// truth value. `data` is whatever it is.
enum attribute { ATTRIBUTE_TEXT, ATTRIBUTE_INSTANT, ATTRIBUTE_ANY };

static enum attribute attribute_of(const char *name) {
  static const char *const texts[] = {"id", "source", "type", "subject", "datacontenttype", "dataschema", "specversion"};
  if (strcmp(name, "time") == 0) return ATTRIBUTE_INSTANT;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(name, texts[i]) == 0) return ATTRIBUTE_TEXT;
  return ATTRIBUTE_ANY;
}

static bool refuse(struct wf_turn *turn, const struct wf_task *task, const char *name, const char *expected,
                   struct wf_raised *ret_raised) {
  const char *detail = arena_printf(turn->arena, "`%.100s` of the event: expected %s", name, expected);
  *ret_raised = wf_raised_make(WF_ERROR_VALIDATION, "The event to emit is no CloudEvent", detail, task->instance);
  return false;
}

// A number counts as its text where only a text may stand: an id taken from data often is one.
static jv as_text(jv value) {
  jv_kind kind = jv_get_kind(value);
  bool is_scalar = kind == JV_KIND_NUMBER || kind == JV_KIND_TRUE || kind == JV_KIND_FALSE;
  return is_scalar ? jv_dump_string(value, 0) : value;
}

// Borrows `value`.
static bool put_attribute(struct wf_turn *turn, const struct wf_task *task, const char *name, jv value, jv *event,
                          struct wf_raised *ret_raised) {
  usec_t instant;
  enum attribute rule = attribute_of(name);
  jv own = rule == ATTRIBUTE_TEXT ? as_text(jv_copy(value)) : jv_copy(value);
  jv_kind kind = jv_get_kind(own);
  const char *expected = NULL;
  if (rule == ATTRIBUTE_ANY && (kind == JV_KIND_OBJECT || kind == JV_KIND_ARRAY))
    expected = "a text, a number or a truth value";
  else if (rule != ATTRIBUTE_ANY && (kind != JV_KIND_STRING || jv_string_length_bytes(jv_copy(own)) == 0))
    expected = "a text that is not empty";
  else if (rule == ATTRIBUTE_INSTANT && clock_parse(jv_string_value(own), strlen(jv_string_value(own)), &instant) < 0)
    expected = "an instant by RFC 3339";
  else if (strcmp(name, "specversion") == 0 && strcmp(jv_string_value(own), "1.0") != 0)
    expected = "\"1.0\"";
  if (expected) {
    jv_free(own);
    return refuse(turn, task, name, expected, ret_raised);
  }
  *event = jv_object_set(*event, jv_string(name), own);
  return true;
}

// Puts members of the task's input into an attribute that is a URI template.
static bool fill(struct wf_turn *turn, const struct wf_task *task, const char *name, jv input, jv *value,
                 struct wf_raised *ret_raised) {
  const char *const *template = task->emit.templates, *problem;
  while (*template && strcmp(*template, name) != 0) template++;
  if (!*template) return true;
  jv filled;
  if (wf_uri_fill(jv_string_value(*value), input, turn->arena, &filled, &problem) < 0) {
    *ret_raised = wf_raised_make(WF_ERROR_EXPRESSION, "A URI template cannot be filled", problem, task->instance);
    return false;
  }
  jv_free(*value);
  *value = filled;
  return true;
}

// What is null is not there, so that an expression may leave an attribute out.
static bool put_given(struct wf_turn *turn, const struct wf_task *task, jv input, jv given, jv *event,
                      struct wf_raised *ret_raised) {
  bool is_good = true;
  jv_object_foreach(given, key, value) {
    const char *name = jv_string_value(key);
    bool is_data = strcmp(name, "data") == 0;
    if (is_good && is_data) *event = jv_object_set(*event, jv_copy(key), jv_copy(value));
    if (is_good && !is_data && jv_get_kind(value) != JV_KIND_NULL)
      is_good = fill(turn, task, name, input, &value, ret_raised) && put_attribute(turn, task, name, value, event, ret_raised);
    jv_free(key);
    jv_free(value);
  }
  return is_good;
}

static bool has(jv object, const char *name) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  bool is_there = jv_is_valid(value);
  jv_free(value);
  return is_there;
}

static jv put_default(jv event, const char *name, const char *text) {
  return has(event, name) ? event : jv_object_set(event, jv_string(name), jv_string(text));
}

// An owned event, or false and an error. Its id is that of the fact that records it.
static bool make_event(struct wf_turn *turn, const struct wf_task *task, jv input, jv given, jv *ret_event,
                       struct wf_raised *ret_raised) {
  char run_id[UUID_TEXT_SIZE], time[CLOCK_TEXT_SIZE];
  jv event = jv_object_set(jv_object(), jv_string("specversion"), jv_string("1.0"));
  bool is_good = put_given(turn, task, input, given, &event, ret_raised);
  if (is_good && !has(event, "source")) is_good = refuse(turn, task, "source", "a text that is not empty", ret_raised);
  if (is_good && !has(event, "type")) is_good = refuse(turn, task, "type", "a text that is not empty", ret_raised);
  if (!is_good) {
    jv_free(event);
    return false;
  }
  event = put_default(event, "id", arena_printf(turn->arena, "%s:%d", uuid_format(&turn->run->identity.run_id, run_id),
                                                (int)turn->run->last_seq + 1));
  *ret_event = put_default(event, "time", clock_format(turn->input->now, time));
  return true;
}

void wf_turn_publish(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_raised raised;
  jv given, event;
  bool is_good = wf_turn_evaluate(turn, task->emit.with, step->input, &view, &given, &raised);
  if (is_good) {
    is_good = make_event(turn, task, step->input, given, &event, &raised);
    jv_free(given);
  }
  if (!is_good) {
    wf_turn_raise(turn, step->step_no, raised);
    return;
  }
  int32_t step_no = step->step_no;
  struct wf_facts facts = {.event = event, .outcome = turn->run->sandbox ? "rehearsed" : NULL};
  wf_turn_emit(turn,
               (struct wf_event){.type = WF_EVENT_EMITTED, .step_no = step_no, .attempt = step->attempt, .reference = task->reference},
               &facts);
  if (!turn->run->sandbox)
    wf_turn_effect(turn, (struct wf_effect){.kind = WF_EFFECT_EMIT, .step_no = step_no, .reference = task->reference,
                                            .arguments = jv_copy(event)});
  wf_turn_complete(turn, step_no, event, NULL, NULL);
  jv_free(event);
}
