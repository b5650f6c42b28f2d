// SPDX-License-Identifier: Apache-2.0
// `workflowctl cancel`: ends runs as cancelled. Which: RUN... by id; or with --key all of
// a cancellation key, and what triggers that happened before would still start; or all
// open runs that a filter names (--workflow, --tenant, --recipient, --status), of which
// at least one must be given. Reports how many.
#pragma once

// Exit code: see verb.h.
int cancel_verb(int argc, char **argv);
