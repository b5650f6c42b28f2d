// SPDX-License-Identifier: Apache-2.0
#include "io/pg_listen.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "io/pg_connect.h"

#define PAUSE_MIN (100 * USEC_PER_MSEC)
#define PAUSE_MAX (5 * USEC_PER_SEC)
#define PROBE_DEFAULT (5 * USEC_PER_SEC)
#define PROBE_AGAIN USEC_PER_MIN // while deaf

static const char CHANNEL[] = "workflow_home", PROBE_CHANNEL[] = "workflow_probe";

// A connection with one statement at a time. The statements are so short that they
// always fit into the socket's buffer: sending never waits.
struct link {
  struct pg_connect *connect;
  PGconn *pg;
  struct event *readable;
};

struct pg_listen {
  struct event_base *base;
  struct pg_listen_handler handler;
  char *conninfo, *name, *probe_name;
  usec_t probe_time, pause;
  enum pg_listen_state state;
  struct link main, probe;
  bool is_listening;
  struct event *retry;    // the connection
  struct event *deadline; // of a probe, or when to probe again
  char *token;            // of the probe under way; NULL = none
  unsigned probes;
};

static void probe(struct pg_listen *listen);

static void link_close(struct link *link) {
  pg_connect_free(link->connect);
  if (link->readable) event_free(link->readable);
  PQfinish(link->pg);
  *link = (struct link){0};
}

static void ignore_notice(void *context, const PGresult *result) {
  (void)context;
  (void)result;
}

static void link_open(struct link *link, struct event_base *base, PGconn *pg, event_callback_fn on_readable, void *context) {
  pg_connect_free(link->connect);
  link->connect = NULL;
  link->pg = pg;
  PQsetNoticeReceiver(pg, ignore_notice, NULL);
  link->readable = event_new(base, PQsocket(pg), EV_READ | EV_PERSIST, on_readable, context);
  event_add(link->readable, NULL);
}

static void after(struct event *event, usec_t pause) {
  struct timeval wait = {pause / USEC_PER_SEC, pause % USEC_PER_SEC};
  event_add(event, &wait);
}

static void tell(struct pg_listen *listen, enum pg_listen_state state, const char *reason) {
  if (listen->state == state) return;
  listen->state = state;
  if (listen->handler.on_state) listen->handler.on_state(listen->handler.context, state, reason);
}

static char *trimmed(const char *text) { return xstrndup(text, strcspn(text, "\n")); }

// ---- the notice to ourselves ------------------------------------------------

static void probe_end(struct pg_listen *listen) {
  link_close(&listen->probe);
  free(listen->token);
  listen->token = NULL;
  event_del(listen->deadline);
}

// How the statement ended needs no look: what counts is whether the notice arrives.
static void on_probe_readable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct link *link = &((struct pg_listen *)context)->probe;
  bool done = !PQconsumeInput(link->pg);
  while (!done && !PQisBusy(link->pg)) {
    PGresult *result = PQgetResult(link->pg);
    done = !result;
    PQclear(result);
  }
  if (done) link_close(link);
}

static void on_probe_connected(void *context, PGconn *pg, const char *reason) {
  struct pg_listen *listen = context;
  (void)reason;
  if (!pg) { // says nothing about notices: at the deadline it is tried again
    link_close(&listen->probe);
    free(listen->token);
    listen->token = NULL;
    return;
  }
  link_open(&listen->probe, listen->base, pg, on_probe_readable, listen);
  const char *values[] = {PROBE_CHANNEL, listen->token};
  if (!PQsendQueryParams(pg, "SELECT pg_notify($1, $2)", 2, NULL, values, NULL, NULL, 0)) link_close(&listen->probe);
}

static void on_deadline(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_listen *listen = context;
  if (!listen->token) {
    probe(listen);
    return;
  }
  probe_end(listen);
  after(listen->deadline, PROBE_AGAIN);
  tell(listen, PG_LISTEN_DEAF, "notices do not arrive, as through a pooler of transactions");
}

static void probe(struct pg_listen *listen) {
  probe_end(listen);
  listen->token = xasprintf("%s %u", listen->name, ++listen->probes);
  listen->probe.connect = pg_connect_new(listen->base, listen->conninfo, listen->probe_name, on_probe_connected, listen);
  after(listen->deadline, listen->probe_time);
}

// ---- listening --------------------------------------------------------------

static void lose(struct pg_listen *listen, const char *reason) {
  char *text = trimmed(*reason ? reason : "the connection broke");
  probe_end(listen);
  link_close(&listen->main);
  listen->is_listening = false;
  after(listen->retry, listen->pause);
  listen->pause = listen->pause * 2 > PAUSE_MAX ? PAUSE_MAX : listen->pause * 2;
  tell(listen, PG_LISTEN_DOWN, text);
  free(text);
}

// The answers to LISTEN.
static void take_results(struct pg_listen *listen) {
  while (!listen->is_listening && !PQisBusy(listen->main.pg)) {
    PGresult *result = PQgetResult(listen->main.pg);
    if (!result) {
      listen->is_listening = true;
      listen->pause = PAUSE_MIN;
      probe(listen);
      return;
    }
    bool failed = PQresultStatus(result) != PGRES_COMMAND_OK;
    PQclear(result);
    if (failed) {
      lose(listen, PQerrorMessage(listen->main.pg));
      return;
    }
  }
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_listen *listen = context;
  if (!PQconsumeInput(listen->main.pg)) {
    lose(listen, PQerrorMessage(listen->main.pg));
    return;
  }
  bool was_listening = listen->is_listening, heard = false, ours = false;
  take_results(listen);
  PGnotify *notice;
  while (listen->main.pg && (notice = PQnotifies(listen->main.pg))) {
    if (!strcmp(notice->relname, CHANNEL)) {
      heard = true;
      listen->handler.on_notice(listen->handler.context, atoi(notice->extra));
    } else if (listen->token && !strcmp(notice->extra, listen->token)) {
      ours = true;
    }
    PQfreemem(notice);
  }
  if (ours) probe_end(listen);
  if (ours || (heard && listen->state == PG_LISTEN_DEAF)) tell(listen, PG_LISTEN_WORKS, NULL);
  // What was sent before we listened is not heard.
  if (listen->is_listening && !was_listening) listen->handler.on_notice(listen->handler.context, 0);
}

static void on_connected(void *context, PGconn *pg, const char *reason) {
  struct pg_listen *listen = context;
  if (!pg) {
    lose(listen, reason);
    return;
  }
  link_open(&listen->main, listen->base, pg, on_readable, listen);
  char *sql = xasprintf("LISTEN %s; LISTEN %s", CHANNEL, PROBE_CHANNEL);
  bool sent = PQsendQuery(pg, sql);
  free(sql);
  if (!sent) lose(listen, PQerrorMessage(pg));
}

static void start(struct pg_listen *listen) {
  listen->main.connect = pg_connect_new(listen->base, listen->conninfo, listen->name, on_connected, listen);
}

static void on_retry(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  start(context);
}

// ---- outside ----------------------------------------------------------------

struct pg_listen *pg_listen_new(struct event_base *base, const struct pg_listen_config *config,
                                const struct pg_listen_handler *handler) {
  struct pg_listen *listen = xcalloc(1, sizeof *listen);
  listen->base = base;
  listen->handler = *handler;
  listen->conninfo = xstrdup(config->conninfo);
  listen->name = xasprintf("workflowd/%s/listen", config->instance);
  listen->probe_name = xasprintf("workflowd/%s/probe", config->instance);
  listen->probe_time = config->probe_ms ? config->probe_ms * USEC_PER_MSEC : PROBE_DEFAULT;
  listen->pause = PAUSE_MIN;
  listen->retry = event_new(base, -1, 0, on_retry, listen);
  listen->deadline = event_new(base, -1, 0, on_deadline, listen);
  start(listen);
  return listen;
}

// It may hold a password.
static void forget_conninfo(struct pg_listen *listen) {
  explicit_bzero(listen->conninfo, strlen(listen->conninfo));
  free(listen->conninfo);
}

void pg_listen_set_conninfo(struct pg_listen *listen, const char *conninfo) {
  forget_conninfo(listen);
  listen->conninfo = xstrdup(conninfo);
  listen->pause = PAUSE_MIN;
  if (event_pending(listen->retry, EV_TIMEOUT, NULL)) event_active(listen->retry, EV_TIMEOUT, 0);
}

void pg_listen_free(struct pg_listen *listen) {
  if (!listen) return;
  probe_end(listen);
  link_close(&listen->main);
  event_free(listen->retry);
  event_free(listen->deadline);
  forget_conninfo(listen);
  free(listen->name);
  free(listen->probe_name);
  free(listen);
}
