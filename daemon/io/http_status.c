// SPDX-License-Identifier: Apache-2.0
#include "io/http_status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/xalloc.h"

enum { HEADERS_MAX = 8192, BODY_MAX = 1024, BACKLOG = 64, CONNECTIONS_MAX = 32, SWEEP_INTERVAL_USEC = 50000 };

// One connection. libevent's evhttp has neither a hook for its end nor a deadline for
// the whole of it, so each is held by a reference of ours and looked at now and then:
// when evhttp has let go of it (it has no callbacks any more) it is released, when it
// is too old its socket is shut down, and evhttp ends it by itself.
struct connection {
  struct connection *next;
  struct bufferevent *socket;
  usec_t deadline; // boottime
};

struct http_status {
  struct evhttp *http;
  struct evconnlistener *listener; // owned by `http` once bound
  struct event *sweep;             // runs only while there are connections
  struct connection *connections;
  int connection_count;
  struct http_status_config config;
};

static bool is_over(const struct connection *connection) {
  bufferevent_data_cb read, write;
  bufferevent_event_cb event;
  void *context;
  bufferevent_getcb(connection->socket, &read, &write, &event, &context);
  return !read && !write && !event;
}

// Releases what is over; with `all`, everything.
static void release(struct http_status *status, bool all) {
  for (struct connection **at = &status->connections; *at;) {
    struct connection *connection = *at;
    if (!all && !is_over(connection)) {
      at = &connection->next;
      continue;
    }
    *at = connection->next;
    bufferevent_decref(connection->socket);
    free(connection);
    status->connection_count--;
  }
}

static void schedule_sweep(struct http_status *status) {
  const struct timeval after = {0, SWEEP_INTERVAL_USEC};
  if (status->connections && !evtimer_pending(status->sweep, NULL)) evtimer_add(status->sweep, &after);
}

static void on_sweep(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct http_status *status = context;
  release(status, false);
  usec_t now = clock_boottime();
  for (struct connection *c = status->connections; c; c = c->next)
    if (c->deadline <= now) shutdown(bufferevent_getfd(c->socket), SHUT_RDWR);
  if (status->connection_count < status->config.connections_max) evconnlistener_enable(status->listener);
  schedule_sweep(status);
}

static struct bufferevent *on_connection(struct event_base *loop, void *context) {
  struct http_status *status = context;
  release(status, false);
  struct connection *connection = xcalloc(1, sizeof *connection);
  *connection = (struct connection){status->connections, bufferevent_socket_new(loop, -1, BEV_OPT_CLOSE_ON_FREE),
                                    clock_boottime() + status->config.deadline};
  WF_ASSERT(connection->socket);
  bufferevent_incref(connection->socket);
  status->connections = connection;
  if (++status->connection_count >= status->config.connections_max) evconnlistener_disable(status->listener);
  schedule_sweep(status);
  return connection->socket;
}

static void reply(struct evhttp_request *request, int code, const char *type, const struct buf *body) {
  struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
  char length[24];
  snprintf(length, sizeof length, "%zu", body->size);
  evhttp_add_header(headers, "Content-Type", type);
  evhttp_add_header(headers, "Content-Length", length);
  evhttp_add_header(headers, "Cache-Control", "no-store");
  evhttp_add_header(headers, "Connection", "close");
  // evhttp sends what it is given, also in answer to HEAD.
  if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD) evbuffer_add(evhttp_request_get_output_buffer(request), body->data, body->size);
  evhttp_send_reply(request, code, NULL, NULL);
}

static void reply_text(struct evhttp_request *request, int code, const char *text) {
  struct buf body = {0};
  buf_puts(&body, text);
  reply(request, code, "text/plain; charset=utf-8", &body);
  buf_free(&body);
}

static bool is_read(struct evhttp_request *request) {
  enum evhttp_cmd_type command = evhttp_request_get_command(request);
  if (command == EVHTTP_REQ_GET || command == EVHTTP_REQ_HEAD) return true;
  evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET, HEAD");
  reply_text(request, 405, "only GET and HEAD\n");
  return false;
}

static void serve(struct evhttp_request *request, http_status_page *page, const struct http_status *status, const char *type) {
  if (!is_read(request)) return;
  struct buf body = {0};
  int code = page(status->config.context, &body);
  reply(request, code, type, &body);
  buf_free(&body);
}

static void on_healthz(struct evhttp_request *request, void *context) {
  const struct http_status *status = context;
  serve(request, status->config.healthz, status, "text/plain; charset=utf-8");
}

static void on_readyz(struct evhttp_request *request, void *context) {
  const struct http_status *status = context;
  serve(request, status->config.readyz, status, "text/plain; charset=utf-8");
}

static void on_metrics(struct evhttp_request *request, void *context) {
  const struct http_status *status = context;
  serve(request, status->config.metrics, status, "text/plain; version=0.0.4; charset=utf-8");
}

static void on_other(struct evhttp_request *request, void *context) {
  (void)context;
  if (is_read(request)) reply_text(request, 404, "there is /healthz, /readyz and /metrics\n");
}

static int address_of(const struct http_status_config *config, struct sockaddr_storage *address, socklen_t *size) {
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

static void set_up(struct http_status *status) {
  struct evhttp *http = status->http;
  evhttp_set_max_headers_size(http, HEADERS_MAX);
  evhttp_set_max_body_size(http, BODY_MAX);
  evhttp_set_timeout(http, (int)(status->config.deadline / USEC_PER_SEC) + 1);
  evhttp_set_bevcb(http, on_connection, status);
  // evhttp's own answer to a method it does not allow is 501.
  evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                                       EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
  evhttp_set_cb(http, "/healthz", on_healthz, status);
  evhttp_set_cb(http, "/readyz", on_readyz, status);
  evhttp_set_cb(http, "/metrics", on_metrics, status);
  evhttp_set_gencb(http, on_other, status);
}

int http_status_new(struct event_base *loop, const struct http_status_config *config, struct http_status **ret_status) {
  struct sockaddr_storage address = {0};
  socklen_t size;
  int result = address_of(config, &address, &size);
  if (result < 0) return result;
  struct evconnlistener *listener = evconnlistener_new_bind(
      loop, NULL, NULL, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, (struct sockaddr *)&address, (int)size);
  if (!listener) return -WF_EIO;
  struct http_status *status = xcalloc(1, sizeof *status);
  *status = (struct http_status){.http = evhttp_new(loop), .listener = listener, .sweep = evtimer_new(loop, on_sweep, status), .config = *config};
  WF_ASSERT(status->http && status->sweep);
  if (status->config.connections_max <= 0) status->config.connections_max = CONNECTIONS_MAX;
  if (status->config.deadline <= 0) status->config.deadline = 10 * USEC_PER_SEC;
  set_up(status);
  WF_ASSERT(evhttp_bind_listener(status->http, listener));
  *ret_status = status;
  return 0;
}

void http_status_free(struct http_status *status) {
  if (!status) return;
  evhttp_free(status->http);
  release(status, true);
  event_free(status->sweep);
  free(status);
}

uint16_t http_status_port(const struct http_status *status) {
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof address;
  if (getsockname(evconnlistener_get_fd(status->listener), (struct sockaddr *)&address, &size) < 0) return 0;
  return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port : ((struct sockaddr_in6 *)&address)->sin6_port);
}
