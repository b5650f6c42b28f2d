// SPDX-License-Identifier: Apache-2.0
// `workflowctl rebuild RUN... | --all | --since TIME [--limit N] [--after RUN] [--dry-run]`:
// makes the rows of runs in the read tables anew from their events, while workflowd works.
// A run is folded, compared, and where it differs written by workflow.rebuild_run(), which
// refuses when events have come since: then it is folded again.
#pragma once

// Exit code: see verb.h. EXIT_BAD_NEWS when a run's events are no history, or with --dry-run
// when there is something to do.
int rebuild_verb(int argc, char **argv);
