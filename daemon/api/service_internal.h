// SPDX-License-Identifier: Apache-2.0
// What the parts of the service share: service.c (requests), service_pages.c (health and
// metrics), service_life.c (its beginning and end).
#pragma once

#include "api/api_metrics.h"
#include "api/keys.h"
#include "api/route.h"
#include "api/service.h"

struct request {
  struct service *service;
  struct arena *arena;
  struct http_request *http;
  const struct route *route; // NULL = none was found
  const char *parts[CALL_PATH_PARTS_MAX];
  enum vendor vendor;
  char key_id[KEY_ID_SIZE]; // "" = not known yet
  int per_minute, left;     // of the key's requests; 0 = without a bound
  bool has_etag;
  usec_t begun;
  struct request *next; // spare
  struct request *all_prev, *all_next; // of the service
};

// A key that is looked up.
struct look_up {
  struct service *service;
  char id[KEY_ID_SIZE];
  struct look_up *prev, *next;
};

struct service {
  const struct api_config *config; // borrowed
  struct http_server *http;
  struct pg_pool *pool;
  struct keys *keys;
  struct metrics *metrics;
  struct request *requests; // all, spare ones too
  struct request *spare;
  struct look_up *look_ups;
  size_t spare_count;
  size_t asked; // of PostgreSQL, not answered yet
  bool draining;
  char away[512];  // why PostgreSQL cannot be reached or used; "" = it can, or it is not known yet
  bool told_away;  // the log has it
};

// service.c
void service_on_request(void *context, struct http_request *http);
const char *service_on_refused(void *context, const struct http_refused *refused, struct buf *body);
int service_look_up(void *context, const char *id);

// service_pages.c: answers /healthz, /readyz and /metrics; false: it is none of these.
bool service_page(struct service *service, struct http_request *http);
