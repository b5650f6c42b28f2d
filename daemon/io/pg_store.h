// SPDX-License-Identifier: Apache-2.0
// PostgreSQL behind the seam (job/world.h): one connection per lane, one request under
// way on each. A commit is one pipeline, from the fence to the read of the inboxes, with
// one round trip. Never blocks; answers come from the loop.
//
// While the database is away, a request waits for the next attempt to connect and is
// then answered by STORE_DOWN if that fails: asking again at once is no busy loop.
#pragma once

#include <event2/event.h>
#include <stdbool.h>

#include "job/store.h"

struct pg_store;

struct pg_store_config {
  const char *conninfo; // libpq's
  const char *instance; // boot id; the connections are named by it
  int lanes;
  int inbox_rows;       // read per pair of homes and commit, at most; 0 = 1000
  int statement_timeout_ms, lock_timeout_ms, idle_in_transaction_timeout_ms; // 0 = 30 s, 10 s, 10 s; locks never longer than three quarters of a statement
};

struct pg_store_handler {
  void *context;
  // The answer to a lane's request; both are for the call only. The receiver of a LOAD
  // takes the jv references in the identities of the runs found (wf_run_new() does), and
  // leaves those of the events.
  void (*on_reply)(void *context, int lane, const struct store_request *request, const struct store_reply *reply);
  // A lane's connection came up, or could not be had (each attempt says so). May be NULL.
  void (*on_connection)(void *context, int lane, bool is_up, const char *reason);
};

// Copies the config and the handler, borrows `base`. Begins to connect.
struct pg_store *pg_store_new(struct event_base *base, const struct pg_store_config *config,
                              const struct pg_store_handler *handler);
// Closes all; nothing is answered any more. Not from a callback. Takes NULL.
void pg_store_free(struct pg_store *store);

// Hands in a lane's request, which must have none under way. What it points to stays
// unchanged until the answer. Besides the contract (store.h): a COMMIT without fences
// only reads the inboxes and commands of the homes that the lane's last TAKEOVER named.
void pg_store_submit(struct pg_store *store, int lane, const struct store_request *request);

// Connects with this from the next time on, and at once where it waits to try again.
void pg_store_set_conninfo(struct pg_store *store, const char *conninfo);

bool pg_store_is_connected(const struct pg_store *store, int lane);
