// SPDX-License-Identifier: Apache-2.0
// Health and metrics, and one line for the service manager.
#include <stdio.h>
#include <string.h>

#include "api/service_internal.h"
#include "io/systemd.h"

static bool is_ready(const struct service *service) { return !service->draining && pg_pool_up(service->pool) > 0; }

static int page_healthz(struct service *service, struct buf *body) {
  (void)service; // answering is the proof: it is the loop that answers
  buf_puts(body, "ok\n");
  return 200;
}

static int page_readyz(struct service *service, struct buf *body) {
  if (is_ready(service)) {
    buf_puts(body, "ready\n");
    return 200;
  }
  buf_puts(body, "not ready\n");
  if (service->draining) buf_puts(body, "stopping\n");
  if (pg_pool_up(service->pool) == 0) buf_printf(body, "%s\n", *service->away ? service->away : "connecting to PostgreSQL");
  return 503;
}

static void set(struct service *service, enum api_metric metric, const char *label, double value) {
  *metrics_value(service->metrics, metric, label, NULL) = value;
}

static int page_metrics(struct service *service, struct buf *body) {
  struct http_server_counts counts = http_server_counts(service->http);
  set(service, API_METRIC_BUILD_INFO, WORKFLOWD_VERSION, 1);
  set(service, API_METRIC_READY, NULL, is_ready(service));
  set(service, API_METRIC_UNDER_WAY, NULL, (double)service->asked);
  set(service, API_METRIC_POSTGRES_UP, NULL, pg_pool_up(service->pool));
  set(service, API_METRIC_CONNECTIONS, NULL, (double)counts.open);
  set(service, API_METRIC_CONNECTIONS_CLOSED, "client", (double)counts.refused);
  set(service, API_METRIC_CONNECTIONS_CLOSED, "slow", (double)counts.overdue);
  set(service, API_METRIC_KEYS, NULL, (double)keys_count(service->keys));
  metrics_print(service->metrics, body);
  return 200;
}

bool service_page(struct service *service, struct http_request *http) {
  static const char plain[] = "text/plain; charset=utf-8";
  static const struct {
    const char *path, *type;
    int (*page)(struct service *service, struct buf *body);
  } pages[] = {{"/healthz", plain, page_healthz},
               {"/readyz", plain, page_readyz},
               {"/metrics", "text/plain; version=0.0.4; charset=utf-8", page_metrics}};
  enum http_method method = http_request_method(http);
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
    if (strcmp(http_request_path(http), pages[i].path) != 0) continue;
    bool is_read = method == HTTP_METHOD_GET || method == HTTP_METHOD_HEAD;
    const struct http_header headers[] = {
        {"Content-Type", is_read ? pages[i].type : plain}, {"Cache-Control", "no-store"}, {is_read ? NULL : "Allow", "GET, HEAD"}, {NULL, NULL}};
    struct buf body = {0};
    if (http_request_has_stray_body(http)) http_request_close(http);
    int code = is_read ? pages[i].page(service, &body) : 405;
    if (!is_read) buf_puts(&body, "only GET and HEAD\n");
    http_request_reply(http, code, headers, body.data, body.size);
    buf_free(&body);
    return true;
  }
  return false;
}

void service_status(const struct service *service) {
  if (is_ready(service))
    systemd_status("ready; %zu connections, %zu questions under way", http_server_counts(service->http).open, service->asked);
  else
    systemd_status("not ready: %s", service->draining ? "stopping" : *service->away ? service->away : "connecting to PostgreSQL");
}
