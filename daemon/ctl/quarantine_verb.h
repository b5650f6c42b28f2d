// SPDX-License-Identifier: Apache-2.0
// `workflowctl quarantine list [FILTER]...`: records that could not be taken, newest
// first, and why. `workflowctl quarantine show NUMBER`: one of them with its bytes.
// `workflowctl quarantine replay NUMBER...`: takes them again, with their bytes, at the
// home of the partition they came from.
#pragma once

// Exit code: see verb.h.
int quarantine_verb(int argc, char **argv);
