// SPDX-License-Identifier: Apache-2.0
// `workflowctl validate FILE... [--function NAME]...`: checks workflow definitions with
// the loader that the daemon uses. Needs no database. Problems go to standard error, one
// line each; exit code 1 when there is any.
#pragma once

// Exit code: see verb.h.
int validate_verb(int argc, char **argv);
