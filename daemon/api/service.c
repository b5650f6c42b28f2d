// SPDX-License-Identifier: Apache-2.0
#include "api/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "api/etag.h"
#include "api/service_internal.h"
#include "base/log.h"
#include "base/xalloc.h"

enum { SPARE_REQUESTS_MAX = 64 };

// ---- requests come and go ---------------------------------------------------------

static struct request *request_new(struct service *service, struct http_request *http) {
  struct request *request = service->spare;
  if (request) {
    service->spare = request->next;
    service->spare_count--;
    arena_reset(request->arena);
  } else {
    request = xcalloc(1, sizeof *request);
    request->arena = arena_new();
    DL_APPEND2(service->requests, request, all_prev, all_next);
  }
  struct request *prev = request->all_prev, *next = request->all_next;
  *request = (struct request){.service = service, .arena = request->arena, .http = http, .begun = clock_boottime(), .vendor = VENDOR_NONE};
  request->all_prev = prev;
  request->all_next = next;
  return request;
}

// Its arena is kept for another, up to a number.
static void request_free(struct request *request) {
  struct service *service = request->service;
  if (service->spare_count >= SPARE_REQUESTS_MAX) {
    DL_DELETE2(service->requests, request, all_prev, all_next);
    arena_free(request->arena);
    free(request);
    return;
  }
  request->next = service->spare;
  service->spare = request;
  service->spare_count++;
}

static const char *endpoint(const struct request *request) { return request->route ? request->route->name : "other"; }

// Counts an answer; returns whether the log is to have it.
static bool count(const struct service *service, const char *endpoint, int code, char number[static 16]) {
  snprintf(number, 16, "%d", code);
  ++*metrics_value(service->metrics, API_METRIC_REQUESTS, endpoint, number);
  int wanted = service->config->log.requests;
  if (wanted == API_CONFIG_REQUESTS_NONE || (wanted == API_CONFIG_REQUESTS_FAILED && code < 400)) return false;
  return log_get_level() >= LOG_LEVEL_INFO;
}

static void tell(const struct request *request, int code, size_t size) {
  char number[16];
  if (!count(request->service, endpoint(request), code, number)) return;
  char bytes[24], time[24];
  snprintf(bytes, sizeof bytes, "%zu", size);
  snprintf(time, sizeof time, "%lld", (long long)(clock_boottime() - request->begun));
  const struct log_field fields[] = {{"HTTP_STATUS", number}, {"HTTP_BYTES", bytes}, {"HTTP_USEC", time},
                                     {"CLIENT", http_request_peer(request->http)}, {"API_KEY", *request->key_id ? request->key_id : "-"}, {NULL, NULL}};
  log_line(LOG_LEVEL_INFO, fields, "%s %.500s", http_request_method_name(request->http), http_request_path(request->http));
}

// ---- answers ----------------------------------------------------------------------

// Headers of every answer, and then the ones that are given.
static void reply(struct request *request, int code, const char *type, const struct http_header *more, const char *body, size_t size) {
  struct http_header headers[12] = {{"Content-Type", type}, {"Cache-Control", request->has_etag ? "private, no-cache" : "no-store"}};
  char limit[16], left[16];
  size_t count = 2;
  if (request->vendor == VENDOR_PLANNR && request->per_minute) {
    snprintf(limit, sizeof limit, "%d", request->per_minute);
    snprintf(left, sizeof left, "%d", request->left);
    headers[count++] = (struct http_header){"X-Ratelimit-Limit", limit};
    headers[count++] = (struct http_header){"X-Ratelimit-Remaining", left};
  }
  for (; more && more->name; more++) headers[count++] = *more;
  tell(request, code, size);
  http_request_reply(request->http, code, headers, body, size);
  request_free(request);
}

static void refuse(struct request *request, const struct refusal *refusal, const struct http_header *more) {
  struct buf body = {0};
  const struct http_header bearer[] = {{"WWW-Authenticate", "Bearer"}, {NULL, NULL}}, later[] = {{"Retry-After", "1"}, {NULL, NULL}};
  int code = refusal_code(request->vendor, refusal->kind);
  if (code == 401 && !more) more = bearer;
  if (code == 503 && !more) more = later;
  refusal_write(request->vendor, refusal, http_request_path(request->http), &body);
  request->has_etag = false;
  reply(request, code, refusal_type(request->vendor, refusal->kind), more, body.data, body.size);
  buf_free(&body);
}

static void refuse_as(struct request *request, enum refusal_kind kind) { refuse(request, &(struct refusal){.kind = kind}, NULL); }

static void answer(struct request *request, const char *body, size_t size) {
  char tag[ETAG_SIZE];
  const struct http_header headers[] = {{"ETag", tag}, {NULL, NULL}};
  if (!request->has_etag) {
    reply(request, 200, "application/json", NULL, body, size);
    return;
  }
  etag_of(body, size, tag);
  bool is_known = etag_matches(http_request_header(request->http, "If-None-Match"), tag);
  reply(request, is_known ? 304 : 200, "application/json", headers, body, size);
}

const char *service_on_refused(void *context, const struct http_refused *refused, struct buf *body) {
  const struct service *service = context;
  enum vendor vendor = route_vendor(refused->path);
  enum refusal_kind kind = refusal_of(refused->code);
  char number[16], bytes[24];
  bool is_told = count(service, "other", refused->code, number);
  if (kind == REFUSAL_KINDS) return NULL;
  refusal_write(vendor, &(struct refusal){.kind = kind}, refused->path, body);
  snprintf(bytes, sizeof bytes, "%zu", body->size);
  const struct log_field fields[] = {{"HTTP_STATUS", number}, {"HTTP_BYTES", bytes}, {"CLIENT", refused->peer}, {NULL, NULL}};
  if (is_told) log_line(LOG_LEVEL_INFO, fields, "refused as it was read: %.500s", refused->path);
  return refusal_type(vendor, kind);
}

// What PostgreSQL's refusal is to the caller.
static void refuse_failed(struct request *request, const struct pg_pool_answer *said) {
  static const struct {
    const char *sqlstate; // or its beginning
    enum refusal_kind kind;
    bool has_message; // for the caller
  } known[] = {{"WFA22", REFUSAL_INVALID, true}, {"WFA09", REFUSAL_CONFLICT, true}, {"P0002", REFUSAL_NOT_FOUND, false},
               {"57014", REFUSAL_TIMEOUT, false}, {"55P03", REFUSAL_TIMEOUT, false}, {"22", REFUSAL_INVALID, false},
               {"53", REFUSAL_AWAY, false}, {"57", REFUSAL_AWAY, false}, {"08", REFUSAL_AWAY, false}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strncmp(said->sqlstate, known[i].sqlstate, strlen(known[i].sqlstate)) != 0) continue;
    refuse(request, &(struct refusal){.kind = known[i].kind, .message = known[i].has_message ? said->text : NULL}, NULL);
    return;
  }
  log_error("%s: %s (SQLSTATE %s)", endpoint(request), said->text, said->sqlstate);
  refuse_as(request, REFUSAL_INTERNAL);
}

static void on_answer(void *context, const struct pg_pool_answer *said) {
  struct request *request = context;
  request->service->asked--;
  metric_observe(metrics_histogram(request->service->metrics, API_METRIC_REQUEST_TIME), (double)(clock_boottime() - request->begun) / USEC_PER_SEC);
  if (said->kind == PG_POOL_ROW && said->values[0])
    answer(request, said->values[0], said->sizes[0]);
  else if (said->kind == PG_POOL_FAILED)
    refuse_failed(request, said);
  else
    refuse_as(request, said->kind == PG_POOL_LOST ? REFUSAL_AWAY : REFUSAL_NOT_FOUND);
}

// ---- the way of a request -----------------------------------------------------------

static bool take_token(struct request *request, struct key *key) {
  request->per_minute = key->per_minute;
  bool taken = bucket_take(&key->bucket, key->per_minute, clock_boottime());
  request->left = key->per_minute ? bucket_left(&key->bucket, key->per_minute) : 0;
  if (taken) return true;
  char wait[16];
  snprintf(wait, sizeof wait, "%d", bucket_wait(&key->bucket, key->per_minute));
  const struct http_header later[] = {{"Retry-After", wait}, {NULL, NULL}};
  refuse(request, &(struct refusal){.kind = REFUSAL_TOO_MANY}, later);
  return false;
}

static void ask(struct request *request, const struct key *key) {
  struct service *service = request->service;
  struct query query = {0};
  struct call call;
  struct refusal refusal = {.kind = REFUSAL_INTERNAL};
  struct text text = http_request_query(request->http);
  if (query_parse(text, request->arena, &query) < 0) {
    refuse_as(request, REFUSAL_BAD_REQUEST);
    return;
  }
  struct call_input input = {.arena = request->arena, .query = &query, .is_operator = key->is_operator, .key_id = request->key_id};
  memcpy(input.parts, request->parts, sizeof input.parts);
  if (request->route->make(&input, &call, &refusal) < 0) {
    refuse(request, &refusal, NULL);
    return;
  }
  request->has_etag = request->route->has_etag;
  service->asked++;
  if (pg_pool_ask(service->pool, call.statement, key->setting, call.values, on_answer, request) == 0) return;
  service->asked--;
  refuse_as(request, REFUSAL_AWAY);
}

static void go_on(void *context, enum key_answer said, struct key *key) {
  static const enum refusal_kind refusals[] = {[KEY_MISSING] = REFUSAL_NO_KEY, [KEY_WRONG] = REFUSAL_WRONG_KEY, [KEY_AWAY] = REFUSAL_AWAY};
  struct request *request = context;
  if (said != KEY_GOOD) {
    refuse_as(request, refusals[said]);
    return;
  }
  memcpy(request->key_id, key->id, sizeof request->key_id);
  if (take_token(request, key)) ask(request, key);
}

static void on_found_key(void *context, const struct pg_pool_answer *said) {
  struct look_up *look_up = context;
  struct service *service = look_up->service;
  const struct key_record record = {.hash = said->values[0],
                                    .tenant = said->values[1],
                                    .is_operator = said->values[2] && strcmp(said->values[2], "operator") == 0,
                                    .is_valid = said->values[3] && *said->values[3] == 't',
                                    .per_minute = said->values[4] ? atoi(said->values[4]) : 0};
  service->asked--;
  if (said->kind == PG_POOL_FAILED) log_error("a key cannot be looked up: %s (SQLSTATE %s)", said->text, said->sqlstate);
  if (said->kind == PG_POOL_FAILED || said->kind == PG_POOL_LOST)
    keys_failed(service->keys, look_up->id);
  else
    keys_found(service->keys, look_up->id, said->kind == PG_POOL_ROW ? &record : NULL, clock_boottime());
  DL_DELETE(service->look_ups, look_up);
  free(look_up);
}

int service_look_up(void *context, const char *id) {
  struct service *service = context;
  struct look_up *look_up = xcalloc(1, sizeof *look_up);
  look_up->service = service;
  memcpy(look_up->id, id, sizeof look_up->id);
  const char *values[] = {look_up->id};
  int result = pg_pool_ask(service->pool, STATEMENT_KEY, NULL, values, on_found_key, look_up);
  if (result < 0) {
    free(look_up);
    return result;
  }
  DL_APPEND(service->look_ups, look_up);
  service->asked++;
  return 0;
}

static void refuse_path(struct request *request, enum route_found found, const char *allow) {
  const struct http_header allowed[] = {{"Allow", allow}, {NULL, NULL}};
  if (found == ROUTE_METHOD)
    refuse(request, &(struct refusal){.kind = REFUSAL_METHOD}, allowed);
  else
    refuse_as(request, found == ROUTE_BAD ? REFUSAL_BAD_REQUEST : REFUSAL_NO_PATH);
}

void service_on_request(void *context, struct http_request *http) {
  struct service *service = context;
  if (service_page(service, http)) return;
  struct request *request = request_new(service, http);
  const char *allow = NULL;
  enum route_found found = route_find(http_request_path(http), http_request_method(http), request->arena, &request->route, request->parts,
                                      &request->vendor, &allow);
  if (http_request_has_stray_body(http)) {
    http_request_close(http);
    refuse(request, &(struct refusal){.kind = REFUSAL_BAD_REQUEST, .message = "A body is not expected here"}, NULL);
    return;
  }
  if (found != ROUTE_FOUND) {
    refuse_path(request, found, allow);
    return;
  }
  struct key *key = NULL;
  enum key_answer said = keys_check(service->keys, http_request_header(http, "Authorization"), clock_boottime(), go_on, request, &key);
  if (said != KEY_WAIT) go_on(request, said, key);
}
