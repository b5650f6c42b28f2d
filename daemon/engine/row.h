// SPDX-License-Identifier: Apache-2.0
// Making, finding and ending the rows that a run holds (struct wf_step, struct
// wf_action): the part of a run's state that is also a read table.
#pragma once

#include "engine/run.h"

// Replaces an owned text; NULL clears it.
void wf_text_set(char **slot, const char *text);
// Replaces an owned value; takes `value`.
void wf_value_set(jv *slot, jv value);

// Replaces every part of a fault; NULLs clear.
void wf_fault_set(struct wf_fault *fault, const char *code, const char *summary, const char *detail_internal);
void wf_fault_copy(struct wf_fault *fault, const struct wf_fault *from);
void wf_fault_clear(struct wf_fault *fault);

// Appends an empty row, marked new. Numbers must grow.
struct wf_step *wf_step_add(struct wf_run *run, int32_t step_no);
struct wf_action *wf_action_add(struct wf_run *run, int32_t action_no);
void wf_step_free(struct wf_step *step);
void wf_action_free(struct wf_action *action);

// Of an action that nobody waits for (`await: false`): its outcome from the beginning.
#define WF_NOT_AWAITED "not_awaited"
bool wf_action_is_unawaited(const struct wf_action *action);

// The last part of a JSON pointer, unescaped; owned.
char *wf_reference_name(const char *reference);

// Whether `step` is inside the task whose step is `ancestor_no`, at any depth.
bool wf_step_is_inside(const struct wf_run *run, const struct wf_step *step, int32_t ancestor_no);

// The step that entering the task `reference` in the scope of `parent_step_no` would
// visit again, or NULL.
struct wf_step *wf_step_revisit(const struct wf_run *run, int32_t parent_step_no, const char *reference);

// How often a task was entered so far, retries apart. Counting one adds it.
struct wf_visit {
  char *reference;
  int32_t count;
};
int32_t wf_visit_count(const struct wf_run *run, const char *reference);
void wf_visit_add(struct wf_run *run, const char *reference);
void wf_visits_free(struct wf_run *run);
