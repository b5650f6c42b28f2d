// SPDX-License-Identifier: Apache-2.0
// The workflows that the simulation runs.
#pragma once

struct sim_workflow {
  const char *name, *document;
};

extern const struct sim_workflow sim_workflows[];
extern const int sim_workflow_count;
// Whose task `boom` kills the instance that comes to it: by a trigger, an answer, a timer.
extern const struct sim_workflow sim_poisons[];
enum { SIM_POISONS = 3 };
