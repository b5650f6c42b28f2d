// SPDX-License-Identifier: Apache-2.0
// A rehearsal for programs: {"status", "output", "error", "events", "tasks", "children",
// "emitted", "lifecycle", "waitingFor"}. Events (facts of the run), tasks and CloudEvents stand
// in the order in which they happened; instants are RFC 3339 in UTC, null = not yet.
#pragma once

#include <jv.h>
#include <stdio.h>

#include "ctl/rehearse_world.h"

// When nothing happened: the definitions do not load ("refused", and "documents" says why, as
// document_json() of ctl/document.h does), or no event starts it ("waiting"). Takes the array;
// owned.
jv rehearse_json_nothing(const char *status, jv documents);

// Owned.
jv rehearse_json(const struct rehearse_record *record, enum rehearse_end end);

// Takes the value. Secrets are said as `secret:NAME`; flags are jv_dump_string()'s.
void rehearse_json_print(jv value, int flags, FILE *out);
