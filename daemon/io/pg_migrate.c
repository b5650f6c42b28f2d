// SPDX-License-Identifier: Apache-2.0
#include "io/pg_migrate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "io/pg_script.h"

// Of the session: held over all transactions of a migrate.
#define LOCK "SELECT pg_advisory_lock(1467370598, 0)"
#define UNLOCK "SELECT pg_advisory_unlock(1467370598, 0)"

int pg_migrate_wanted(void) { return (int)pg_script_migrations_count; }

int pg_migrate_found(struct pg_admin *admin, int *ret_version) {
  struct pg_rows *rows;
  int r = pg_admin_query(admin, "SELECT to_regclass('workflow.migration')", NULL, 0, &rows);
  if (r) return r;
  bool exists = pg_rows_value(rows, 0, 0) != NULL;
  pg_rows_free(rows);
  if (!exists) {
    *ret_version = 0;
    return 0;
  }
  r = pg_admin_query(admin, "SELECT coalesce(max(version), 0) FROM workflow.migration", NULL, 0, &rows);
  if (r) return r;
  *ret_version = atoi(pg_rows_value(rows, 0, 0));
  pg_rows_free(rows);
  return 0;
}

// Runs scripts in one transaction, as the owner of the schema. On failure the
// transaction is gone and the error is the script's.
static int apply(struct pg_admin *admin, const char *before, const struct pg_script *scripts, size_t count) {
  struct buf text = {0};
  buf_puts(&text, "BEGIN;\n");
  buf_puts(&text, before);
  for (size_t i = 0; i < count; i++) {
    buf_puts(&text, scripts[i].text);
    buf_puts(&text, "\n;\n");
  }
  buf_puts(&text, "COMMIT");
  buf_put_u8(&text, 0);
  int r = pg_admin_script(admin, text.data);
  buf_free(&text);
  return r;
}

static int apply_all(struct pg_admin *admin, pg_migrate_progress *progress, void *context) {
  int r = apply(admin, "", pg_script_bootstrap, pg_script_bootstrap_count);
  if (r) return r;
  int found;
  r = pg_migrate_found(admin, &found);
  if (r) return r;
  for (int i = found; i < pg_migrate_wanted(); i++) {
    char before[256];
    snprintf(before, sizeof before,
             "SET LOCAL ROLE workflow_owner;\nINSERT INTO workflow.migration (version, name) VALUES (%d, '%s');\n", i + 1,
             pg_script_migrations[i].name);
    r = apply(admin, before, &pg_script_migrations[i], 1);
    if (r) return r;
    if (progress) progress(pg_script_migrations[i].name, context);
  }
  // A newer binary may have migrated further: its functions are then not ours to replace.
  if (found > pg_migrate_wanted()) return 0;
  r = apply(admin, "SET LOCAL ROLE workflow_owner;\n", pg_script_reapplied, pg_script_reapplied_count);
  if (r) return r;
  if (progress) progress("functions and views", context);
  return pg_admin_script(admin, "SELECT workflow.maintain()");
}

int pg_migrate(struct pg_admin *admin, pg_migrate_progress *progress, void *context) {
  int r = pg_admin_query(admin, LOCK, NULL, 0, NULL);
  if (r) return r;
  r = apply_all(admin, progress, context);
  // Also after a failure, whose transaction is still open; its error stays.
  pg_admin_clean(admin, "ROLLBACK");
  pg_admin_clean(admin, UNLOCK);
  return r;
}
