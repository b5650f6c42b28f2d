// SPDX-License-Identifier: Apache-2.0
// `workflowctl dev-broker`: the embedded broker as a process of its own, so that
// killing the daemon does not take it along.
//
//   workflowctl dev-broker [--topic NAME:PARTITIONS]...
//
// Prints its address as one line on standard output once it listens. Ends on SIGTERM
// or SIGINT, and when its parent does. Reads commands from standard input, one a line, for tests: "down" and "up"
// take the listener away and bring it back, "topic NAME:PARTITIONS" makes a topic; each is
// answered by "ok" or "error". When standard input ends it goes on.
#pragma once

// Exit code: 0 after a signal, 1 when it cannot start, 2 for wrong arguments.
int broker_verb(int argc, char **argv);
