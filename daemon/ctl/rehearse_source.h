// SPDX-License-Identifier: Apache-2.0
// What a rehearsal is given besides definitions: the workflow's input, answers, events.
// One YAML or JSON document of a file; what is wrong with it is said with line and
// column, all at once.
#pragma once

#include <jv.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/problem.h"
#include "engine/yaml.h"

enum { REHEARSE_SOURCE_MAX = 8 << 20, REHEARSE_SOURCE_DEPTH = 100 };

struct rehearse_source {
  const char *path; // borrowed; "-" = standard input
  const struct wf_yaml *root;
  struct wf_problem_list problems;
};

// Reads a file of at most REHEARSE_SOURCE_MAX bytes; the tree and the problems live in the
// arena. Returns 0, or -WF_EINVAL with problems.
int rehearse_source_read(const char *path, struct arena *arena, struct rehearse_source *ret_source) WF_MUST_CHECK;

// Says the problems and warnings on standard error, as `file:line:column: what`. Returns 0
// when there are no problems, else -WF_EINVAL.
int rehearse_source_finish(struct rehearse_source *source) WF_MUST_CHECK;

// The value of an option that takes JSON or a file: JSON text as it is, else a file of
// that name, with or without `@` before it, YAML or JSON. Says what is wrong. Returns 0 and
// an owned value, or -WF_EINVAL.
int rehearse_source_value(const char *option, const char *text, struct arena *arena, jv *ret_value) WF_MUST_CHECK;

// "90s" as in the configuration, "PT1M30S" or {minutes: 1, seconds: 30} as in the DSL. False:
// a problem at the node.
bool rehearse_source_duration(struct rehearse_source *source, const struct wf_yaml *node, usec_t *ret_duration);

// Whether the node is an object whose keys are all among `names`; else problems, with the
// near miss. `what` names it: "an answer".
bool rehearse_source_keys(struct rehearse_source *source, const struct wf_yaml *node, const char *what,
                          const char *const *names, size_t count);
