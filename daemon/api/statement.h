// SPDX-License-Identifier: Apache-2.0
// The statements that the API asks: one per answer, and the one that looks a key up.
#pragma once

#include "io/pg_pool.h"

enum statement {
  STATEMENT_KEY,
  STATEMENT_KNOCK_RUNS,
  STATEMENT_KNOCK_RUN,
  STATEMENT_LEADPING,
  STATEMENT_DIALNEXA,
  STATEMENT_TRUESTATE,
  STATEMENT_TRUESTATE_CANCEL,
  STATEMENT_PLANNR_EXECUTION,
  STATEMENT_PLANNR_EXECUTIONS,
  STATEMENT_PLANNR_BLUEPRINT,
  STATEMENTS,
};

enum { STATEMENT_PARAMETERS_MAX = 12 };

// What row-level security goes by, for one transaction (sql/migrations/006_api.sql).
#define STATEMENT_SETTING "workflow_api.tenant"

extern const struct pg_pool_statement statement_table[STATEMENTS];
