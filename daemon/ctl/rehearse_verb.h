// SPDX-License-Identifier: Apache-2.0
// `workflowctl rehearse FILE …`: runs a definition here and now, without Kafka and
// PostgreSQL, by the engine that the daemon has; waits take no time, actions are answered
// from a file. Prints the timeline, or with --json what came of it.
#pragma once

// Exit codes of this verb.
enum {
  REHEARSE_COMPLETED = 0,
  REHEARSE_FAILED = 1,    // could not be rehearsed: said on standard error
  REHEARSE_REFUSED = 2,   // a definition does not load; also wrong arguments
  REHEARSE_FAULTED = 3,   // the run faulted
  REHEARSE_CANCELLED = 4, // the run was cancelled
  REHEARSE_STOPPED = 5,   // it waits for something that nobody answers
};

int rehearse_verb(int argc, char **argv);
