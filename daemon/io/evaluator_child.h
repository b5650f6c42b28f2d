// SPDX-License-Identifier: Apache-2.0
// The evaluator: a process that runs the jq expressions that could abort or hang the
// daemon, and validates by JSON Schema. It has an empty environment, no files, limits on memory and processor time,
// and speaks with its parent on descriptor 0 until that is closed. What it cannot
// survive ends it, and the parent starts another.
#pragma once

// Names its limit of address space in bytes, in the environment that it is given;
// it clears that first.
#define EVALUATOR_MEMORY "WORKFLOWD_EVALUATOR_MEMORY"

// `workflowd --evaluator`: the whole life of that process. Returns the exit status.
int evaluator_child_main(int argc, char **argv);
