// SPDX-License-Identifier: Apache-2.0
#include "io/pg_conn.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/pg_connect.h"
#include "io/pg_error.h"
#include "io/pg_migrate.h"

enum pg_conn_state {
  WAITING,    // for the next attempt
  OPENING,    // looking the name up, connecting
  SETTING_UP, // session settings and prepared statements under way
  IDLE,
  BUSY,         // a pipeline under way
  ROLLING_BACK, // it failed inside a transaction
};

#define PAUSE_MIN (100 * USEC_PER_MSEC)
#define PAUSE_MAX (5 * USEC_PER_SEC)

enum { PIPELINE_MAX = 32 };

struct pg_conn {
  struct event_base *base;
  struct pg_conn_handler handler;
  char *conninfo, *application_name;
  int statement_timeout_ms, lock_timeout_ms, idle_in_transaction_timeout_ms;
  enum pg_conn_state state;
  struct pg_connect *connect;
  PGconn *pg;
  struct event *readable, *writable, *retry;
  usec_t pause;
  enum pg_statement pipeline[PIPELINE_MAX];
  size_t added, answered;
  bool broken;    // a call of libpq failed: found out from the loop
  bool failed;    // a statement failed: `outcome` says which
  bool has_result; // the statement at `answered` gave its result, its end is to come
  struct pg_outcome outcome;
  char *text, *detail;
};

static void start(struct pg_conn *conn);

static void wait_to_retry(struct pg_conn *conn) {
  struct timeval pause = {conn->pause / USEC_PER_SEC, conn->pause % USEC_PER_SEC};
  conn->state = WAITING;
  conn->pause = conn->pause * 2 > PAUSE_MAX ? PAUSE_MAX : conn->pause * 2;
  event_add(conn->retry, &pause);
}

static void disconnect(struct pg_conn *conn) {
  pg_connect_free(conn->connect);
  conn->connect = NULL;
  if (conn->readable) event_free(conn->readable);
  if (conn->writable) event_free(conn->writable);
  conn->readable = conn->writable = NULL;
  PQfinish(conn->pg);
  conn->pg = NULL;
}

static void outcome_clear(struct pg_conn *conn) {
  free(conn->text);
  free(conn->detail);
  conn->text = conn->detail = NULL;
  conn->outcome = (struct pg_outcome){0};
  conn->failed = conn->broken = conn->has_result = false;
}

static bool commit_is_unanswered(const struct pg_conn *conn) {
  for (size_t i = conn->answered; i < conn->added; i++)
    if (conn->pipeline[i] == PG_COMMIT) return true;
  return false;
}

static char *trimmed(const char *text) {
  size_t size = strcspn(text, "\n");
  return xstrndup(text, size);
}

// The connection is gone. Whoever had a pipeline under way hears how it ended.
static void lose(struct pg_conn *conn, const char *reason) {
  bool was_busy = conn->state == BUSY || conn->state == ROLLING_BACK;
  char *text = trimmed(reason);
  disconnect(conn);
  wait_to_retry(conn);
  if (!was_busy) {
    conn->handler.on_down(conn->handler.context, text);
    free(text);
    return;
  }
  if (!conn->failed) {
    free(conn->text);
    conn->text = text;
    conn->outcome.text = text;
    conn->outcome.kind = PG_LOST;
    conn->outcome.statement = conn->answered < conn->added ? conn->pipeline[conn->answered] : PG_COMMIT;
    conn->outcome.maybe_committed = commit_is_unanswered(conn);
  } else {
    free(text);
  }
  struct pg_outcome outcome = conn->outcome;
  conn->added = conn->answered = 0;
  conn->handler.on_done(conn->handler.context, &outcome);
}

// ---- sending ----------------------------------------------------------------

static void flush(struct pg_conn *conn) {
  int left = PQflush(conn->pg);
  if (left > 0) event_add(conn->writable, NULL);
  else event_del(conn->writable);
  if (left < 0) conn->broken = true;
  // Never from within a caller's call: the loop finds out.
  if (conn->broken) event_active(conn->readable, EV_READ, 0);
}

void pg_conn_add(struct pg_conn *conn, enum pg_statement statement, const struct pg_parameters *parameters) {
  WF_ASSERT(conn->state == IDLE || conn->state == ROLLING_BACK);
  WF_ASSERT(conn->added < PIPELINE_MAX);
  const struct pg_statement_text *text = &pg_statements[statement];
  const char *values[PG_PARAMETERS_MAX];
  int sizes[PG_PARAMETERS_MAX], formats[PG_PARAMETERS_MAX];
  size_t count = parameters ? parameters->count : 0;
  WF_ASSERT(count == text->parameter_count);
  for (size_t i = 0; i < count; i++) {
    const struct buf *value = &parameters->values[i];
    values[i] = parameters->nulls[i] ? NULL : value->size ? value->data : "";
    sizes[i] = (int)value->size;
    formats[i] = 1;
  }
  conn->pipeline[conn->added++] = statement;
  if (conn->broken) return;
  if (!PQsendQueryPrepared(conn->pg, text->name, (int)count, values, sizes, formats, 1)) conn->broken = true;
}

void pg_conn_run(struct pg_conn *conn) {
  WF_ASSERT(conn->state == IDLE && conn->added > 0);
  conn->state = BUSY;
  if (!conn->broken && !PQpipelineSync(conn->pg)) conn->broken = true;
  flush(conn);
}

// ---- receiving --------------------------------------------------------------

static void keep_failure(struct pg_conn *conn, const PGresult *result) {
  const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  conn->failed = true;
  conn->text = message ? xstrdup(message) : trimmed(PQerrorMessage(conn->pg));
  conn->detail = detail ? xstrdup(detail) : NULL;
  conn->outcome = (struct pg_outcome){.kind = PG_FAILED,
                                      .statement = conn->pipeline[conn->answered],
                                      .has_constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) != NULL,
                                      .text = conn->text,
                                      .detail = conn->detail};
  if (sqlstate) snprintf(conn->outcome.sqlstate, sizeof conn->outcome.sqlstate, "%s", sqlstate);
}

static void ended(struct pg_conn *conn) {
  if (PQtransactionStatus(conn->pg) == PQTRANS_INERROR) {
    conn->state = ROLLING_BACK;
    conn->added = conn->answered = 0;
    pg_conn_add(conn, PG_ROLLBACK, NULL);
    if (!conn->broken && !PQpipelineSync(conn->pg)) conn->broken = true;
    flush(conn);
    return;
  }
  if (!conn->failed) conn->outcome = (struct pg_outcome){.kind = PG_DONE};
  struct pg_outcome outcome = conn->outcome;
  conn->state = IDLE;
  conn->added = conn->answered = 0;
  conn->failed = conn->has_result = false;
  char *text = conn->text, *detail = conn->detail;
  conn->text = conn->detail = NULL;
  conn->handler.on_done(conn->handler.context, &outcome);
  free(text);
  free(detail);
}

// One result from the server, or the end of a statement's results (NULL).
static void take(struct pg_conn *conn, PGresult *result) {
  if (!result) {
    if (conn->has_result) conn->answered++;
    conn->has_result = false;
    return;
  }
  switch (PQresultStatus(result)) {
  case PGRES_PIPELINE_SYNC: ended(conn); break;
  case PGRES_PIPELINE_ABORTED: conn->has_result = true; break;
  case PGRES_COMMAND_OK:
  case PGRES_TUPLES_OK:
    conn->has_result = true;
    if (conn->state == BUSY && conn->answered < conn->added)
      conn->handler.on_result(conn->handler.context, conn->pipeline[conn->answered], result);
    break;
  default:
    conn->has_result = true;
    // Where the failure ends the session, COMMIT may have been done behind it.
    if (conn->answered < conn->added && !conn->failed && !(pg_error_ends_session(result) && conn->pipeline[conn->answered] == PG_COMMIT))
      keep_failure(conn, result);
    break;
  }
  PQclear(result);
}

// Setting up is one pipeline whose results are only looked at for failure.
static void set_up_answer(struct pg_conn *conn) {
  while (!PQisBusy(conn->pg)) {
    PGresult *result = PQgetResult(conn->pg);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_COMMAND_OK;
    if (status == PGRES_PIPELINE_SYNC) {
      PQclear(result);
      conn->state = IDLE;
      conn->pause = PAUSE_MIN;
      conn->handler.on_ready(conn->handler.context);
      return;
    }
    if (result && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      char *reason = trimmed(PQresultErrorMessage(result));
      PQclear(result);
      lose(conn, reason);
      free(reason);
      return;
    }
    PQclear(result);
    if (!result && PQstatus(conn->pg) != CONNECTION_OK) {
      lose(conn, PQerrorMessage(conn->pg));
      return;
    }
  }
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_conn *conn = context;
  bool lost = conn->broken || !PQconsumeInput(conn->pg);
  // What came before the connection broke still counts: above all COMMIT's answer.
  if (conn->state == SETTING_UP && !lost) {
    set_up_answer(conn);
    return;
  }
  while ((conn->state == BUSY || conn->state == ROLLING_BACK) && !PQisBusy(conn->pg)) {
    PGresult *result = PQgetResult(conn->pg);
    if (!result && !conn->has_result) break; // nothing more for now
    take(conn, result);
    if (!conn->pg) return;
  }
  if (conn->pg && (lost || PQstatus(conn->pg) != CONNECTION_OK)) {
    lose(conn, *PQerrorMessage(conn->pg) ? PQerrorMessage(conn->pg) : "the connection broke");
    return;
  }
  if (conn->pg && conn->state != IDLE) flush(conn);
}

static void on_writable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  flush(context);
}

// ---- connecting -------------------------------------------------------------

static bool send_set_up(struct pg_conn *conn) {
  // Plans are made once and must use the indexes whatever the tables' size was then.
  char *settings = xasprintf(
      "SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),"
      " set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),"
      " set_config('jit', 'off', false), set_config('timezone', 'UTC', false), set_config('search_path', '', false),"
      " set_config('statement_timeout', '%d', false), set_config('lock_timeout', '%d', false),"
      " set_config('idle_in_transaction_session_timeout', '%d', false)",
      conn->statement_timeout_ms, conn->lock_timeout_ms, conn->idle_in_transaction_timeout_ms);
  bool sent = PQsendQueryParams(conn->pg, settings, 0, NULL, NULL, NULL, NULL, 0);
  free(settings);
  // A backend of ours that has not noticed yet that its connection is gone holds locks.
  sent = sent && PQsendQueryParams(conn->pg,
                                   "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                                   " WHERE application_name = current_setting('application_name')"
                                   " AND pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user",
                                   0, NULL, NULL, NULL, NULL, 0);
  char *check = xasprintf("DO $$ BEGIN IF (SELECT coalesce(max(version), 0) FROM workflow.migration) <> %d THEN"
                          " RAISE 'the schema is of another version than this program, which needs %d: run workflowctl migrate';"
                          " END IF; END $$",
                          pg_migrate_wanted(), pg_migrate_wanted());
  sent = sent && PQsendQueryParams(conn->pg, check, 0, NULL, NULL, NULL, NULL, 0);
  free(check);
  for (int i = 0; sent && i < PG_STATEMENTS; i++)
    sent = PQsendPrepare(conn->pg, pg_statements[i].name, pg_statements[i].sql, 0, NULL);
  return sent && PQpipelineSync(conn->pg);
}

static void ignore_notice(void *context, const PGresult *result) {
  (void)context;
  (void)result;
}

static void on_connected(void *context, PGconn *pg, const char *reason) {
  struct pg_conn *conn = context;
  pg_connect_free(conn->connect);
  conn->connect = NULL;
  if (!pg) {
    lose(conn, reason);
    return;
  }
  conn->pg = pg;
  conn->state = SETTING_UP;
  outcome_clear(conn);
  conn->readable = event_new(conn->base, PQsocket(pg), EV_READ | EV_PERSIST, on_readable, conn);
  conn->writable = event_new(conn->base, PQsocket(pg), EV_WRITE | EV_PERSIST, on_writable, conn);
  event_add(conn->readable, NULL);
  PQsetNoticeReceiver(pg, ignore_notice, NULL);
  if (PQsetnonblocking(pg, 1) || !PQenterPipelineMode(pg) || !send_set_up(conn)) {
    lose(conn, PQerrorMessage(pg));
    return;
  }
  flush(conn);
}

static void start(struct pg_conn *conn) {
  conn->state = OPENING;
  conn->connect = pg_connect_new(conn->base, conn->conninfo, conn->application_name, on_connected, conn);
}

static void on_retry(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  start(context);
}

struct pg_conn *pg_conn_new(struct event_base *base, const struct pg_conn_config *config,
                            const struct pg_conn_handler *handler) {
  struct pg_conn *conn = xcalloc(1, sizeof *conn);
  conn->base = base;
  conn->handler = *handler;
  conn->conninfo = xstrdup(config->conninfo);
  conn->application_name = xstrdup(config->application_name);
  conn->statement_timeout_ms = config->statement_timeout_ms;
  conn->lock_timeout_ms = config->lock_timeout_ms;
  conn->idle_in_transaction_timeout_ms = config->idle_in_transaction_timeout_ms;
  conn->pause = PAUSE_MIN;
  conn->retry = event_new(base, -1, 0, on_retry, conn);
  conn->state = WAITING;
  event_active(conn->retry, EV_TIMEOUT, 0);
  return conn;
}

// It may hold a password.
static void forget_conninfo(struct pg_conn *conn) {
  explicit_bzero(conn->conninfo, strlen(conn->conninfo));
  free(conn->conninfo);
}

void pg_conn_set_conninfo(struct pg_conn *conn, const char *conninfo) {
  forget_conninfo(conn);
  conn->conninfo = xstrdup(conninfo);
  conn->pause = PAUSE_MIN;
  if (conn->state == WAITING) event_active(conn->retry, EV_TIMEOUT, 0);
}

void pg_conn_free(struct pg_conn *conn) {
  if (!conn) return;
  disconnect(conn);
  outcome_clear(conn);
  event_free(conn->retry);
  forget_conninfo(conn);
  free(conn->application_name);
  free(conn);
}

bool pg_conn_is_ready(const struct pg_conn *conn) { return conn->state == IDLE; }
