// SPDX-License-Identifier: Apache-2.0
// A blocking connection to PostgreSQL for tools: migrate, workflowctl, tests. It has no
// place in the daemon's loop, where a call that waits stops everything.
#pragma once

#include <stddef.h>

#include "base/error.h"

struct pg_admin;
struct pg_rows;

// Connects; `conninfo` is libpq's (a string of key=value, or a URI). On success the
// caller owns *ret_admin. Returns 0 or -WF_EDOWN; the reason then stands in *ret_error,
// which the caller frees.
int pg_admin_connect(const char *conninfo, const char *application_name, struct pg_admin **ret_admin, char **ret_error)
    WF_MUST_CHECK;
void pg_admin_free(struct pg_admin *admin); // takes NULL

// Runs one statement with text parameters $1… (NULL = null). Returns 0, -WF_EDOWN when
// the connection broke, -WF_ECONFLICT for SQLSTATE 23…, 40… and WF…, else -WF_EINVAL.
// ret_rows may be NULL; else the caller owns *ret_rows.
int pg_admin_query(struct pg_admin *admin, const char *sql, const char *const *parameters, size_t count,
                   struct pg_rows **ret_rows) WF_MUST_CHECK;
// Runs several statements without parameters, in one transaction unless they say
// otherwise. Errors as above.
int pg_admin_script(struct pg_admin *admin, const char *text) WF_MUST_CHECK;

// Runs a statement whose outcome does not matter, such as ROLLBACK after a failure.
// What pg_admin_error() says stays.
void pg_admin_clean(struct pg_admin *admin, const char *sql);

// About the last call that failed: one line with message, detail and hint; and the
// SQLSTATE ("" = none). Live until the next call.
const char *pg_admin_error(const struct pg_admin *admin);
const char *pg_admin_sqlstate(const struct pg_admin *admin);

void pg_rows_free(struct pg_rows *rows); // takes NULL
size_t pg_rows_count(const struct pg_rows *rows);
size_t pg_rows_columns(const struct pg_rows *rows);
const char *pg_rows_name(const struct pg_rows *rows, size_t column);
// Text form of a value, NULL = null. Live as long as the rows.
const char *pg_rows_value(const struct pg_rows *rows, size_t row, size_t column);
// How many rows an INSERT, UPDATE or DELETE touched.
size_t pg_rows_affected(const struct pg_rows *rows);
