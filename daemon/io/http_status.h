// SPDX-License-Identifier: Apache-2.0
// Health and metrics over HTTP, on loopback: /healthz, /readyz, /metrics. GET and HEAD
// only; one request per connection, each with a deadline; a bounded number of
// connections, further ones wait in the kernel. What the pages say is the owner's.
#pragma once

#include <event2/event.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

struct http_status;

// Writes the page into `body` and returns the HTTP status (200, 503).
typedef int http_status_page(void *context, struct buf *body);

struct http_status_config {
  const char *host; // numeric address
  uint16_t port;    // 0 = any free one
  http_status_page *healthz, *readyz, *metrics;
  void *context; // theirs
  int connections_max; // 0 = 32
  usec_t deadline;     // of a connection, 0 = 10 s
};

// Listens on the loop. Returns 0 and the listener, which the caller frees before the
// loop; or -WF_EINVAL (no numeric address), -WF_EIO (errno says why).
int http_status_new(struct event_base *loop, const struct http_status_config *config, struct http_status **ret_status);
void http_status_free(struct http_status *status); // takes NULL

// The port it listens on.
uint16_t http_status_port(const struct http_status *status);
