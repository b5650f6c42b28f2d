// SPDX-License-Identifier: Apache-2.0
#include "io/http_status.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/http_server.h"

enum { HEADERS_MAX = 8192, BODY_MAX = 1024, CONNECTIONS_MAX = 32 };

struct http_status {
  struct http_server *server;
  struct http_status_config config;
};

static void reply(struct http_request *request, int code, const char *type, const char *allow, const struct buf *body) {
  const struct http_header headers[] = {
      {"Content-Type", type}, {"Cache-Control", "no-store"}, {allow ? "Allow" : NULL, allow}, {NULL, NULL}};
  http_request_close(request);
  http_request_reply(request, code, headers, body->data, body->size);
}

static const char plain[] = "text/plain; charset=utf-8";

static void reply_text(struct http_request *request, int code, const char *allow, const char *text) {
  struct buf body = {0};
  buf_puts(&body, text);
  reply(request, code, plain, allow, &body);
  buf_free(&body);
}

static void on_request(void *context, struct http_request *request) {
  const struct http_status *status = context;
  const struct {
    const char *path, *type;
    http_status_page *page;
  } pages[] = {{"/healthz", plain, status->config.healthz},
               {"/readyz", plain, status->config.readyz},
               {"/metrics", "text/plain; version=0.0.4; charset=utf-8", status->config.metrics}};
  enum http_method method = http_request_method(request);
  if (method != HTTP_METHOD_GET && method != HTTP_METHOD_HEAD) {
    reply_text(request, 405, "GET, HEAD", "only GET and HEAD\n");
    return;
  }
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    if (strcmp(http_request_path(request), pages[i].path) != 0) continue;
    struct buf body = {0};
    int code = pages[i].page(status->config.context, &body);
    reply(request, code, pages[i].type, NULL, &body);
    buf_free(&body);
    return;
  }
  reply_text(request, 404, NULL, "there is /healthz, /readyz and /metrics\n");
}

int http_status_new(struct event_base *loop, const struct http_status_config *config, struct http_status **ret_status) {
  struct http_status *status = xcalloc(1, sizeof *status);
  usec_t deadline = config->deadline > 0 ? config->deadline : 10 * USEC_PER_SEC;
  status->config = *config;
  const struct http_server_config server = {.host = config->host,
                                            .port = config->port,
                                            .connections_max = config->connections_max > 0 ? config->connections_max : CONNECTIONS_MAX,
                                            .head_max = HEADERS_MAX,
                                            .body_max = BODY_MAX,
                                            .request_time = deadline,
                                            .idle_time = deadline,
                                            .on_request = on_request,
                                            .context = status};
  int result = http_server_new(loop, &server, &status->server);
  if (result < 0) {
    free(status);
    return result;
  }
  *ret_status = status;
  return 0;
}

void http_status_free(struct http_status *status) {
  if (!status) return;
  http_server_free(status->server);
  free(status);
}

uint16_t http_status_port(const struct http_status *status) { return http_server_port(status->server); }
