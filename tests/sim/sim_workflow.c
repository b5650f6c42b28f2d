// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_workflow.h"

const struct sim_workflow sim_workflows[] = {
    {"one-action",
     "document: {dsl: '1.0.0', namespace: sim, name: one-action, version: 1.0.0}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n"},
    {"three-actions",
     "document: {dsl: '1.0.0', namespace: sim, name: three-actions, version: 1.0.0}\n"
     "do:\n"
     "  - first: {call: act, with: {n: 1}}\n"
     "  - note: {set: {noted: true}}\n"
     "  - second: {call: act, with: {n: 2}}\n"
     "  - third: {call: act, with: {n: 3}}\n"},
};

#define BOOM "  - boom: {set: {x: 1}}\n"
const struct sim_workflow sim_poisons[SIM_POISONS] = {
    {"poison-trigger",
     "document: {dsl: '1.0.0', namespace: sim, name: poison-trigger, version: 1.0.0}\n"
     "do:\n" BOOM},
    {"poison-answer",
     "document: {dsl: '1.0.0', namespace: sim, name: poison-answer, version: 1.0.0}\n"
     "do:\n"
     "  - act: {call: act, with: {n: 1}}\n" BOOM},
    {"poison-timer",
     "document: {dsl: '1.0.0', namespace: sim, name: poison-timer, version: 1.0.0}\n"
     "do:\n"
     "  - nap: {wait: {seconds: 1}}\n" BOOM},
};

const int sim_workflow_count = sizeof sim_workflows / sizeof *sim_workflows;
