// SPDX-License-Identifier: Apache-2.0
// A real HTTP server on 127.0.0.1, on the loop of the test: evhttp, a handler per test, and
// what it was asked last. With `certificate` it speaks TLS.
#pragma once

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/xalloc.h"

struct site {
  struct evhttp *http;
  uint16_t port;
  int requests;
  char *method, *target; // of the newest
  struct buf fields;     // its header, "Name: value\n" each, terminated
  struct buf body;
};

static const char *site_method(const struct evhttp_request *request) {
  switch (evhttp_request_get_command(request)) {
  case EVHTTP_REQ_GET: return "GET";
  case EVHTTP_REQ_POST: return "POST";
  case EVHTTP_REQ_PUT: return "PUT";
  case EVHTTP_REQ_DELETE: return "DELETE";
  case EVHTTP_REQ_HEAD: return "HEAD";
  case EVHTTP_REQ_PATCH: return "PATCH";
  case EVHTTP_REQ_OPTIONS: return "OPTIONS";
  default: return "?";
  }
}

static inline void site_record(struct site *site, struct evhttp_request *request) {
  site->requests++;
  free(site->method);
  free(site->target);
  site->method = xstrdup(site_method(request));
  site->target = xstrdup(evhttp_request_get_uri(request));
  buf_reset(&site->fields);
  const struct evkeyval *field;
  TAILQ_FOREACH(field, evhttp_request_get_input_headers(request), next)
  buf_printf(&site->fields, "%s: %s\n", field->key, field->value);
  buf_put_u8(&site->fields, 0); // terminated
  struct evbuffer *body = evhttp_request_get_input_buffer(request);
  size_t size = evbuffer_get_length(body);
  buf_reset(&site->body);
  evbuffer_copyout(body, buf_extend(&site->body, size), size);
  buf_put_u8(&site->body, 0);
  site->body.size--;
}

static inline const char *site_field(struct evhttp_request *request, const char *name) {
  return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

static inline void site_reply(struct evhttp_request *request, int status, const char *type, const char *body) {
  struct evbuffer *out = evbuffer_new();
  evbuffer_add(out, body, strlen(body));
  if (type) evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
  evhttp_send_reply(request, status, "Test", out);
  evbuffer_free(out);
}

static inline void site_redirect(struct evhttp_request *request, int status, const char *location) {
  evhttp_add_header(evhttp_request_get_output_headers(request), "Location", location);
  site_reply(request, status, NULL, "");
}

static inline void site_open(struct site *site, struct event_base *loop, void (*handler)(struct evhttp_request *, void *),
                             void *context) {
  *site = (struct site){.http = evhttp_new(loop)};
  evhttp_set_allowed_methods(site->http, 0xffff);
  evhttp_set_gencb(site->http, handler, context);
  struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(site->http, "127.0.0.1", 0);
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  if (!bound || getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size) < 0) abort();
  site->port = ntohs(address.sin_port);
}

static inline void site_close(struct site *site) {
  evhttp_free(site->http);
  free(site->method);
  free(site->target);
  buf_free(&site->fields);
  buf_free(&site->body);
}
