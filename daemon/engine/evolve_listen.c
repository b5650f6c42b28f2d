// SPDX-License-Identifier: Apache-2.0
// The fold of what a `listen` hears. A value is taken out of the object before it grows, so
// that it is not copied each time.
#include "engine/evolve.h"
#include "engine/heard.h"
#include "engine/listening.h"
#include "engine/row.h"
#include "engine/scope.h"

static void put(struct wf_step *step, const char *name, jv value) {
  jv listening = step->listening;
  step->listening = jv_invalid();
  step->listening = jv_object_set(listening, jv_string(name), value);
}

static void append(struct wf_step *step, const char *name, jv value) {
  jv list = wf_listening_get(step, name);
  put(step, name, jv_null());
  put(step, name, jv_array_append(jv_get_kind(list) == JV_KIND_ARRAY ? list : jv_array(), value));
}

static void count(struct wf_step *step, const char *name, int32_t by) {
  put(step, name, jv_number(wf_listening_count(step, name) + by));
}

static void fold_listening(const struct wf_event *event, const struct wf_facts *facts, struct wf_step *step) {
  jv listening = jv_object_set(jv_object(), jv_string("no"), jv_number(event->seq));
  if (jv_is_valid(facts->expects)) listening = jv_object_set(listening, jv_string("expects"), jv_copy(facts->expects));
  if (facts->endless) listening = jv_object_set(listening, jv_string("endless"), jv_true());
  if (facts->foreach) listening = jv_object_set(listening, jv_string("foreach"), jv_true());
  if (facts->last) listening = jv_object_set(listening, jv_string("over"), jv_true());
  listening = jv_object_set(listening, jv_string("items"), jv_is_valid(facts->items) ? jv_copy(facts->items) : jv_array());
  wf_value_set(&step->listening, listening);
  step->status = WF_WAITING;
}

static bool is_set(const struct wf_step *step, const char *name) {
  jv value = wf_listening_get(step, name);
  bool is_true = jv_get_kind(value) == JV_KIND_TRUE;
  jv_free(value);
  return is_true;
}

static void note_heard(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                       const struct wf_step *step) {
  jv heard = run->heard;
  run->heard = jv_invalid();
  run->heard = wf_heard_add(heard, facts->event_source, facts->event_id, event->seq, wf_listening_no(step), event->at, facts->renews);
}

// What an endless listener has is nobody's: it is not kept.
static void add_item(struct wf_step *step, jv item) {
  if (is_set(step, "endless"))
    jv_free(item);
  else
    append(step, "items", item);
}

static void fold_matched(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                         struct wf_step *step) {
  note_heard(run, event, facts, step);
  const char *filled = facts->until_event ? "ended" : "filled";
  // Once each: an endless listener has no end of events.
  if (!wf_listening_has(step, filled, facts->filter)) append(step, filled, jv_number(facts->filter));
  if (jv_is_valid(facts->keys)) put(step, "keys", jv_copy(facts->keys));
  if (facts->bytes) count(step, "bytes", facts->bytes);
  if (facts->last) put(step, "over", jv_true());
  if (facts->until_event) return;
  if (is_set(step, "foreach"))
    append(step, "queue", jv_array_append(jv_array_append(jv_array(), jv_copy(facts->item)), jv_number(facts->bytes)));
  else
    add_item(step, jv_copy(facts->item));
}

// Each stands in an array of its own, so that null is an item too, with its bytes.
static void fold_taken(struct wf_run *run, struct wf_step *step) {
  jv queue = wf_listening_get(step, "queue");
  put(step, "queue", jv_null());
  put(step, "item", jv_array_get(jv_copy(queue), 0));
  int length = jv_array_length(jv_copy(queue));
  put(step, "queue", jv_array_slice(queue, 1, length));
  step->status = WF_RUNNING;
  const struct wf_scope *around = wf_scopes_find_branch(run->scopes, step->parent_step_no, step->branch);
  WF_ASSERT(around);
  struct wf_scope *own = wf_scopes_open(run->scopes, step->step_no, around, WF_SCOPE_LISTEN, jv_copy(step->input));
  own->turn_after = run->last_step_no;
}

static void fold_handled(struct wf_run *run, const struct wf_facts *facts, struct wf_step *step) {
  jv item = wf_listening_get(step, "item"), bytes = jv_array_get(jv_copy(item), 1);
  put(step, "item", jv_null());
  count(step, "handled", 1);
  // What an endless listener is through with is gone; of others it is in what they give.
  if (is_set(step, "endless") && jv_get_kind(bytes) == JV_KIND_NUMBER) count(step, "bytes", -(int32_t)jv_number_value(bytes));
  jv_free(bytes);
  add_item(step, jv_is_valid(facts->output) ? jv_copy(facts->output) : jv_array_get(jv_copy(item), 0));
  jv_free(item);
  if (jv_is_valid(facts->context)) wf_value_set(&run->context, jv_copy(facts->context));
  step->status = WF_WAITING;
  wf_evolve_turn_over(run, wf_scopes_find(run->scopes, step->step_no));
  wf_scopes_close(run->scopes, step->step_no);
}

void wf_evolve_listen(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts) {
  struct wf_step *step = wf_run_step(run, event->step_no);
  WF_ASSERT(step);
  switch (event->type) {
  case WF_STEP_LISTENING: fold_listening(event, facts, step); break;
  case WF_EVENT_MATCHED: fold_matched(run, event, facts, step); break;
  case WF_EVENT_REJECTED: count(step, "rejected", 1); break;
  case WF_EVENT_TAKEN: fold_taken(run, step); break;
  case WF_EVENT_HANDLED: fold_handled(run, facts, step); break;
  default: break;
  }
  step->updated_at = event->at;
  step->is_changed = true;
  run->last_executed_at = event->at;
}
