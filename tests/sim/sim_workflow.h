// SPDX-License-Identifier: Apache-2.0
// The workflows that the simulation runs, and the functions that they call.
#pragma once

#include <stdbool.h>

#include "engine/definition.h"

// What the worker does with calls of a function.
enum { SIM_FUNCTIONS = 5 };

struct sim_workflow {
  const char *name, *version, *document;
  bool named;     // triggers may name it; else it is started by an event
  bool hurried;   // has timeouts of its own, which would make up for a message lost
  bool never_ends; // cannot be stored beyond its wait: only a cancel ends it
  bool later;     // published while the others run
};

// A task that listens, by the last name of its reference: what it must hear. The events of a
// run have its key.
struct sim_listen {
  const char *workflow, *task;
  const char *types[3]; // NULL behind the last
  int exactly;          // how many events it has heard when it completes; 0 = by other rules
};
extern const struct sim_listen sim_listens[];
extern const int sim_listen_count;

extern const struct sim_workflow sim_workflows[];
extern const int sim_workflow_count;

// Whose task `boom` kills the instance that comes to it: by a trigger, a timer, an answer.
enum { SIM_DEADLY = 3 };
extern const struct sim_workflow sim_deadly[SIM_DEADLY];

// How many definitions an event of type "sim.signed" starts; of type "sim.opened" or
// "sim.closed", besides those that start on several.
enum { SIM_SIGNED_STARTS = 2, SIM_OPENED_STARTS = 1 };

// Deadlines of some seconds, or (patient) so long that they never help within a run.
const struct wf_catalog *sim_catalog(bool patient);
