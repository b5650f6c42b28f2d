// SPDX-License-Identifier: Apache-2.0
// `workflowctl trigger-status ID [--tenant TENANT] [--limit N]`: what became of a trigger
// event, by the producer's id or by ours: its runs, the first trigger that it repeats, or
// why it is in quarantine. Exit code 4 when it is in quarantine only, 3 when nothing of
// it is known.
#pragma once

// Exit code: see verb.h.
int trigger_status_verb(int argc, char **argv);
