// SPDX-License-Identifier: Apache-2.0
// `workflowctl apply FILE... [--function NAME]...`: checks workflow definitions and
// publishes them into the table workflow.definition; every instance takes them up with
// its next batch. All or none. A version that is published with another content is
// refused; the same content again is no news.
#pragma once

// Exit code: see verb.h.
int apply_verb(int argc, char **argv);
