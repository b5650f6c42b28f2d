// SPDX-License-Identifier: Apache-2.0
// The numbers that workflowd-api shows on /metrics (metrics.h says how).
#pragma once

#include "metrics.h"

// docs/operating.md has the same table.
#define API_METRICS(X)                                                                                                          \
  X(BUILD_INFO, GAUGE, "workflowd_api_build_info", "version", NULL, "Always 1; the label says which release runs.")             \
  X(READY, GAUGE, "workflowd_api_ready", NULL, NULL, "1 when /readyz says yes.")                                                \
  X(REQUESTS, COUNTER, "workflowd_api_requests_total", "endpoint", "code", "Requests answered, by endpoint and HTTP status.")   \
  X(REQUEST_TIME, HISTOGRAM, "workflowd_api_request_seconds", NULL, NULL,                                                       \
    "Seconds from a request's last byte to its answer, of those that PostgreSQL was asked for.")                                \
  X(UNDER_WAY, GAUGE, "workflowd_api_questions", NULL, NULL, "Questions that PostgreSQL has not answered yet.")                 \
  X(POSTGRES_UP, GAUGE, "workflowd_api_postgres_connections", NULL, NULL, "Connections to PostgreSQL that are up.")             \
  X(CONNECTIONS, GAUGE, "workflowd_api_connections", NULL, NULL, "Connections of clients.")                                     \
  X(CONNECTIONS_CLOSED, COUNTER, "workflowd_api_connections_closed_total", "reason", NULL,                                      \
    "Connections ended by the server: client (it had enough of them), slow (a request or an answer took too long).")           \
  X(KEYS, GAUGE, "workflowd_api_keys", NULL, NULL, "Keys in memory.")

enum api_metric {
#define X(id, kind, name, label1, label2, help) API_METRIC_##id,
  API_METRICS(X)
#undef X
      API_METRIC_COUNT
};

extern const struct metric_family api_metric_families[API_METRIC_COUNT];
