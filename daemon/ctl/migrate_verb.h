// SPDX-License-Identifier: Apache-2.0
// `workflowctl migrate --database CONNINFO`: brings the schema `workflow` to the version
// this program was built with. Prints what it applies. Harmless when nothing is missing.
// Needs a superuser the first time, a member of workflow_owner later.
#pragma once

// Exit code: see verb.h.
int migrate_verb(int argc, char **argv);
