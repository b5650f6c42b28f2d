// SPDX-License-Identifier: Apache-2.0
// Brings the schema `workflow` to the version this binary was built with, and tells
// whether it is there. Only workflowctl migrates; the daemon checks.
#pragma once

#include "base/error.h"
#include "io/pg_admin.h"

// Told of each migration as it is applied, then "functions and views".
typedef void pg_migrate_progress(const char *name, void *context);

// Applies what is missing: roles and schema, each migration in a transaction of its own,
// then functions, views and partitions. Harmless when nothing is missing; of two callers
// one waits for the other. Needs a superuser the first time, a member of workflow_owner
// later. `progress` may be NULL. Returns 0, or an error of pg_admin_query() with its text
// in pg_admin_error(); what was applied before stays.
int pg_migrate(struct pg_admin *admin, pg_migrate_progress *progress, void *context) WF_MUST_CHECK;

// The version this binary needs.
int pg_migrate_wanted(void);

// The version of the database, 0 = no schema. Returns 0 or an error of pg_admin_query().
int pg_migrate_found(struct pg_admin *admin, int *ret_version) WF_MUST_CHECK;
