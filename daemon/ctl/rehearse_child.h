// SPDX-License-Identifier: Apache-2.0
// `run: workflow` in a rehearsal: which of the definitions given a task asks for, and what
// the end of that run is to the one that started it. As job/child.c has it in the daemon.
#pragma once

#include "engine/decide.h"

// The definition that the arguments of a child's action name; without a namespace the
// parent's, without a version or with "latest" the newest. NULL when it is not among them.
const struct wf_definition *rehearse_child_find(const struct wf_definition *const *definitions, size_t count,
                                                const struct wf_definition *parent, jv arguments);

// The answer of a run that has ended; its texts live in the arena, its output is owned.
struct wf_result rehearse_child_result(const struct wf_run *run, struct arena *arena);
// The answer when more runs stand above it than may: REHEARSE_CHILD_DEPTH, as the daemon's
// bounds.child_depth is by default.
enum { REHEARSE_CHILD_DEPTH = 8 };
struct wf_result rehearse_child_too_deep(void);
