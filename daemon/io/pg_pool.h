// SPDX-License-Identifier: Apache-2.0
// A few connections to PostgreSQL on the loop that answer questions: each question is one
// implicit transaction of one prepared statement that gives one row of texts, with before
// it, if wanted, a setting for that transaction alone. Many are under way on a connection
// at a time (pipeline mode); the one with the fewest is asked next.
//
// Connections are made anew by themselves, with growing pauses, for ever. A question whose
// connection breaks is lost, not asked again: it may have changed something.
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

struct pg_pool;

enum { PG_POOL_VALUES_MAX = 16 };

struct pg_pool_statement {
  const char *name, *sql;
  size_t parameter_count;
};

enum pg_pool_kind {
  PG_POOL_ROW,    // the first row's values
  PG_POOL_EMPTY,  // no row
  PG_POOL_FAILED, // PostgreSQL refused: sqlstate and text say why
  PG_POOL_LOST,   // the connection broke, or gave no answer in time: text says how
};

// For the call only.
struct pg_pool_answer {
  enum pg_pool_kind kind;
  const char *values[PG_POOL_VALUES_MAX]; // NULL = null
  size_t sizes[PG_POOL_VALUES_MAX], value_count;
  char sqlstate[6];
  const char *text;
};

typedef void pg_pool_done(void *context, const struct pg_pool_answer *answer);

struct pg_pool_config {
  const char *conninfo, *application_name;
  int connections;
  usec_t statement_timeout; // PostgreSQL's; a connection that is silent for a second more is dropped
  const char *setting;      // its name
  const struct pg_pool_statement *statements;
  size_t statement_count;
  // A connection is up; one could not be made, or broke, or (`is_there`) PostgreSQL is there
  // but refuses what the statements need, as a schema that was not migrated.
  void (*on_up)(void *context);
  void (*on_down)(void *context, bool is_there, const char *reason);
  void *context;
};

// Begins to connect. Copies conninfo and names, borrows the statements.
struct pg_pool *pg_pool_new(struct event_base *base, const struct pg_pool_config *config);
// Closes; nothing calls back any more. Takes NULL.
void pg_pool_free(struct pg_pool *pool);
// Connects with this from the next time on, and at once where it waits to try again.
void pg_pool_set_conninfo(struct pg_pool *pool, const char *conninfo);

// How many connections are up, and how many questions are under way.
int pg_pool_up(const struct pg_pool *pool);
size_t pg_pool_busy(const struct pg_pool *pool);

// Asks: done() is called once, from the loop, never from within. `values` are texts, NULL
// = null, as many as the statement has parameters. `setting` NULL = none is set. Returns 0,
// or -WF_EDOWN when no connection is up; then done() is not called.
int pg_pool_ask(struct pg_pool *pool, size_t statement, const char *setting, const char *const *values, pg_pool_done *done, void *context)
    WF_MUST_CHECK;
