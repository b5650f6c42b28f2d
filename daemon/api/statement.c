// SPDX-License-Identifier: Apache-2.0
#include "api/statement.h"

const struct pg_pool_statement statement_table[STATEMENTS] = {
    [STATEMENT_KEY] = {"key",
                       "SELECT encode(k.secret_hash, 'hex'), k.tenant, k.role,"
                       " k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp()), k.rate_per_minute"
                       " FROM workflow_api.api_key k WHERE k.key_id = $1::text",
                       1},
    [STATEMENT_KNOCK_RUNS] = {"knock_runs",
                              "SELECT workflow_api.knock_runs($1::text, $2::text, $3::int, $4::text, $5::text[], $6::text, $7::bool,"
                              " $8::text, $9::text, $10::timestamptz, $11::timestamptz)",
                              11},
    [STATEMENT_KNOCK_RUN] = {"knock_run", "SELECT workflow_api.knock_run($1::uuid)", 1},
    [STATEMENT_LEADPING] = {"leadping", "SELECT workflow_api.leadping_workflow_status($1::text, $2::bool)", 2},
    [STATEMENT_DIALNEXA] = {"dialnexa", "SELECT workflow_api.dialnexa_history($1::text, $2::text)", 2},
    [STATEMENT_TRUESTATE] = {"truestate", "SELECT workflow_api.truestate_session($1::uuid, $2::uuid)", 2},
    [STATEMENT_TRUESTATE_CANCEL] = {"truestate_cancel", "SELECT workflow_api.truestate_cancel($1::uuid, $2::uuid, $3::text)", 3},
    [STATEMENT_PLANNR_EXECUTION] = {"plannr_execution", "SELECT workflow_api.plannr_execution($1::uuid, $2::bool)", 2},
    [STATEMENT_PLANNR_EXECUTIONS] = {"plannr_executions",
                                     "SELECT workflow_api.plannr_executions($1::uuid[], $2::text[], $3::text[], $4::bool, $5::text, $6::int, $7::text)",
                                     7},
    [STATEMENT_PLANNR_BLUEPRINT] = {"plannr_blueprint",
                                    "SELECT workflow_api.plannr_blueprint_executions($1::uuid, $2::uuid[], $3::text, $4::int, $5::text)", 5},
};
