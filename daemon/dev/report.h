// SPDX-License-Identifier: Apache-2.0
// What the demonstration left behind, each as the SELECT that anyone can type, and its
// result.
#pragma once

#include <stdio.h>

#include "dev/demo.h"
#include "io/pg_admin.h"

// A status table, what became of the steps, and one lead's timeline: one whose first call
// was not answered, if there is one. Returns 0, or -WF_EDOWN.
int report_print(const struct demo *demo, struct pg_admin *admin, FILE *out) WF_MUST_CHECK;
