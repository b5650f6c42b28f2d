// SPDX-License-Identifier: Apache-2.0
// Runs that runs start: what must be true of them at the end.
#include <string.h>

#include "engine/row.h"
#include "sim/sim.h"

size_t sim_children_triggers(const struct sim *sim) {
  size_t count = 0;
  vec_foreach(trigger, &sim->db.triggers) count += (*trigger)->parent.depth > 0;
  return count;
}

static bool names(const struct wf_event *event, const char *id) {
  jv reference = jv_get_kind(event->data) == JV_KIND_OBJECT ? jv_object_get(jv_copy(event->data), jv_string("external_reference")) : jv_null();
  bool same = jv_get_kind(reference) == JV_KIND_STRING && strcmp(jv_string_value(reference), id) == 0;
  jv_free(reference);
  return same;
}

static bool says_not_awaited(const struct wf_event *event) {
  jv outcome = jv_object_get(jv_copy(event->data), jv_string("outcome"));
  bool is = jv_get_kind(outcome) == JV_KIND_STRING && strcmp(jv_string_value(outcome), WF_NOT_AWAITED) == 0;
  jv_free(outcome);
  return is;
}

bool sim_child_is_action(const struct sim_run *run, int32_t action_no) {
  vec_foreach(stored, &run->events) {
    const struct wf_event *event = &stored->event;
    if (event->type != WF_ACTION_REQUESTED || event->action_no != action_no || jv_get_kind(event->data) != JV_KIND_OBJECT) continue;
    return jv_object_has(jv_copy(event->data), jv_string("external_reference"));
  }
  return false;
}

// What the parent's events say of the child: how often it was asked for, and answered or recalled.
struct said {
  int asked, ended;
  bool is_awaited;
};

static struct said said_of(const struct sim_run *parent, const struct sim_run *child) {
  char id[UUID_TEXT_SIZE];
  struct said said = {.is_awaited = true};
  int32_t action_no = 0, attempt = 0;
  uuid_format(&child->run_id, id);
  vec_foreach(stored, &parent->events) {
    const struct wf_event *event = &stored->event;
    if (event->type == WF_ACTION_REQUESTED && names(event, id)) {
      said.asked++;
      said.is_awaited = !says_not_awaited(event);
      action_no = event->action_no;
      attempt = event->attempt;
    }
    bool ends = event->type == WF_ACTION_COMPLETED || event->type == WF_ACTION_FAILED || event->type == WF_ACTION_CANCELLED;
    said.ended += ends && action_no && event->action_no == action_no && event->attempt == attempt;
  }
  return said;
}

static bool was_retried(const struct sim_run *run) {
  vec_foreach(stored, &run->events) {
    if (stored->event.type == WF_RUN_RETRIED) return true;
  }
  return false;
}

// Asked for once, answered or recalled once, and not outliving a parent that waits for it.
static void check_child(struct sim *sim, const struct sim_run *child) {
  const struct sim_run *parent = sim_db_run(&sim->db, &child->trigger->parent.run_id);
  if (!parent) {
    sim_fail(sim, "a child has no parent");
    return;
  }
  struct said said = said_of(parent, child);
  if (said.asked != 1) sim_fail(sim, "a child was asked for %d times", said.asked);
  if (said.ended != said.is_awaited) sim_fail(sim, "a child that is %sawaited ended %d times to its parent", said.is_awaited ? "" : "not ", said.ended);
  bool outlives = said.is_awaited && !was_retried(child) && child->state->ended_at > parent->state->ended_at;
  if (outlives && !was_retried(parent)) sim_fail(sim, "a child has outlived its parent");
}

void sim_children_check(struct sim *sim) {
  size_t children = 0;
  vec_foreach(run, &sim->db.runs) {
    if (!(*run)->trigger->parent.depth) continue;
    children++;
    if (sim_db_is_open(*run) == false) check_child(sim, *run);
  }
  if (children != sim_children_triggers(sim)) sim_fail(sim, "%zu children of %zu triggers", children, sim_children_triggers(sim));
}
