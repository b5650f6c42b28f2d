// SPDX-License-Identifier: Apache-2.0
#include "io/pg_admin.h"

#include <libpq-fe.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"

struct pg_admin {
  PGconn *connection;
  char *error;
  char sqlstate[6];
};

struct pg_rows {
  PGresult *result;
};

// libpq says causes and advice in lines of their own.
static char *in_one_line(const char *text) {
  struct buf line = {0};
  while (*(text += strspn(text, "\n\t "))) {
    size_t size = strcspn(text, "\n");
    buf_printf(&line, "%s%.*s", line.size ? "; " : "", (int)size, text);
    text += size;
  }
  char *owned = xstrndup(line.size ? line.data : "", line.size);
  buf_free(&line);
  return owned;
}

static void ignore_notice(void *context, const PGresult *result) {
  (void)context;
  (void)result;
}

int pg_admin_connect(const char *conninfo, const char *application_name, struct pg_admin **ret_admin, char **ret_error) {
  // What stands behind overrides what stands before: conninfo has the last word.
  const char *keywords[] = {"fallback_application_name", "connect_timeout", "dbname", NULL};
  const char *values[] = {application_name, "10", conninfo, NULL};
  PGconn *connection = PQconnectdbParams(keywords, values, 1);
  if (!connection || PQstatus(connection) != CONNECTION_OK) {
    *ret_error = in_one_line(connection ? PQerrorMessage(connection) : "out of memory");
    PQfinish(connection);
    return -WF_EDOWN;
  }
  PQsetNoticeReceiver(connection, ignore_notice, NULL);
  struct pg_admin *admin = xcalloc(1, sizeof *admin);
  admin->connection = connection;
  *ret_admin = admin;
  return 0;
}

void pg_admin_free(struct pg_admin *admin) {
  if (!admin) return;
  PQfinish(admin->connection);
  free(admin->error);
  free(admin);
}

static char *describe(const PGresult *result, const char *fallback) {
  const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
  if (!primary) return in_one_line(fallback);
  return xasprintf("%s%s%s%s%s", primary, detail ? "; " : "", detail ? detail : "", hint ? "; " : "", hint ? hint : "");
}

// Keeps why the result is a failure; returns the code for it.
static int keep_error(struct pg_admin *admin, const PGresult *result) {
  const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  free(admin->error);
  admin->error = describe(result, PQerrorMessage(admin->connection));
  memset(admin->sqlstate, 0, sizeof admin->sqlstate);
  if (sqlstate) memcpy(admin->sqlstate, sqlstate, strnlen(sqlstate, 5));
  if (PQstatus(admin->connection) != CONNECTION_OK) return -WF_EDOWN;
  if (sqlstate && (!strncmp(sqlstate, "23", 2) || !strncmp(sqlstate, "40", 2) || !strncmp(sqlstate, "WF", 2))) {
    return -WF_ECONFLICT;
  }
  return -WF_EINVAL;
}

static int finish(struct pg_admin *admin, PGresult *result, struct pg_rows **ret_rows) {
  ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    int code = keep_error(admin, result);
    PQclear(result);
    return code;
  }
  free(admin->error);
  admin->error = NULL;
  admin->sqlstate[0] = '\0';
  if (!ret_rows) {
    PQclear(result);
    return 0;
  }
  struct pg_rows *rows = xcalloc(1, sizeof *rows);
  rows->result = result;
  *ret_rows = rows;
  return 0;
}

int pg_admin_query(struct pg_admin *admin, const char *sql, const char *const *parameters, size_t count,
                   struct pg_rows **ret_rows) {
  return finish(admin, PQexecParams(admin->connection, sql, (int)count, NULL, parameters, NULL, NULL, 0), ret_rows);
}

int pg_admin_script(struct pg_admin *admin, const char *text) {
  return finish(admin, PQexec(admin->connection, text), NULL);
}

void pg_admin_clean(struct pg_admin *admin, const char *sql) { PQclear(PQexec(admin->connection, sql)); }

const char *pg_admin_error(const struct pg_admin *admin) { return admin->error ? admin->error : ""; }

const char *pg_admin_sqlstate(const struct pg_admin *admin) { return admin->sqlstate; }

void pg_rows_free(struct pg_rows *rows) {
  if (!rows) return;
  PQclear(rows->result);
  free(rows);
}

size_t pg_rows_count(const struct pg_rows *rows) { return (size_t)PQntuples(rows->result); }

size_t pg_rows_columns(const struct pg_rows *rows) { return (size_t)PQnfields(rows->result); }

const char *pg_rows_name(const struct pg_rows *rows, size_t column) { return PQfname(rows->result, (int)column); }

const char *pg_rows_value(const struct pg_rows *rows, size_t row, size_t column) {
  if (PQgetisnull(rows->result, (int)row, (int)column)) return NULL;
  return PQgetvalue(rows->result, (int)row, (int)column);
}

size_t pg_rows_affected(const struct pg_rows *rows) { return strtoul(PQcmdTuples(rows->result), NULL, 10); }
