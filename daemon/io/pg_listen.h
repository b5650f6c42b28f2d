// SPDX-License-Identifier: Apache-2.0
// Hears that something waits in the database (inbox rows, commands), so that an idle
// instance looks at once and not only at its next fallback. A connection of its own on
// the loop, made anew by itself for ever; a notice lost meanwhile is made up for by one
// when it is back.
//
// Through a pooler that gives each transaction another session nothing is ever heard:
// that is found out by a notice to ourselves, sent by a second, short-lived connection,
// and told once. Only the fallback works then.
#pragma once

#include <event2/event.h>

struct pg_listen;

enum pg_listen_state {
  PG_LISTEN_STARTING, // not known yet; never told
  PG_LISTEN_DOWN,     // no connection
  PG_LISTEN_DEAF,     // connected, but notices do not arrive
  PG_LISTEN_WORKS,
};

struct pg_listen_config {
  const char *conninfo; // libpq's
  const char *instance; // boot id; the connections are named by it
  int probe_ms;         // how long a notice to ourselves may take; 0 = 5 s
};

struct pg_listen_handler {
  void *context;
  // Something may wait for this home; 0 = for any.
  void (*on_notice)(void *context, int home);
  // The state has changed; `reason` is for the call only, NULL = none. May be NULL.
  void (*on_state)(void *context, enum pg_listen_state state, const char *reason);
};

// Copies the config and the handler, borrows `base`. Begins to connect; calls back only
// from the loop.
struct pg_listen *pg_listen_new(struct event_base *base, const struct pg_listen_config *config,
                                const struct pg_listen_handler *handler);
// Connects with this from the next time on, and at once if it is waiting to try again.
void pg_listen_set_conninfo(struct pg_listen *listen, const char *conninfo);
// Closes; nothing calls back any more. Not from a callback. Takes NULL.
void pg_listen_free(struct pg_listen *listen);
