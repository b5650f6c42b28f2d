// SPDX-License-Identifier: Apache-2.0
// `workflowctl quarantine list [FILTER]...`: records that could not be taken, newest
// first, and why. `workflowctl quarantine show NUMBER`: one of them with its bytes.
#pragma once

// Exit code: see verb.h.
int quarantine_verb(int argc, char **argv);
