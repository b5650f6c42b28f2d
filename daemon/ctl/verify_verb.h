// SPDX-License-Identifier: Apache-2.0
// workflowctl verify: folds stored runs anew and compares the read tables and
// snapshots with that. Each
// page of runs is read by one statement, so by one snapshot: a daemon at work does no harm.
#pragma once

int verify_verb(int argc, char **argv);
