// SPDX-License-Identifier: Apache-2.0
// One attempt to connect to PostgreSQL without blocking: names are looked up off the
// loop, then libpq gets their addresses beside the names, which TLS still checks.
#pragma once

#include <event2/event.h>
#include <libpq-fe.h>

struct pg_connect;

// Either `pg`, connected and the receiver's from now on, or NULL and why not.
typedef void pg_connected(void *context, PGconn *pg, const char *reason);

// `conninfo` is libpq's; what it does not say about keepalive, the time a lost peer is
// waited for and the time to connect gets a bound. Calls back once, from the loop.
struct pg_connect *pg_connect_new(struct event_base *base, const char *conninfo, const char *application_name,
                                  pg_connected *done, void *context);
// Also in the callback, and while under way: then it does not call back. Takes NULL.
void pg_connect_free(struct pg_connect *connect);
