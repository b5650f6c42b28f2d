// SPDX-License-Identifier: Apache-2.0
// What the daemon does itself: calls over HTTP, behind the seam (job/world.h).
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/fault.h"
#include "engine/jsonb.h"
#include "serve_internal.h"

struct flight {
  struct serve *serve;
  uint64_t cookie;
  struct http_ticket *ticket;
  usec_t began_at;
  LIST_ENTRY(flight) link;
};

static void flight_free(struct flight *flight) {
  LIST_REMOVE(flight, link);
  free(flight);
}

static void count(const struct flight *flight, const char *result) {
  struct metrics *metrics = flight->serve->metrics;
  ++*metrics_value(metrics, METRIC_CALLS, result, NULL);
  metric_observe(metrics_histogram(metrics, METRIC_CALL_SECONDS), (double)(clock_boottime() - flight->began_at) / USEC_PER_SEC);
}

static void fail(const struct http_answer *from, struct world_answer *answer) {
  answer->error_type = text_of(from->error_type);
  answer->error_title = text_of(from->error_title);
  answer->error_detail = text_of(from->error_detail);
  answer->detail_internal = text_of(from->detail_internal);
  answer->error_status = from->error_status;
  answer->retryable = from->retryable;
  answer->retry_after = from->retry_after;
}

// What came is JSON for PostgreSQL, or the call has failed: then `ret_internal` says why, to be
// freed. The answer points into `json`.
static void complete(jv output, jv json, struct world_answer *answer, char **ret_internal) {
  const char *objection = wf_jsonb_objection(output), *text = jv_string_value(json);
  if (!objection && !text_is_clean_utf8(text, strlen(text))) objection = "holds a character that is none (U+10FFFE or U+10FFFF)";
  answer->completed = !objection;
  if (objection) {
    *ret_internal = xasprintf("the answer %s", objection);
    answer->error_type = text_of(wf_error_type(WF_ERROR_RUNTIME));
    answer->error_status = wf_error_status(WF_ERROR_RUNTIME);
    answer->error_title = text_of("What the call gave cannot be stored");
    answer->detail_internal = text_of(*ret_internal);
  } else {
    answer->output = text_of(text);
  }
}

static void on_answer(void *context, const struct http_answer *from) {
  struct flight *flight = context;
  struct serve *serve = flight->serve;
  struct world_answer answer = {.retryable = true};
  jv json = from->completed ? jv_dump_string(jv_copy(from->output), 0) : jv_null();
  char *internal = NULL;
  if (from->completed)
    complete(from->output, json, &answer, &internal);
  else
    fail(from, &answer);
  count(flight, answer.completed ? "completed" : "failed");
  uint64_t cookie = flight->cookie;
  flight_free(flight);
  job_on_called(serve->job, cookie, &answer);
  free(internal);
  jv_free(json);
}

bool calls_world_call(void *context, const struct world_call *call, uint64_t cookie) {
  struct serve *serve = context;
  struct flight *flight = xcalloc(1, sizeof *flight);
  flight->serve = serve;
  flight->cookie = cookie;
  const struct http_call http = {.kind = call->native == WF_NATIVE_OPENAPI ? HTTP_CALL_OPENAPI : HTTP_CALL_HTTP,
                                 .with = call->arguments,
                                 .idempotency_key = call->idempotency_key,
                                 .traceparent = call->traceparent,
                                 .timeout = call->timeout};
  if (http_caller_start(serve->caller, &http, on_answer, flight, &flight->ticket) < 0) {
    free(flight);
    return false;
  }
  flight->began_at = clock_boottime();
  LIST_INSERT_HEAD(&serve->flights, flight, link);
  return true;
}

void calls_world_hang_up(void *context, uint64_t cookie) {
  struct serve *serve = context;
  struct flight *flight;
  LIST_FOREACH(flight, &serve->flights, link) {
    if (flight->cookie != cookie) continue;
    http_caller_cancel(flight->ticket);
    count(flight, "cancelled");
    flight_free(flight);
    return;
  }
}

int calls_open(struct serve *serve, char **ret_problem) {
  const struct config *config = serve->config;
  const struct settings *settings = serve->settings;
  LIST_INIT(&serve->flights);
  serve->secrets = secrets_new(config->secrets.folder, getenv("CREDENTIALS_DIRECTORY"));
  serve->settings->catalog.secrets = serve->settings->publishing.secrets = secrets_shapes(serve->secrets);
  if (secrets_count(serve->secrets)) log_info("%zu secrets may be used by definitions", secrets_count(serve->secrets));
  const struct http_caller_config caller = {
      .in_flight_max = (int)config->calls.in_flight,
      .response_bytes_max = (size_t)config->calls.response,
      .request_bytes_max = (size_t)config->bounds.value,
      .redirects_max = (int)config->calls.redirects,
      .connect_timeout = config->calls.connect_timeout,
      .allow = settings->calls_allow,
      .allow_count = settings->calls_allow_count,
      .ca_file = *config->calls.ca_file ? config->calls.ca_file : NULL,
      .signing_keys = settings->signing_keys,
      .signing_key_count = settings->signing_key_count,
      .reveal = secrets_reveal,
      .secret = secrets_policy,
      .user = serve->secrets,
  };
  return http_caller_new(serve->loop, &caller, &serve->caller, ret_problem);
}

void calls_close(struct serve *serve) {
  struct flight *flight;
  while ((flight = LIST_FIRST(&serve->flights))) flight_free(flight);
  http_caller_free(serve->caller);
  secrets_free(serve->secrets);
}

void calls_reload(struct serve *serve, const char *folder) {
  secrets_replace(serve->secrets, secrets_new(folder, getenv("CREDENTIALS_DIRECTORY")));
}
