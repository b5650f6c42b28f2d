// SPDX-License-Identifier: Apache-2.0
// Upkeep of the tables, and what is measured of them, by one instance of all: the one
// whose session has an advisory lock of the database, the keeper. Another becomes it when
// that session ends. It has a connection of its own on the loop, made anew by itself for
// ever, so that no batch waits behind upkeep, however long it takes.
//
// The keeper calls workflow.maintain() now and then, and again at once while there is
// more to do; measures every table (workflow.upkeep_status); looks who holds an old
// snapshot (workflow.oldest_snapshot); and counts open and stuck
// runs in slices (workflow.survey_runs), with pauses many times as long as a slice took,
// so that counting never costs more than a small share of one core of the server.
//
// Does nothing on a schema of another version than this program's.
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct pg_upkeep;

struct pg_upkeep_config {
  const char *conninfo; // libpq's
  const char *instance; // boot id; the connection is named by it
  // 0 = what the brackets say.
  usec_t elect_every;    // how often to try for the lock (5 s)
  usec_t maintain_every; // (10 min)
  usec_t trim_every;     // how often the window of recent events is looked at (10 s)
  int64_t window, window_bytes; // its bounds (1,000,000 events, 1 GiB)
  usec_t measure_every;  // (30 s)
  usec_t watch_every;    // how often to look for held snapshots (15 s)
  usec_t survey_every;   // from the end of one count to the start of the next, at least (15 s)
  usec_t retry_after;    // when something failed or was put off (1 min)
  int statement_timeout_ms; // (10 min)
  int slice;             // runs looked at in one statement (50,000)
};

// One table, its partitions together. Rows and bytes as PostgreSQL estimates them; NAN =
// does not apply, or there is none.
struct pg_upkeep_table {
  const char *name;
  double rows, bytes;
  double oldest_age;  // seconds
  double waiting;     // rows that wait for somebody
  double waiting_age; // seconds; 0 = none waits
  double ahead;       // seconds for which partitions exist without a gap
};

struct pg_upkeep_open { // runs that are open
  char *workflow, *status;
  double runs;
};

// What is given is for the call.
struct pg_upkeep_handler {
  void *context;
  // The keeper from now on, or no longer: what was told before is then another's to tell.
  void (*on_keeper)(void *context, bool is_keeper);
  // Something was done, as workflow.maintain() says.
  void (*on_deed)(void *context, const char *deed, const char *object, double amount);
  // Upkeep found nothing more to do.
  void (*on_maintained)(void *context);
  void (*on_tables)(void *context, const struct pg_upkeep_table *tables, size_t count);
  // Who keeps old versions of rows from being cleared away, for so long, and how many
  // transactions have begun since; seconds NAN = not known. `holder` NULL = nobody does.
  void (*on_snapshot)(void *context, double seconds, double transactions, const char *holder);
  // A count of all runs is complete.
  void (*on_runs)(void *context, const struct pg_upkeep_open *open, size_t count, double stuck);
  // A statement failed and is tried again later. That the server is away is not told:
  // the lanes do.
  void (*on_failed)(void *context, const char *what, const char *reason);
};

// Copies config and handler, borrows `base`. Begins to connect; calls back only from the
// loop.
struct pg_upkeep *pg_upkeep_new(struct event_base *base, const struct pg_upkeep_config *config,
                                const struct pg_upkeep_handler *handler);
// Connects with this from the next time on, and at once if it waits to try again.
void pg_upkeep_set_conninfo(struct pg_upkeep *upkeep, const char *conninfo);
// Closes; nothing calls back any more. Not from a callback. Takes NULL.
void pg_upkeep_free(struct pg_upkeep *upkeep);
