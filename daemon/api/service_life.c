// SPDX-License-Identifier: Apache-2.0
// The beginning and the end of the service, what a reload changes, and whether PostgreSQL
// is there.
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "api/service_internal.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "config_check.h"

enum { BODY_MAX = 4096 };

static void on_up(void *context) {
  struct service *service = context;
  if (service->told_away) log_notice("PostgreSQL is there again");
  service->told_away = false;
  *service->away = '\0';
}

static void on_down(void *context, bool is_there, const char *reason) {
  struct service *service = context;
  snprintf(service->away, sizeof service->away, "PostgreSQL cannot be %s: %s", is_there ? "used" : "reached", reason);
  if (service->told_away || pg_pool_up(service->pool) > 0) return;
  log_warning("requests get 503, %s", service->away);
  service->told_away = true;
}

static int open_http(struct event_base *loop, struct service *service) {
  const struct api_config *config = service->config;
  char host[CONFIG_HOST_SIZE];
  uint16_t port;
  if (config_listen_split(text_of(config->http.listen), host, &port) < 0) return -WF_EINVAL;
  const struct http_server_config http = {.host = host,
                                          .port = port,
                                          .connections_max = (int)config->http.connections,
                                          .connections_per_client = (int)config->http.connections_per_client,
                                          .head_max = (size_t)config->http.head,
                                          .body_max = BODY_MAX,
                                          .request_time = config->http.request_time,
                                          .idle_time = config->http.idle_time,
                                          .on_request = service_on_request,
                                          .on_refused = service_on_refused,
                                          .context = service};
  return http_server_new(loop, &http, &service->http);
}

int service_new(struct event_base *loop, const struct api_config *config, const char *conninfo, struct service **ret_service) {
  struct service *service = xcalloc(1, sizeof *service);
  service->config = config;
  int result = open_http(loop, service);
  if (result < 0) {
    free(service);
    return result;
  }
  service->metrics = metrics_new_of(api_metric_families, API_METRIC_COUNT);
  service->keys = keys_new(&(struct keys_config){config->keys.cache, (int)config->keys.requests_per_minute, service_look_up, service});
  const struct pg_pool_config pool = {.conninfo = conninfo,
                                      .application_name = "workflowd-api",
                                      .connections = (int)config->postgres.connections,
                                      .statement_timeout = config->postgres.statement_timeout,
                                      .setting = STATEMENT_SETTING,
                                      .statements = statement_table,
                                      .statement_count = STATEMENTS,
                                      .on_up = on_up,
                                      .on_down = on_down,
                                      .context = service};
  service->pool = pg_pool_new(loop, &pool);
  *ret_service = service;
  return 0;
}

void service_free(struct service *service) {
  if (!service) return;
  http_server_free(service->http);
  pg_pool_free(service->pool);
  keys_free(service->keys);
  metrics_free(service->metrics);
  struct request *request, *next_request;
  DL_FOREACH_SAFE2(service->requests, request, next_request, all_next) {
    arena_free(request->arena);
    free(request);
  }
  struct look_up *look_up, *next_look_up;
  DL_FOREACH_SAFE(service->look_ups, look_up, next_look_up) free(look_up);
  free(service);
}

void service_configure(struct service *service, const struct api_config *config, const char *conninfo) {
  service->config = config;
  keys_configure(service->keys, config->keys.cache, (int)config->keys.requests_per_minute);
  pg_pool_set_conninfo(service->pool, conninfo);
}

void service_drain(struct service *service) {
  service->draining = true;
  http_server_drain(service->http);
}

bool service_is_drained(const struct service *service) { return service->asked == 0 && http_server_counts(service->http).open == 0; }
