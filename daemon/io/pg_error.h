// SPDX-License-Identifier: Apache-2.0
// What a failed pipeline means to the batch, by SQLSTATE.
#pragma once

#include <libpq-fe.h>

#include "io/pg_conn.h"
#include "job/store.h"

// Whether the session ends with it: what the server says before it hangs up, or what libpq
// says of a connection that broke.
bool pg_error_ends_session(const PGresult *result);

// Whether a partition was missing: 23514 of no constraint that has a name.
bool pg_error_is_missing_partition(const struct pg_outcome *outcome);

// `in_commit` says that the pipeline held a COMMIT whose loss matters.
enum store_status pg_error_status(const struct pg_outcome *outcome, bool in_commit);

// The number in the error's DETAIL, which fence() uses to say which home, or what time
// it is; `otherwise` when there is none.
int64_t pg_error_number(const struct pg_outcome *outcome, int64_t otherwise);
