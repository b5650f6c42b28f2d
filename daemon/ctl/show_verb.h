// SPDX-License-Identifier: Apache-2.0
// `workflowctl show RUN [--internal] [--ascii]`: one run: where it is, why it waits, what
// happened to it as a drawn timeline, and its actions with why one was not sent.
// --internal adds what only operators may read.
#pragma once

// Exit code: see verb.h.
int show_verb(int argc, char **argv);
