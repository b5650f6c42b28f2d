// SPDX-License-Identifier: Apache-2.0
// The fold behind wf_evolve(): an event whose facts are already at hand. A decision
// uses it so that what it has just written need not be read back.
#pragma once

#include "base/error.h"
#include "engine/definition.h"
#include "engine/facts.h"
#include "engine/run.h"

struct wf_scope;

int wf_evolve_facts(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts,
                    const char **ret_problem) WF_MUST_CHECK;

// Parts of the fold, one table of events each; see evolve.c.
void wf_evolve_step(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts);
// The turn of a loop, or an event of foreach, is done with: its steps are never visited again.
void wf_evolve_turn_over(struct wf_run *run, struct wf_scope *own);
void wf_evolve_listen(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts);
void wf_evolve_action(struct wf_run *run, const struct wf_event *event, const struct wf_facts *facts);

// Loops (evolve_for.c): what was opened for one, a turn of it that begins, its end.
void wf_evolve_loop(struct wf_run *run, struct wf_scope *own, const struct wf_step *step, const struct wf_facts *facts);
void wf_evolve_iterated(struct wf_run *run, const struct wf_step *step);
void wf_evolve_loop_over(struct wf_run *run, const struct wf_step *step);
// Whether a loop inside the task of `around_no` is around the step.
bool wf_evolve_in_loop(const struct wf_run *run, const struct wf_step *step, int32_t around_no);

// The trigger's data merged with the recipient's own: the workflow's raw input.
jv wf_run_raw_input(const struct wf_run *run, jv recipient_data);
