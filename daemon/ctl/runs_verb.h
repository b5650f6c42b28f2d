// SPDX-License-Identifier: Apache-2.0
// `workflowctl runs [FILTER]...`: runs, newest first, a page at a time by key: the next
// page begins behind the last run id of this one, so it costs the same however deep.
#pragma once

// Exit code: see verb.h.
int runs_verb(int argc, char **argv);
