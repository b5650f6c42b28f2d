// SPDX-License-Identifier: Apache-2.0
// Runs jq expressions, and validates, outside this process (evaluator_child.h). The process is started
// when it is first needed and again whenever it ended. A call waits for its result until
// the process has used the expression's time of the processor, so that a busy machine fails
// no run, and 10 seconds more at most; nothing that an expression does can take the caller
// down or hold it up for more.
//
// An expression that used up its time is given half of it the next time, down to a
// millisecond, until it succeeds: one that never ends cannot slow everything else.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "engine/expression.h"

struct evaluator;

struct evaluator_config {
  const char *program; // what to run with "--evaluator"; NULL = /proc/self/exe
  usec_t budget;       // of one evaluation, time of the processor, > 0
  size_t memory;       // bytes of address space of the process, 0 = 512 MiB
};

struct evaluator_counts {
  uint64_t evaluations, starts, timeouts, crashes;
};

struct evaluator *evaluator_new(const struct evaluator_config *config);
void evaluator_free(struct evaluator *evaluator); // takes NULL; ends the process

// For later evaluations (a reloaded config).
void evaluator_set_budget(struct evaluator *evaluator, usec_t budget);

// What the engine calls; valid as long as the evaluator.
const struct wf_evaluator *evaluator_interface(struct evaluator *evaluator);

struct evaluator_counts evaluator_get_counts(const struct evaluator *evaluator);
