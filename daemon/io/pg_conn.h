// SPDX-License-Identifier: Apache-2.0
// One connection to PostgreSQL on the loop: connects, prepares every statement, runs one
// pipeline at a time, and connects again by itself, with growing pauses, for ever. Never
// blocks, and calls back only from the loop.
#pragma once

#include <event2/event.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "io/pg_encode.h"
#include "io/pg_statement.h"

struct pg_conn;

enum pg_outcome_kind {
  PG_DONE,   // every statement succeeded
  PG_FAILED, // one failed; a transaction that was open is rolled back
  PG_LOST,   // the connection broke
};

struct pg_outcome {
  enum pg_outcome_kind kind;
  enum pg_statement statement; // which failed, or was not answered yet
  bool maybe_committed;        // PG_LOST: a COMMIT was sent, and nothing failed before it
  bool has_constraint;         // PG_FAILED: by a named constraint
  char sqlstate[6];            // "" = none
  const char *text, *detail;   // message; its DETAIL or NULL. For the call only
};

struct pg_conn_handler {
  void *context;
  // May take a pipeline from now on.
  void (*on_ready)(void *context);
  // An attempt to connect failed, or a connection that was idle broke.
  void (*on_down)(void *context, const char *reason);
  // The result of one statement of the pipeline, in order; for the call only.
  void (*on_result)(void *context, enum pg_statement statement, const PGresult *result);
  // The pipeline has ended, and the next may be given if the connection is not lost.
  void (*on_done)(void *context, const struct pg_outcome *outcome);
};

struct pg_conn_config {
  const char *conninfo;         // libpq's: key=value …, or a URI
  const char *application_name; // unique: a backend left over by a broken connection is ended by it
  int statement_timeout_ms, lock_timeout_ms, idle_in_transaction_timeout_ms;
};

// Begins to connect. Copies the config, borrows the rest.
struct pg_conn *pg_conn_new(struct event_base *base, const struct pg_conn_config *config,
                            const struct pg_conn_handler *handler);
// Closes; nothing calls back any more. Takes NULL.
void pg_conn_free(struct pg_conn *conn);

// Connects with this from the next time on, and at once if it is waiting to try again:
// the password may be another one. A connection that there is stays.
void pg_conn_set_conninfo(struct pg_conn *conn, const char *conninfo);

// Whether it takes a pipeline now.
bool pg_conn_is_ready(const struct pg_conn *conn);

// Adds a statement to the pipeline; the parameters may be changed at once.
void pg_conn_add(struct pg_conn *conn, enum pg_statement statement, const struct pg_parameters *parameters);
// Sends the pipeline; on_done() will tell how it ended.
void pg_conn_run(struct pg_conn *conn);
