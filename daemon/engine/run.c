// SPDX-License-Identifier: Apache-2.0
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/measure.h"
#include "engine/row.h"
#include "engine/scope.h"

const char *wf_status_name(enum wf_status status) {
  static const char *const names[] = {
      [WF_PENDING] = "pending",     [WF_RUNNING] = "running",     [WF_WAITING] = "waiting",
      [WF_SUSPENDED] = "suspended", [WF_CANCELLED] = "cancelled", [WF_FAULTED] = "faulted",
      [WF_COMPLETED] = "completed", [WF_SKIPPED] = "skipped",
  };
  return names[status];
}

const char *wf_waiting_for_name(enum wf_waiting_for reason) {
  static const char *const names[] = {
      [WF_FOR_NOTHING] = NULL,  [WF_FOR_TIMER] = "timer", [WF_FOR_RETRY] = "retry",   [WF_FOR_ACTION] = "action",
      [WF_FOR_EVENT] = "event", [WF_FOR_CHILD] = "child", [WF_FOR_RESUME] = "resume",
  };
  return names[reason];
}

static char *text_copy(const char *text) { return text ? xstrdup(text) : NULL; }

struct wf_run *wf_run_new(const struct wf_identity *identity) {
  struct wf_run *run = xcalloc(1, sizeof *run);
  struct wf_identity *own = &run->identity;
  *own = *identity;
  own->workflow = text_copy(identity->workflow);
  own->workflow_version = text_copy(identity->workflow_version);
  own->tenant = text_copy(identity->tenant);
  own->subject = text_copy(identity->subject);
  own->event_id = text_copy(identity->event_id);
  own->source_type = text_copy(identity->source_type);
  own->source_name = text_copy(identity->source_name);
  own->correlation_id = text_copy(identity->correlation_id);
  own->traceparent = text_copy(identity->traceparent);
  run->status = WF_PENDING;
  run->scopes = wf_scopes_new();
  run->is_new = true;
  return run;
}

static void identity_clear(struct wf_identity *identity) {
  free(identity->workflow);
  free(identity->workflow_version);
  free(identity->tenant);
  free(identity->subject);
  free(identity->event_id);
  free(identity->source_type);
  free(identity->source_name);
  free(identity->correlation_id);
  free(identity->traceparent);
  jv_free(identity->actor);
  jv_free(identity->trigger_data);
}

void wf_run_free(struct wf_run *run) {
  if (!run) return;
  identity_clear(&run->identity);
  free(run->recipient.collection);
  free(run->recipient.id);
  free(run->reason_code);
  free(run->reason_text);
  free(run->skip_code);
  wf_fault_clear(&run->fault);
  jv_free(run->input);
  jv_free(run->context);
  jv_free(run->output);
  jv_free(run->results);
  jv_free(run->heard);
  jv_free(run->error);
  for (size_t i = 0; i < run->step_count; i++) wf_step_free(run->steps[i]);
  for (size_t i = 0; i < run->action_count; i++) wf_action_free(run->actions[i]);
  free(run->steps);
  free(run->actions);
  wf_visits_free(run);
  wf_scopes_free(run->scopes);
  free(run);
}

struct wf_step *wf_run_step(const struct wf_run *run, int32_t step_no) {
  size_t low = 0, high = run->step_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (run->steps[middle]->step_no < step_no)
      low = middle + 1;
    else
      high = middle;
  }
  return low < run->step_count && run->steps[low]->step_no == step_no ? run->steps[low] : NULL;
}

struct wf_action *wf_run_action(const struct wf_run *run, int32_t action_no) {
  size_t low = 0, high = run->action_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (run->actions[middle]->action_no < action_no)
      low = middle + 1;
    else
      high = middle;
  }
  return low < run->action_count && run->actions[low]->action_no == action_no ? run->actions[low] : NULL;
}

// Whether a try that may still be retried is open around the step.
static bool step_may_be_revisited(const struct wf_run *run, const struct wf_step *step) {
  for (size_t i = 0; i < run->scopes->count; i++) {
    const struct wf_scope *scope = &run->scopes->items[i];
    if (scope->part == WF_SCOPE_TRY && wf_step_is_inside(run, step, scope->step_no)) return true;
  }
  return false;
}

// A faulted run keeps its position, and with it what a retry would open again.
bool wf_run_keeps_step(const struct wf_run *run, const struct wf_step *step) {
  if (run->scopes->count == 0) return false;
  if (!wf_status_ended(step->status) || step->revisitable) return true;
  if (step->is_past) return false;
  const struct wf_scope *around = wf_scopes_find_branch(run->scopes, step->parent_step_no, step->branch);
  if (around && around->child_step_no == step->step_no) return true;
  return step_may_be_revisited(run, step);
}

// What is needed is found before anything goes, as the answer rests on rows around.
static void drop_steps(struct wf_run *run) {
  for (size_t i = 0; i < run->step_count; i++)
    run->steps[i]->is_changed = wf_run_keeps_step(run, run->steps[i]); // borrowed as a mark
  size_t kept = 0;
  for (size_t i = 0; i < run->step_count; i++) {
    struct wf_step *step = run->steps[i];
    if (step->is_changed) {
      step->is_new = step->is_changed = false;
      run->steps[kept++] = step;
    } else {
      wf_step_free(step);
    }
  }
  run->step_count = kept;
}

static void drop_actions(struct wf_run *run) {
  size_t kept = 0;
  for (size_t i = 0; i < run->action_count; i++) {
    struct wf_action *action = run->actions[i];
    if (wf_run_step(run, action->step_no)) {
      action->is_new = action->is_changed = false;
      run->actions[kept++] = action;
    } else {
      wf_action_free(action);
    }
  }
  run->action_count = kept;
}

void wf_run_written(struct wf_run *run) {
  run->is_new = false;
  drop_steps(run);
  drop_actions(run);
}

// An ended step's timers are cleared by the fold, so what is set is live.
void wf_run_visit_timers(const struct wf_run *run, wf_visit_timer *visit, void *context) {
  if (wf_status_ended(run->status)) return;
  const struct wf_armed of_run[] = {{run->timeout_timer_no, run->timeout_at, 0, 0},
                                    {run->yield_timer_no, run->yield_at, 0, 0}};
  for (int i = 0; i < 2; i++)
    if (of_run[i].timer_no) visit(context, &of_run[i]);
  for (size_t i = 0; i < run->step_count; i++) {
    const struct wf_step *step = run->steps[i];
    usec_t due_at = step->next_retry_at ? step->next_retry_at : step->due_at;
    const struct wf_armed of_step[] = {{step->timer_no, due_at, 0, step->step_no},
                                       {step->timeout_timer_no, step->timeout_at, 0, step->step_no},
                                       {step->attempt_timer_no, step->attempt_due_at, 0, step->step_no}};
    for (int j = 0; j < 3; j++)
      if (of_step[j].timer_no) visit(context, &of_step[j]);
  }
  for (size_t i = 0; i < run->action_count; i++) {
    const struct wf_action *action = run->actions[i];
    const struct wf_armed armed = {action->timer_no, action->deadline_at, action->action_no, action->step_no};
    if (action->status == WF_RUNNING && armed.timer_no) visit(context, &armed);
  }
}

bool wf_armed_before(const struct wf_armed *a, const struct wf_armed *b) {
  return a->due_at != b->due_at ? a->due_at < b->due_at : a->timer_no < b->timer_no;
}

struct armed_list {
  struct wf_armed *items;
  size_t max, count;
};

static void armed_add(void *context, const struct wf_armed *armed) {
  struct armed_list *list = context;
  size_t at = list->count < list->max ? list->count : list->max;
  for (; at > 0 && wf_armed_before(armed, &list->items[at - 1]); at--)
    if (at < list->max) list->items[at] = list->items[at - 1];
  if (at < list->max) list->items[at] = *armed;
  list->count++;
}

size_t wf_run_timers(const struct wf_run *run, struct wf_armed *out, size_t max) {
  struct armed_list list = {out, max, 0};
  wf_run_visit_timers(run, armed_add, &list);
  return list.count;
}

bool wf_run_timer_live(const struct wf_run *run, int32_t timer_no) {
  if (timer_no <= 0 || wf_status_ended(run->status)) return false;
  if (timer_no == run->timeout_timer_no || timer_no == run->yield_timer_no) return true;
  for (size_t i = 0; i < run->step_count; i++) {
    const struct wf_step *step = run->steps[i];
    if (timer_no == step->timer_no || timer_no == step->timeout_timer_no || timer_no == step->attempt_timer_no)
      return true;
  }
  for (size_t i = 0; i < run->action_count; i++)
    if (run->actions[i]->timer_no == timer_no && run->actions[i]->status == WF_RUNNING) return true;
  return false;
}

// What a value takes in memory is a few times its text; what several places share is
// counted in parts.
static size_t value_memory(jv value) {
  enum { BASE = 128, TIMES = 6, BYTES_MAX = 1 << 20 };
  jv_kind kind = jv_get_kind(value);
  if (kind < JV_KIND_STRING) return 0;
  int owners = jv_get_refcnt(value);
  return (BASE + TIMES * wf_value_size(value, BYTES_MAX)) / (size_t)(owners > 1 ? owners : 1);
}

size_t wf_run_memory(const struct wf_run *run) {
  enum { TEXTS = 192 }; // of a row: reference, name and the like
  size_t size = sizeof *run + TEXTS + value_memory(run->input) + value_memory(run->context) + value_memory(run->output) +
                value_memory(run->results);
  for (size_t i = 0; i < run->step_count; i++)
    size += sizeof(struct wf_step) + TEXTS + value_memory(run->steps[i]->input) + value_memory(run->steps[i]->output) +
            value_memory(run->steps[i]->listening);
  for (size_t i = 0; i < run->action_count; i++)
    size +=
        sizeof(struct wf_action) + TEXTS + value_memory(run->actions[i]->input) + value_memory(run->actions[i]->output);
  size += run->scopes->capacity * sizeof(struct wf_scope);
  for (size_t i = 0; i < run->scopes->count; i++)
    size += value_memory(run->scopes->items[i].value) + value_memory(run->scopes->items[i].items);
  return size + run->visit_count * TEXTS / 2;
}
