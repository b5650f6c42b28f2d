// SPDX-License-Identifier: Apache-2.0
// A stored run, folded anew from its events, in the form in which the read tables are
// compared with it: {"run": {"": row}, "step": {"<step_no>": row, …}, "action": {…}},
// a row being {"<column>": value, …}. Instants are texts in UTC with microseconds; what is
// NULL in a table is null, or missing where a column holds JSON.
#pragma once

#include <jv.h>

#include "base/error.h"
#include "engine/run.h"

// `identity` has the fields of struct wf_identity by their names, `events` is an array of
// rows of `workflow.event` in order of seq with `at` for occurred_at; both are borrowed.
// Every step and action is kept, also the ended. The caller owns *ret_run.
//
// Returns 0, or -WF_EINVAL when the events are no history: the first seq is not 1, one is
// missing, one cannot follow on those before it; or the run's trigger is gone
// ("has_trigger": false in the identity). Then *ret_problem, owned, is {"row": the seq
// expected, "column", "stored", "folded"}, and maybe "problem": a sentence.
int fold_run(jv identity, jv events, struct wf_run **ret_run, jv *ret_problem) WF_MUST_CHECK;

// The same in parts: a run without events, owned; and the events behind those that it has. What
// wf_run_written() forgets is not in fold_rows() any more.
int fold_begin(jv identity, struct wf_run **ret_run, jv *ret_problem) WF_MUST_CHECK;
int fold_more(struct wf_run *run, jv events, jv *ret_problem) WF_MUST_CHECK;

// The run as the tables should have it; owned by the caller.
jv fold_rows(const struct wf_run *run);
