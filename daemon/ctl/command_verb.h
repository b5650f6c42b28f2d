// SPDX-License-Identifier: Apache-2.0
// `workflowctl suspend|resume|retry|wake RUN... [--reason TEXT] [--wait]`: gives a
// command to runs by the SQL functions workflow.suspend_run() and its like; the run's
// owner takes it with its next batch. With --wait, until it has: exit code 4 when a
// command changed nothing, 5 when one was not taken in time.
#pragma once

#include "ctl/arguments.h"

// Gives the command that the verb is named after to the runs that the words name.
int command_give(const struct arguments *arguments, const char *reason, bool wait, usec_t timeout);

// The verb's name says which command. Exit code: see verb.h.
int command_verb(int argc, char **argv);
