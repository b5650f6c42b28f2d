// SPDX-License-Identifier: Apache-2.0
// One request as what is asked of PostgreSQL: each endpoint reads its path and query and
// gives a statement with values, or a refusal. Formats are checked here (UUID, RFC 3339,
// numbers, words), so that PostgreSQL is not asked in vain; what the values mean is SQL's.
#pragma once

#include <stdbool.h>

#include "api/refusal.h"
#include "api/query.h"
#include "api/statement.h"

enum { CALL_PATH_PARTS_MAX = 2 };

struct call_input {
  struct arena *arena; // of the request
  const char *parts[CALL_PATH_PARTS_MAX]; // of the path, decoded: what stands in for {}
  const struct query *query;
  bool is_operator;
  const char *key_id;
};

struct call {
  enum statement statement;
  const char *values[STATEMENT_PARAMETERS_MAX]; // NULL = null
};

// Returns 0, or -WF_EINVAL with a refusal. Texts are the arena's.
typedef int call_make(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal);

call_make call_knock_runs, call_knock_run;
call_make call_leadping;
call_make call_dialnexa;
call_make call_truestate, call_truestate_cancel;
call_make call_plannr_execution, call_plannr_executions, call_plannr_blueprint;
