// SPDX-License-Identifier: Apache-2.0
// Whether a run that was folded from stored events stands somewhere in its definition.
// A run that was decided here always does; this finds histories that were changed into
// others that fold, but that no definition could have made, before they are decided on.
#pragma once

#include "engine/definition.h"
#include "engine/run.h"

// Returns 0 and remembers it in the run, so that asking again costs nothing; or -WF_EINVAL,
// *ret_problem then says why in static memory.
int wf_follow_check(struct wf_run *run, const struct wf_definition *definition, const char **ret_problem) WF_MUST_CHECK;
