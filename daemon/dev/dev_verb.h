// SPDX-License-Identifier: Apache-2.0
// `workflowctl dev`: the development server. A private PostgreSQL, an embedded broker,
// workflowd and a worker, started with one command and gone when it ends.
//
//   workflowctl dev [--demo N] [--keep] [--kafka HOST:PORT] [--database CONNINFO]
//                   [--examples FOLDER]
//
// With --demo N it publishes N lead triggers, follows them, reports, and prints as its
// last line "quickstart: N triggers, N runs, … stuck", counted in SQL. With --keep (or
// without --demo) it stays in the foreground until Ctrl-C.
#pragma once

// Exit code: 0 when nothing is stuck or lost and nothing ended by itself, 1 otherwise, 2
// for wrong arguments.
int dev_verb(int argc, char **argv);
