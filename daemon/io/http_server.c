// SPDX-License-Identifier: Apache-2.0
#include "io/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uthash.h>

#include "base/xalloc.h"

enum { BACKLOG = 128, SWEEP_INTERVAL_USEC = 50000, START_SIZE = 512 };

// A request lives in its connection: there is never more than one.
struct http_request {
  struct evhttp_request *evhttp; // NULL = none is the owner's
  enum http_method method;
  bool close;
};

enum phase { IDLE, RECEIVING, ANSWERING, SENDING };

// One connection. evhttp has neither a hook for its end nor a deadline for the whole of
// it, so each is held by a reference of ours and looked at now and then: when evhttp has
// let go of it (it has no callbacks any more) it is released, when it is too old its
// socket is shut down, and evhttp ends it by itself.
struct connection {
  struct http_request request; // first: a request is its connection
  struct http_server *server;
  struct bufferevent *socket; // the key
  UT_hash_handle hh;
  enum phase phase;
  bool is_judged;  // its client's number of connections was looked at
  bool is_refused; // evhttp has written something by itself, which was not looked at yet
  char start[START_SIZE]; // of the request, for what is refused
  size_t start_size;
  struct in6_addr client;
  usec_t deadline; // boottime
};

struct http_server {
  struct evhttp *http;
  struct evconnlistener *listener; // owned by `http` once bound
  struct event *sweep;             // runs only while there are connections
  struct event *judge, *mend;
  struct connection *connections; // by socket
  struct http_server_config config;
  struct http_server_counts counts;
  bool draining;
};

// ---- connections ---------------------------------------------------------------

static bool is_over(const struct connection *connection) {
  bufferevent_data_cb read, write;
  bufferevent_event_cb event;
  void *context;
  bufferevent_getcb(connection->socket, &read, &write, &event, &context);
  return !read && !write && !event;
}

// Releases what is over; with `all`, everything.
static void release(struct http_server *server, bool all) {
  struct connection *connection, *next;
  HASH_ITER(hh, server->connections, connection, next) {
    if (!all && !is_over(connection)) continue;
    HASH_DEL(server->connections, connection);
    bufferevent_decref(connection->socket);
    free(connection);
    server->counts.open--;
  }
}

static void hang_up(const struct connection *connection) { shutdown(bufferevent_getfd(connection->socket), SHUT_RDWR); }

static void schedule_sweep(struct http_server *server) {
  const struct timeval after = {0, SWEEP_INTERVAL_USEC};
  if (server->connections && !evtimer_pending(server->sweep, NULL)) evtimer_add(server->sweep, &after);
}

static void on_sweep(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct http_server *server = context;
  struct connection *connection, *next;
  release(server, false);
  usec_t now = clock_boottime();
  HASH_ITER(hh, server->connections, connection, next) {
    // While the owner has the request, its time is the owner's matter.
    if (connection->deadline > now || connection->phase == ANSWERING) continue;
    if (connection->phase != IDLE) server->counts.overdue++;
    connection->deadline = now + server->config.request_time; // once, and again if that did not help
    hang_up(connection);
  }
  if (!server->draining && (int)server->counts.open < server->config.connections_max) evconnlistener_enable(server->listener);
  schedule_sweep(server);
}

// The address in one form for both families.
static struct in6_addr client_of(const struct connection *connection) {
  struct in6_addr client = {0};
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof address;
  if (getpeername(bufferevent_getfd(connection->socket), (struct sockaddr *)&address, &size) < 0) return client;
  if (address.ss_family == AF_INET6) return ((struct sockaddr_in6 *)&address)->sin6_addr;
  memset(client.s6_addr + 10, 0xff, 2);
  memcpy(client.s6_addr + 12, &((struct sockaddr_in *)&address)->sin_addr, 4);
  return client;
}

static int connections_of(const struct http_server *server, const struct in6_addr *client) {
  int count = 0;
  for (const struct connection *c = server->connections; c; c = c->hh.next)
    count += c->is_judged && memcmp(&c->client, client, sizeof *client) == 0;
  return count;
}

// Behind the accept: only then evhttp has put the socket into the connection.
static void on_judge(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct http_server *server = context;
  struct connection *connection, *next;
  release(server, false); // what has ended counts no more
  HASH_ITER(hh, server->connections, connection, next) {
    if (connection->is_judged) continue;
    connection->client = client_of(connection);
    int others = connections_of(server, &connection->client);
    connection->is_judged = true;
    if (others < server->config.connections_per_client) continue;
    server->counts.refused++;
    hang_up(connection);
  }
}

// A request's first byte: from here it has its time.
static void begin(struct connection *connection) {
  connection->phase = RECEIVING;
  connection->deadline = clock_boottime() + connection->server->config.request_time;
  connection->start_size = 0;
}

// evhttp has forgotten the request when it refuses it, so what it began with is kept: out
// of the newest `size` bytes of the input.
static void note_start(struct connection *connection, struct evbuffer *input, size_t size) {
  struct evbuffer_ptr from;
  size_t room = sizeof connection->start - connection->start_size;
  if (room == 0 || evbuffer_ptr_set(input, &from, evbuffer_get_length(input) - size, EVBUFFER_PTR_SET) < 0) return;
  ev_ssize_t taken = evbuffer_copyout_from(input, &from, connection->start + connection->start_size, size < room ? size : room);
  if (taken > 0) connection->start_size += (size_t)taken;
}

static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *context) {
  struct connection *connection = context;
  if (info->n_added == 0) return;
  if (connection->phase == IDLE) begin(connection);
  if (connection->phase == RECEIVING) note_start(connection, buffer, info->n_added);
}

// ---- what evhttp refuses ---------------------------------------------------------

// Before there is an answer of the owner's, what is written is evhttp's. It comes piece by
// piece; the whole is looked at from the loop, before the socket is written to.
static void on_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *context) {
  (void)buffer;
  struct connection *connection = context;
  if (info->n_added == 0 || connection->phase >= ANSWERING || connection->is_refused || !connection->server->config.on_refused) return;
  connection->is_refused = true;
  event_active(connection->server->mend, EV_TIMEOUT, 0);
}

// Of the status line at that place of the output; 0 = there is none.
static int code_at(struct evbuffer *output, struct evbuffer_ptr *place) {
  char line[sizeof "HTTP/1.1 400"] = "";
  evbuffer_copyout_from(output, place, line, sizeof line - 1);
  return strncmp(line, "HTTP/1.", 7) == 0 ? atoi(line + 9) : 0;
}

// The code of evhttp's refusal, which is all that the output has from then on; 0 = it is
// none, but the wish to go on (100), which may also stand in front of one.
static int find_refusal(struct evbuffer *output) {
  struct evbuffer_ptr place;
  evbuffer_ptr_set(output, &place, 0, EVBUFFER_PTR_SET);
  if (code_at(output, &place) == 100) {
    struct evbuffer_ptr end = evbuffer_search(output, "\r\n\r\n", 4, &place);
    if (end.pos < 0 || evbuffer_ptr_set(output, &end, 4, EVBUFFER_PTR_ADD) < 0 || code_at(output, &end) == 0) return 0;
    evbuffer_drain(output, (size_t)end.pos);
    evbuffer_ptr_set(output, &place, 0, EVBUFFER_PTR_SET);
  }
  return code_at(output, &place);
}

// The part of the request line between the method and what follows the path.
static const char *path_of(const struct connection *connection, char path[START_SIZE]) {
  const char *start = memchr(connection->start, ' ', connection->start_size), *end = connection->start + connection->start_size;
  size_t size = 0;
  for (start = start ? start + 1 : end; start < end && *start > ' ' && *start < 127 && *start != '?'; start++) path[size++] = *start;
  path[size] = '\0';
  return *path == '/' ? path : "/";
}

static const char *peer_of(const struct in6_addr *client, char peer[INET6_ADDRSTRLEN]) {
  bool is_four = IN6_IS_ADDR_V4MAPPED(client);
  return inet_ntop(is_four ? AF_INET : AF_INET6, is_four ? &client->s6_addr[12] : client->s6_addr, peer, INET6_ADDRSTRLEN);
}

// Puts the owner's body in the place of evhttp's; the status line stays.
static void mend(struct connection *connection) {
  struct evbuffer *output = bufferevent_get_output(connection->socket);
  char path[START_SIZE], peer[INET6_ADDRSTRLEN], date[64];
  struct buf body = {0};
  struct in6_addr client = client_of(connection);
  evbuffer_unfreeze(output, 1); // only the socket's own writing takes from it otherwise
  struct http_refused refused = {find_refusal(output), path_of(connection, path), peer_of(&client, peer)};
  const char *type = refused.code ? connection->server->config.on_refused(connection->server->config.context, &refused, &body) : NULL;
  if (type) {
    bool has_body = connection->start_size < 5 || memcmp(connection->start, "HEAD ", 5) != 0;
    char *status = evbuffer_readln(output, NULL, EVBUFFER_EOL_CRLF);
    WF_ASSERT(status);
    evbuffer_drain(output, evbuffer_get_length(output));
    evutil_date_rfc1123(date, sizeof date, NULL);
    evbuffer_add_printf(output, "%s\r\nContent-Type: %s\r\nCache-Control: no-store\r\nContent-Length: %zu\r\nDate: %s\r\nConnection: close\r\n\r\n",
                        status, type, body.size, date);
    if (has_body) evbuffer_add(output, body.data, body.size);
    free(status);
  }
  evbuffer_freeze(output, 1);
  buf_free(&body);
  if (!refused.code) return;
  connection->phase = SENDING;
  connection->deadline = clock_boottime() + connection->server->config.request_time;
}

static void on_mend(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct http_server *server = context;
  for (struct connection *connection = server->connections; connection; connection = connection->hh.next) {
    if (!connection->is_refused || is_over(connection)) continue;
    mend(connection);
    connection->is_refused = false;
  }
}

// ---- connections come ------------------------------------------------------------

static struct bufferevent *on_connection(struct event_base *loop, void *context) {
  struct http_server *server = context;
  // Before the new one is there, which has no callbacks yet either.
  if ((int)server->counts.open + 1 >= server->config.connections_max) release(server, false);
  struct connection *connection = xcalloc(1, sizeof *connection);
  connection->server = server;
  connection->socket = bufferevent_socket_new(loop, -1, BEV_OPT_CLOSE_ON_FREE);
  connection->deadline = clock_boottime() + server->config.idle_time;
  WF_ASSERT(connection->socket);
  bufferevent_incref(connection->socket);
  evbuffer_add_cb(bufferevent_get_input(connection->socket), on_input, connection);
  evbuffer_add_cb(bufferevent_get_output(connection->socket), on_output, connection);
  HASH_ADD_PTR(server->connections, socket, connection);
  if ((int)++server->counts.open >= server->config.connections_max) evconnlistener_disable(server->listener);
  if (server->config.connections_per_client) event_active(server->judge, EV_TIMEOUT, 0);
  schedule_sweep(server);
  return connection->socket;
}

// ---- requests -------------------------------------------------------------------

// The answer is written whole.
static void on_complete(struct evhttp_request *evhttp, void *context) {
  (void)evhttp;
  struct connection *connection = context;
  struct evbuffer *input = bufferevent_get_input(connection->socket);
  if (evbuffer_get_length(input) > 0) {
    begin(connection);
    note_start(connection, input, evbuffer_get_length(input));
    return;
  }
  connection->phase = IDLE;
  connection->deadline = clock_boottime() + connection->server->config.idle_time;
}

static enum http_method method_of(struct evhttp_request *evhttp) {
  switch (evhttp_request_get_command(evhttp)) {
  case EVHTTP_REQ_GET: return HTTP_METHOD_GET;
  case EVHTTP_REQ_HEAD: return HTTP_METHOD_HEAD;
  case EVHTTP_REQ_PATCH: return HTTP_METHOD_PATCH;
  default: return HTTP_METHOD_OTHER;
  }
}

static void on_evhttp_request(struct evhttp_request *evhttp, void *context) {
  struct http_server *server = context;
  struct bufferevent *socket = evhttp_connection_get_bufferevent(evhttp_request_get_connection(evhttp));
  struct connection *connection = NULL;
  HASH_FIND_PTR(server->connections, &socket, connection);
  WF_ASSERT(connection);
  connection->phase = ANSWERING;
  connection->request = (struct http_request){.evhttp = evhttp, .method = method_of(evhttp), .close = server->draining};
  evhttp_request_set_on_complete_cb(evhttp, on_complete, connection);
  server->config.on_request(server->config.context, &connection->request);
}

enum http_method http_request_method(const struct http_request *request) { return request->method; }

const char *http_request_method_name(const struct http_request *request) {
  switch (evhttp_request_get_command(request->evhttp)) {
  case EVHTTP_REQ_GET: return "GET";
  case EVHTTP_REQ_HEAD: return "HEAD";
  case EVHTTP_REQ_POST: return "POST";
  case EVHTTP_REQ_PUT: return "PUT";
  case EVHTTP_REQ_DELETE: return "DELETE";
  case EVHTTP_REQ_OPTIONS: return "OPTIONS";
  case EVHTTP_REQ_TRACE: return "TRACE";
  case EVHTTP_REQ_CONNECT: return "CONNECT";
  case EVHTTP_REQ_PATCH: return "PATCH";
  }
  return "other";
}

const char *http_request_path(const struct http_request *request) {
  const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->evhttp);
  const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
  return path && *path ? path : "/";
}

struct text http_request_query(const struct http_request *request) {
  const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request->evhttp);
  return text_of(uri ? evhttp_uri_get_query(uri) : NULL);
}

const char *http_request_header(const struct http_request *request, const char *name) {
  return evhttp_find_header(evhttp_request_get_input_headers(request->evhttp), name);
}

const char *http_request_peer(const struct http_request *request) {
  char *address = NULL;
  ev_uint16_t port;
  evhttp_connection_get_peer(evhttp_request_get_connection(request->evhttp), &address, &port);
  return address ? address : "";
}

bool http_request_has_stray_body(const struct http_request *request) {
  if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_HEAD) return false;
  const char *length = http_request_header(request, "Content-Length");
  return http_request_header(request, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

void http_request_close(struct http_request *request) { request->close = true; }

void http_request_reply(struct http_request *request, int code, const struct http_header *headers, const char *body, size_t size) {
  struct connection *connection = (struct connection *)request;
  struct evhttp_request *evhttp = request->evhttp;
  struct evkeyvalq *out = evhttp_request_get_output_headers(evhttp);
  bool has_body = code != 304 && code != 204;
  char length[24];
  WF_ASSERT(evhttp && connection->phase == ANSWERING);
  for (; headers && headers->name; headers++) evhttp_add_header(out, headers->name, headers->value);
  snprintf(length, sizeof length, "%zu", size);
  if (has_body) evhttp_add_header(out, "Content-Length", length);
  if (request->close || connection->server->draining) evhttp_add_header(out, "Connection", "close");
  // evhttp sends what it is given, also in answer to HEAD.
  if (has_body && request->method != HTTP_METHOD_HEAD) evbuffer_add(evhttp_request_get_output_buffer(evhttp), body, size);
  connection->phase = SENDING;
  connection->deadline = clock_boottime() + connection->server->config.request_time;
  request->evhttp = NULL;
  evhttp_send_reply(evhttp, code, NULL, NULL);
}

// ---- the whole ------------------------------------------------------------------

static int address_of(const struct http_server_config *config, struct sockaddr_storage *address, socklen_t *size) {
  struct sockaddr_in *four = (struct sockaddr_in *)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
  if (inet_pton(AF_INET, config->host, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(config->port);
    *size = sizeof *four;
    return 0;
  }
  if (inet_pton(AF_INET6, config->host, &six->sin6_addr) != 1) return -WF_EINVAL;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(config->port);
  *size = sizeof *six;
  return 0;
}

static void set_up(struct http_server *server) {
  struct evhttp *http = server->http;
  evhttp_set_max_headers_size(http, (ev_ssize_t)server->config.head_max);
  evhttp_set_max_body_size(http, (ev_ssize_t)server->config.body_max);
  evhttp_set_bevcb(http, on_connection, server);
  // evhttp's own answer to a method it does not allow is 501.
  evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                                       EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
  evhttp_set_gencb(http, on_evhttp_request, server);
}

int http_server_new(struct event_base *loop, const struct http_server_config *config, struct http_server **ret_server) {
  struct sockaddr_storage address = {0};
  socklen_t size;
  int result = address_of(config, &address, &size);
  if (result < 0) return result;
  struct evconnlistener *listener = evconnlistener_new_bind(
      loop, NULL, NULL, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, (struct sockaddr *)&address, (int)size);
  if (!listener) return -WF_EIO;
  struct http_server *server = xcalloc(1, sizeof *server);
  *server = (struct http_server){.http = evhttp_new(loop), .listener = listener, .config = *config};
  server->sweep = evtimer_new(loop, on_sweep, server);
  server->judge = event_new(loop, -1, 0, on_judge, server);
  server->mend = event_new(loop, -1, 0, on_mend, server);
  WF_ASSERT(server->http && server->sweep && server->judge && server->mend);
  set_up(server);
  WF_ASSERT(evhttp_bind_listener(server->http, listener));
  *ret_server = server;
  return 0;
}

void http_server_free(struct http_server *server) {
  if (!server) return;
  evhttp_free(server->http);
  release(server, true);
  event_free(server->sweep);
  event_free(server->judge);
  event_free(server->mend);
  free(server);
}

uint16_t http_server_port(const struct http_server *server) {
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof address;
  if (getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address, &size) < 0) return 0;
  return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port : ((struct sockaddr_in6 *)&address)->sin6_port);
}

struct http_server_counts http_server_counts(const struct http_server *server) { return server->counts; }

void http_server_drain(struct http_server *server) {
  struct connection *connection, *next;
  server->draining = true;
  evconnlistener_disable(server->listener);
  HASH_ITER(hh, server->connections, connection, next) {
    if (connection->phase == IDLE) hang_up(connection);
  }
}
