// SPDX-License-Identifier: Apache-2.0
// One run of very many events: folded and compared in pieces, by one snapshot of the database.
// PostgreSQL gives no value above 1 GB, so the whole of it cannot be read at once. What the fold
// can forget is compared when it forgets it: memory holds a piece and what is open.
#pragma once

#include "ctl/history.h"

// Takes what one piece differs in (ctl/difference.h).
typedef void long_run_report(void *context, jv differences);

// Returns EXIT_OK, also when the events are no history, which is reported; or EXIT_FAILED, said.
int long_run_check(struct session *session, const char *run_id, long_run_report *report, void *context) WF_MUST_CHECK;

// Of the steps and actions in `rows`, which fold_rows() gave, those that the run has forgotten
// since, in the same form; takes `rows`, the result is owned.
jv long_run_forgotten(const struct wf_run *run, jv rows);
