// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on the loop: libevent's evhttp, and the bounds that it lacks. A
// connection has a deadline for each request as a whole and one for idling between two;
// there is a bounded number of connections, in all (further ones wait in the kernel) and
// of one client's address (further ones are closed at once). All methods reach the owner,
// who says 405 where evhttp would say 501.
//
// What is no HTTP, too large, of an unknown method or expects what there is not, evhttp
// refuses by itself (400, 413, 501, 417) and closes the connection. libevent 2.1 has no hook
// for that page, which is HTML; on_refused gives another in its place.
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct http_server;
// A request and its connection; the owner's from on_request() to http_request_reply().
struct http_request;

enum http_method {
  HTTP_METHOD_GET,
  HTTP_METHOD_HEAD,
  HTTP_METHOD_PATCH,
  HTTP_METHOD_OTHER,
};

struct http_header {
  const char *name, *value;
};

struct http_refused {
  int code;
  const char *path; // as far as it was received and is printable, without the query; "/" at least
  const char *peer; // the client's address, numeric
};

struct http_server_config {
  const char *host; // numeric address
  uint16_t port;    // 0 = any free one
  int connections_max;
  int connections_per_client; // 0 = no bound of its own
  size_t head_max, body_max;  // bytes of request line and headers; of a body
  usec_t request_time;        // from a request's first byte to its last; as long for the answer to be taken
  usec_t idle_time;           // without a request
  void (*on_request)(void *context, struct http_request *request);
  // Writes the body for what evhttp has refused and returns its Content-Type; NULL = evhttp's
  // own page stays. NULL itself: it always does.
  const char *(*on_refused)(void *context, const struct http_refused *refused, struct buf *body);
  void *context;
};

struct http_server_counts {
  size_t open;         // connections now
  uint64_t refused;    // closed because their client had enough
  uint64_t overdue;    // closed because they took too long
};

// Listens on the loop. Returns 0 and the server, which the caller frees before the loop;
// or -WF_EINVAL (no numeric address), -WF_EIO (errno says why).
int http_server_new(struct event_base *loop, const struct http_server_config *config, struct http_server **ret_server) WF_MUST_CHECK;
// Closes all connections; requests that are not answered are gone. Takes NULL.
void http_server_free(struct http_server *server);
// The port it listens on.
uint16_t http_server_port(const struct http_server *server);
struct http_server_counts http_server_counts(const struct http_server *server);

// Takes no more connections, closes those that idle, and each other after its answer.
// What is left is counted in `open`.
void http_server_drain(struct http_server *server);

enum http_method http_request_method(const struct http_request *request);
const char *http_request_method_name(const struct http_request *request); // "GET"; of an unknown one "other"
const char *http_request_path(const struct http_request *request);        // as it was sent, percent-encoded; "/" at least
struct text http_request_query(const struct http_request *request);      // behind the first '?', as it was sent
const char *http_request_header(const struct http_request *request, const char *name); // NULL = not there
const char *http_request_peer(const struct http_request *request);       // the client's address, numeric
// Whether a GET or HEAD came with a body, which evhttp would take for the next request:
// to be refused, the connection closed.
bool http_request_has_stray_body(const struct http_request *request);
// Whether the client is still there is not known before the answer is written.

// Ends the connection after the answer.
void http_request_close(struct http_request *request);
// Answers, and the request is no more. `headers` ends with {NULL}; Content-Length and
// Date come by themselves. The body is copied; to HEAD, and with 304, none is sent.
void http_request_reply(struct http_request *request, int code, const struct http_header *headers, const char *body, size_t size);
