// SPDX-License-Identifier: Apache-2.0
// `workflowctl stuck`: open runs that nothing would wake, from the view workflow.stuck,
// which must be empty: exit code 4 when it is not.
#pragma once

// Exit code: see verb.h.
int stuck_verb(int argc, char **argv);
