// SPDX-License-Identifier: Apache-2.0
#include "engine/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"

void wf_text_set(char **slot, const char *text) {
  char *copy = text ? xstrdup(text) : NULL;
  free(*slot);
  *slot = copy;
}

void wf_value_set(jv *slot, jv value) {
  jv_free(*slot);
  *slot = value;
}

void wf_fault_set(struct wf_fault *fault, const char *code, const char *summary, const char *detail_internal) {
  wf_text_set(&fault->code, code);
  wf_text_set(&fault->summary, summary);
  wf_text_set(&fault->detail_internal, detail_internal);
}

void wf_fault_copy(struct wf_fault *fault, const struct wf_fault *from) {
  wf_fault_set(fault, from->code, from->summary, from->detail_internal);
}

void wf_fault_clear(struct wf_fault *fault) { wf_fault_set(fault, NULL, NULL, NULL); }

// Arrays grow by doubling: their capacity is the next power of two.
static void *pointer_append(void *array, size_t count, void *item) {
  void **items = array;
  if ((count & (count - 1)) == 0) items = xrealloc(items, (count ? count * 2 : 1) * sizeof *items);
  items[count] = item;
  return items;
}

struct wf_step *wf_step_add(struct wf_run *run, int32_t step_no) {
  WF_ASSERT(step_no > run->last_step_no);
  struct wf_step *step = xcalloc(1, sizeof *step);
  step->step_no = step_no;
  step->is_new = true;
  run->steps = pointer_append(run->steps, run->step_count++, step);
  run->last_step_no = step_no;
  return step;
}

struct wf_action *wf_action_add(struct wf_run *run, int32_t action_no) {
  WF_ASSERT(action_no > run->last_action_no);
  struct wf_action *action = xcalloc(1, sizeof *action);
  action->action_no = action_no;
  action->is_new = true;
  run->actions = pointer_append(run->actions, run->action_count++, action);
  run->last_action_no = action_no;
  return action;
}

void wf_step_free(struct wf_step *step) {
  free(step->reference);
  free(step->name);
  free(step->title);
  free(step->outcome);
  free(step->external_reference);
  free(step->skip_code);
  wf_fault_clear(&step->fault);
  jv_free(step->input);
  jv_free(step->output);
  jv_free(step->listening);
  free(step);
}

void wf_action_free(struct wf_action *action) {
  free(action->function);
  free(action->outcome);
  free(action->external_reference);
  free(action->summary);
  wf_fault_clear(&action->fault);
  jv_free(action->input);
  jv_free(action->output);
  jv_free(action->error);
  free(action);
}

bool wf_action_is_unawaited(const struct wf_action *action) {
  return !action->deadline_at && action->outcome && strcmp(action->outcome, WF_NOT_AWAITED) == 0;
}

char *wf_reference_name(const char *reference) {
  const char *slash = strrchr(reference, '/');
  char *name = xstrdup(slash ? slash + 1 : reference);
  char *out = name;
  for (const char *in = name; *in; in++) {
    if (in[0] == '~' && (in[1] == '0' || in[1] == '1'))
      *out++ = *++in == '0' ? '~' : '/';
    else
      *out++ = *in;
  }
  *out = '\0';
  return name;
}

bool wf_step_is_inside(const struct wf_run *run, const struct wf_step *step, int32_t ancestor_no) {
  while (step && step->parent_step_no) {
    if (step->parent_step_no == ancestor_no) return true;
    step = wf_run_step(run, step->parent_step_no);
  }
  return false;
}

struct wf_step *wf_step_revisit(const struct wf_run *run, int32_t parent_step_no, const char *reference) {
  for (size_t i = 0; i < run->step_count; i++) {
    struct wf_step *step = run->steps[i];
    if (step->revisitable && step->parent_step_no == parent_step_no && strcmp(step->reference, reference) == 0)
      return step;
  }
  return NULL;
}

static struct wf_visit *visit_find(const struct wf_run *run, const char *reference) {
  for (size_t i = 0; i < run->visit_count; i++)
    if (strcmp(run->visits[i].reference, reference) == 0) return &run->visits[i];
  return NULL;
}

int32_t wf_visit_count(const struct wf_run *run, const char *reference) {
  const struct wf_visit *visit = visit_find(run, reference);
  return visit ? visit->count : 0;
}

void wf_visit_add(struct wf_run *run, const char *reference) {
  struct wf_visit *visit = visit_find(run, reference);
  if (visit) {
    visit->count++;
    return;
  }
  size_t count = run->visit_count++;
  if ((count & (count - 1)) == 0) run->visits = xrealloc(run->visits, (count ? count * 2 : 1) * sizeof *run->visits);
  run->visits[count] = (struct wf_visit){xstrdup(reference), 1};
}

void wf_visits_free(struct wf_run *run) {
  for (size_t i = 0; i < run->visit_count; i++) free(run->visits[i].reference);
  free(run->visits);
  run->visits = NULL;
  run->visit_count = 0;
}
