// SPDX-License-Identifier: Apache-2.0
#include "io/pg_connect.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/pg_resolve.h"

enum { OPTIONS_MAX = 64, HOSTS_MAX = 16, CONNECT_SECONDS = 10 };

struct pg_connect {
  struct event_base *base;
  pg_connected *done;
  void *context;
  PQconninfoOption *options; // what conninfo says
  char *application_name, *problem;
  char *hosts; // copy of the list, cut at its commas
  const char *names[HOSTS_MAX];
  bool resolved[HOSTS_MAX]; // needed a look-up
  size_t name_count;
  struct pg_resolve *resolve;
  PGconn *pg;
  struct event *event, *begin, *deadline;
};

static const char *option(const struct pg_connect *connect, const char *keyword) {
  for (const PQconninfoOption *o = connect->options; o && o->keyword; o++)
    if (!strcmp(o->keyword, keyword)) return o->val && *o->val ? o->val : NULL;
  return NULL;
}

// The end of the attempt. The receiver frees `connect` in its callback.
static void finish(struct pg_connect *connect, const char *reason) {
  PGconn *pg = connect->pg;
  connect->pg = NULL;
  if (connect->event) event_free(connect->event);
  connect->event = NULL;
  event_del(connect->deadline);
  if (!reason) {
    connect->done(connect->context, pg, NULL);
    return;
  }
  char *text = xstrndup(reason, strcspn(reason, "\n"));
  PQfinish(pg);
  connect->done(connect->context, NULL, text);
  free(text);
}

static void poll(evutil_socket_t fd, short what, void *context);

static void wait_for(struct pg_connect *connect, short what) {
  if (connect->event) event_free(connect->event); // libpq may go on with another socket
  connect->event = event_new(connect->base, PQsocket(connect->pg), what, poll, connect);
  event_add(connect->event, NULL);
}

static void poll(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_connect *connect = context;
  switch (PQconnectPoll(connect->pg)) {
  case PGRES_POLLING_READING: wait_for(connect, EV_READ); break;
  case PGRES_POLLING_WRITING: wait_for(connect, EV_WRITE); break;
  case PGRES_POLLING_OK: finish(connect, NULL); break;
  default: finish(connect, PQerrorMessage(connect->pg)); break;
  }
}

static int seconds_to_connect(const struct pg_connect *connect) {
  const char *given = option(connect, "connect_timeout");
  int seconds = given ? atoi(given) : 0;
  return seconds > 0 ? seconds : CONNECT_SECONDS;
}

static void expired(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_connect *connect = context;
  const char *host = option(connect, "host") ? option(connect, "host") : option(connect, "hostaddr");
  char *reason = xasprintf("no answer from %s within %d seconds", host ? host : "the server", seconds_to_connect(connect));
  finish(connect, reason);
  free(reason);
}

// The lists that replace those of conninfo, once names are looked up: a name with
// several addresses stands there as often.
struct targets {
  struct buf hosts, addresses, ports;
};

static void connect_to(struct pg_connect *connect, const struct targets *targets) {
  static const char *const defaults[][2] = {{"keepalives_idle", "10"},      {"keepalives_interval", "5"}, {"keepalives_count", "3"},
                                            {"tcp_user_timeout", "15000"}, {"client_encoding", "UTF8"}};
  const char *keywords[OPTIONS_MAX + 8], *values[OPTIONS_MAX + 8];
  size_t count = 0;
  for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
    keywords[count] = defaults[i][0];
    values[count++] = defaults[i][1];
  }
  for (const PQconninfoOption *o = connect->options; o && o->keyword && count < OPTIONS_MAX; o++) {
    if (!o->val || !*o->val || !strcmp(o->keyword, "application_name")) continue;
    keywords[count] = o->keyword;
    values[count++] = o->val;
  }
  keywords[count] = "application_name";
  values[count++] = connect->application_name;
  if (targets) {
    keywords[count] = "host";
    values[count++] = targets->hosts.data;
    keywords[count] = "hostaddr";
    values[count++] = targets->addresses.data;
    if (targets->ports.size) {
      keywords[count] = "port";
      values[count++] = targets->ports.data;
    }
  }
  keywords[count] = values[count] = NULL;
  connect->pg = PQconnectStartParams(keywords, values, 0);
  if (!connect->pg || PQstatus(connect->pg) == CONNECTION_BAD) {
    finish(connect, connect->pg ? PQerrorMessage(connect->pg) : "out of memory");
    return;
  }
  wait_for(connect, EV_WRITE);
}

// The port of the host at `index` in conninfo's list, which has one port or one per host.
static struct text port_of(const char *ports, size_t index) {
  if (!strchr(ports, ',')) return text_of(ports);
  for (; index > 0 && ports; index--) {
    ports = strchr(ports, ',');
    if (ports) ports++;
  }
  return ports ? (struct text){ports, strcspn(ports, ",")} : (struct text){"", 0};
}

static void add_target(struct targets *targets, const char *host, const char *address, const char *ports, size_t index) {
  const char *comma = targets->hosts.size ? "," : "";
  buf_printf(&targets->hosts, "%s%s", comma, host);
  buf_printf(&targets->addresses, "%s%s", comma, address);
  if (!ports) return;
  struct text port = port_of(ports, index);
  buf_printf(&targets->ports, "%s%.*s", comma, (int)port.size, port.data);
}

// Given as a number: it needs no look-up.
static bool has_address(const struct pg_connect *connect) {
  for (size_t i = 0; i < connect->name_count; i++)
    if (!connect->resolved[i]) return true;
  return false;
}

// A host that has no address now is passed over while another has one, as libpq does.
static void on_resolved(void *context, const struct pg_address *addresses, size_t count, const char *reason) {
  struct pg_connect *connect = context;
  if (!addresses && !has_address(connect)) {
    finish(connect, reason);
    return;
  }
  struct targets targets = {0};
  const char *ports = option(connect, "port") ? option(connect, "port") : getenv("PGPORT");
  for (size_t i = 0, asked = 0; i < connect->name_count; i++) {
    if (!connect->resolved[i]) {
      add_target(&targets, connect->names[i], connect->names[i], ports, i);
      continue;
    }
    for (size_t a = 0; a < count; a++)
      if (addresses[a].host == asked) add_target(&targets, connect->names[i], addresses[a].text, ports, i);
    asked++;
  }
  connect_to(connect, &targets);
  buf_free(&targets.hosts);
  buf_free(&targets.addresses);
  buf_free(&targets.ports);
}

static bool is_address(const char *host) {
  unsigned char bytes[sizeof(struct in6_addr)];
  return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

// Cuts the list of hosts. Returns whether any is a name that must be looked up.
static bool split_hosts(struct pg_connect *connect) {
  const char *hosts = option(connect, "host") ? option(connect, "host") : getenv("PGHOST");
  if (!hosts || option(connect, "hostaddr")) return false;
  bool names = false, sockets = false;
  connect->hosts = xstrdup(hosts);
  char *rest = connect->hosts;
  for (char *host; (host = strsep(&rest, ",")) && connect->name_count < HOSTS_MAX;) {
    bool is_socket = !*host || *host == '/' || *host == '@';
    sockets |= is_socket;
    connect->resolved[connect->name_count] = !is_socket && !is_address(host);
    names |= connect->resolved[connect->name_count];
    connect->names[connect->name_count++] = host;
  }
  // A list that mixes both cannot be given as addresses: libpq looks those names up.
  return names && !sockets && !rest;
}

static void begin(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_connect *connect = context;
  struct timeval deadline = {seconds_to_connect(connect), 0};
  event_add(connect->deadline, &deadline);
  if (connect->problem) {
    finish(connect, connect->problem);
    return;
  }
  if (!split_hosts(connect)) {
    connect_to(connect, NULL);
    return;
  }
  const char *wanted[HOSTS_MAX];
  size_t count = 0;
  for (size_t i = 0; i < connect->name_count; i++)
    if (connect->resolved[i]) wanted[count++] = connect->names[i];
  connect->resolve = pg_resolve_new(connect->base, wanted, count, on_resolved, connect);
}

struct pg_connect *pg_connect_new(struct event_base *base, const char *conninfo, const char *application_name,
                                  pg_connected *done, void *context) {
  struct pg_connect *connect = xcalloc(1, sizeof *connect);
  connect->base = base;
  connect->done = done;
  connect->context = context;
  connect->application_name = xstrdup(application_name);
  char *problem = NULL;
  connect->options = PQconninfoParse(conninfo, &problem);
  if (!connect->options) connect->problem = xstrdup(problem ? problem : "the connection string cannot be read");
  PQfreemem(problem);
  connect->deadline = event_new(base, -1, 0, expired, connect);
  connect->begin = event_new(base, -1, 0, begin, connect);
  event_active(connect->begin, EV_TIMEOUT, 0);
  return connect;
}

void pg_connect_free(struct pg_connect *connect) {
  if (!connect) return;
  pg_resolve_free(connect->resolve);
  if (connect->event) event_free(connect->event);
  event_free(connect->begin);
  event_free(connect->deadline);
  PQfinish(connect->pg);
  PQconninfoFree(connect->options);
  free(connect->application_name);
  free(connect->problem);
  free(connect->hosts);
  free(connect);
}
