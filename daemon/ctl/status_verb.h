// SPDX-License-Identifier: Apache-2.0
// `workflowctl status [--runs]`: who owns what and how far it is: instances, homes with
// epochs, what is not confirmed yet, the oldest timer that is due. With --runs also how
// many runs are where, which reads the whole table of runs.
#pragma once

// Exit code: see verb.h.
int status_verb(int argc, char **argv);
